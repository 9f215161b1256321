using Kpio.Contracts.Values;

namespace Kpio.Contracts.Platform;

/// <summary>The machine's memory in 4 KiB frames with reference counts; a frame with more than one reference is shared and copied before it is written.</summary>
public interface IPhysicalMemory
{
    /// <summary>Frames that the machine has: its memory limit.</summary>
    long TotalFrames { get; }

    /// <summary>Frames in use, page tables included.</summary>
    long UsedFrames { get; }

    /// <summary>Takes a frame of zeros with one reference; ENOMEM when the limit is reached.</summary>
    Result<FrameNumber> Allocate();

    /// <summary>Adds a reference.</summary>
    void AddReference(FrameNumber frame);

    /// <summary>Drops a reference; the last one frees the frame.</summary>
    void Release(FrameNumber frame);

    /// <summary>How many references the frame has.</summary>
    int ReferenceCount(FrameNumber frame);

    /// <summary>The frame's 4096 bytes. Valid while the caller holds a reference.</summary>
    Span<byte> GetSpan(FrameNumber frame);

    /// <summary>The frame's 4096 bytes for reading, which leaves code decoded from the frame in force. Valid while the caller holds a reference.</summary>
    ReadOnlySpan<byte> GetReadOnlySpan(FrameNumber frame);
}

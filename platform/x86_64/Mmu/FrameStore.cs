using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Mmu;

/// <summary>
/// The frames of a snapshot, once in the host's memory for all machines that start from it (<see cref="X64Machine(FrameStore, EntropySource, MemoryPool)"/>): the host maps
/// them into each, and copies a page when that machine first writes it. A frame that no machine writes is there once. Never changes; from any thread.
/// </summary>
/// <remarks>
/// The host keeps a page here too for each frame that a machine takes beyond those of the snapshot, so that a store grows up to the size of the memory.
/// Machines may outlive it.
/// </remarks>
public sealed unsafe class FrameStore : IDisposable
{
    /// <summary>From how many frames on sharing is cheaper: the host takes longer to give a page of a view than one of memory of a machine's own.</summary>
    public const int UsualLeast = 1024;

    private readonly MemoryMappedFile? _file;

    /// <summary>Puts the frames of a snapshot into memory.</summary>
    /// <param name="memoryBytes">The memory of the machines, in bytes.</param>
    /// <param name="image">The frames.</param>
    /// <param name="leastShared">From how many frames on they are shared; fewer are copied into each machine.</param>
    /// <exception cref="IOException">The host has no such memory, or none for the frames.</exception>
    public FrameStore(long memoryBytes, MemoryImage image, int leastShared = UsualLeast)
    {
        ArgumentNullException.ThrowIfNull(image);
        Image = image;
        TotalFrames = PhysicalMemory.CountFrames(memoryBytes);
        if (image.Frames.Count(static frame => frame is not null) < leastShared)
            return;
        _file = MemoryMappedFile.CreateNew(null, PhysicalMemory.SizeOf(TotalFrames));
        if (image.NextFrame - 1 > TotalFrames || image.References.Count != image.NextFrame || image.Frames.Count != image.NextFrame)
            return; // no machine takes it over
        using MemoryMappedViewAccessor view = _file.CreateViewAccessor();
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            int* references = (int*)(start + PhysicalMemory.ReferencesAt(TotalFrames));
            for (int frame = 1; frame < image.NextFrame; frame++)
            {
                references[frame] = image.References[frame];
                if (image.Frames[frame] is { Length: FrameNumber.Size } bytes)
                    Marshal.Copy(bytes, 0, (nint)(start + ((long)frame * FrameNumber.Size)), FrameNumber.Size);
            }
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>What it was made from: the snapshot that its machines are restored from.</summary>
    public MemoryImage Image { get; }

    /// <summary>How many frames its machines have.</summary>
    internal long TotalFrames { get; }

    /// <summary>Whether the image was found to be right: it is the same each time.</summary>
    internal bool IsChecked { get; set; }

    /// <summary>Maps a machine's own view of it; null when the machine needs memory of its own.</summary>
    internal MemoryMappedViewAccessor? Map() => _file?.CreateViewAccessor(0, PhysicalMemory.SizeOf(TotalFrames), MemoryMappedFileAccess.CopyOnWrite);

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}

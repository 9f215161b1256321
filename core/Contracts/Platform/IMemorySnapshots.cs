using Kpio.Contracts.Values;

namespace Kpio.Contracts.Platform;

/// <summary>Physical memory that can be kept and given back as a whole: a snapshot's frames. Implemented by <see cref="IPhysicalMemory"/>'s owner where it can be done.</summary>
public interface IMemorySnapshots
{
    /// <summary>Copies every frame that is in use. With every processor stopped.</summary>
    MemoryImage Capture();

    /// <summary>
    /// Gives the frames back under their numbers. The image may come from a file that anybody wrote: unless all of it is right (page tables that lie in
    /// frames of their own, each frame with as many references as there are), nothing is changed. EBUSY when a frame is in use, ENOMEM when
    /// the memory is too small, EINVAL for an image that cannot be.
    /// </summary>
    /// <param name="image">The frames.</param>
    /// <param name="spaces">Every address space whose page tables are among them.</param>
    /// <param name="references">The frames that others hold references to, each as often as they do.</param>
    Errno Restore(MemoryImage image, IReadOnlyList<AddressSpaceId> spaces, IReadOnlyList<FrameNumber> references);
}

/// <summary>The frames of a machine at one moment. Not changed once it is made: several machines may be restored from it at the same time.</summary>
public sealed class MemoryImage
{
    /// <summary>The frame after the last one that was ever used.</summary>
    public required uint NextFrame { get; init; }

    /// <summary>The frames below that which are free, the one that is given out next at the end.</summary>
    public required IReadOnlyList<uint> Free { get; init; }

    /// <summary>How many references each frame below <see cref="NextFrame"/> has.</summary>
    public required IReadOnlyList<int> References { get; init; }

    /// <summary>The 4096 bytes of each frame below <see cref="NextFrame"/>; null for zeros.</summary>
    public required IReadOnlyList<byte[]?> Frames { get; init; }
}

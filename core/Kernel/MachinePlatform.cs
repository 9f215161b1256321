using Kpio.Contracts.Platform;

namespace Kpio.Kernel;

/// <summary>The emulated hardware that a machine is built on: what <c>platform/x86_64</c> makes, as the kernel sees it. Belongs to one machine.</summary>
public sealed record MachinePlatform
{
    /// <summary>Physical memory.</summary>
    public required IPhysicalMemory Memory { get; init; }

    /// <summary>Page tables.</summary>
    public required IMmu Mmu { get; init; }

    /// <summary>Guest memory by linear address.</summary>
    public required IGuestMemory GuestMemory { get; init; }

    /// <summary>Makes a processor.</summary>
    public required Func<ICpu> CreateCpu { get; init; }

    /// <summary>What cycles cost and how long they are.</summary>
    public required ITimingModel Timing { get; init; }

    /// <summary>Puts instructions into words for fault reports, where the platform can.</summary>
    public IInstructionDescriber? Describer { get; init; }

    /// <summary>Called when the machine is disposed of: gives the memory back to the host.</summary>
    public Action? Release { get; init; }
}

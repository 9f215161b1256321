namespace Kpio.Contracts.Platform;

/// <summary>A processor whose counts can be kept and set, so that a restored machine goes on counting. Implemented by an <see cref="ICpu"/> where it can be done.</summary>
public interface ICpuSnapshots
{
    /// <summary>What the processor has counted. Set before it has run.</summary>
    CpuCounts Counts { get; set; }
}

/// <summary>What a processor has counted.</summary>
/// <param name="Cycles">All cycles.</param>
/// <param name="KernelCycles">Those that were charged for the kernel's work.</param>
/// <param name="ExtraCycles">Those of repetitions of one instruction.</param>
public readonly record struct CpuCounts(long Cycles, long KernelCycles, long ExtraCycles);

/// <summary>The registers of a task as bytes, in a form of the platform's own. Implemented by a <see cref="CpuContext"/> where it can be done.</summary>
public interface ICpuContextImage
{
    /// <summary>How many bytes.</summary>
    int ImageSize { get; }

    /// <summary>Writes every register.</summary>
    void WriteImage(Span<byte> destination);

    /// <summary>Takes every register over; false, with the registers in an unknown state, when the bytes are no such image.</summary>
    bool ReadImage(ReadOnlySpan<byte> source);
}

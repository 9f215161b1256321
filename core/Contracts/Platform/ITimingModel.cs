namespace Kpio.Contracts.Platform;

/// <summary>What the kernel asks of a timing model: how many cycles its own work costs. The model of the core itself is the platform's.</summary>
public interface ITimingModel
{
    /// <summary>The model's name: <c>none</c>, or a microarchitecture.</summary>
    string Name { get; }

    /// <summary>The frequency in Hz at which cycles become time; <c>none</c> has 1,000,000,000.</summary>
    long Frequency { get; }

    /// <summary>Cycles of one system call's entry and exit.</summary>
    long SyscallCycles { get; }
}

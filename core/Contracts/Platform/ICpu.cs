namespace Kpio.Contracts.Platform;

/// <summary>One virtual processor: runs ring-3 code until it needs the kernel. One host thread runs one at a time.</summary>
public interface ICpu
{
    /// <summary>Cycles that this processor has run, by the timing model in force. Never decreases.</summary>
    long Cycles { get; }

    /// <summary>Instructions retired.</summary>
    long Instructions { get; }

    /// <summary>Makes a reset set of registers for a task.</summary>
    CpuContext CreateContext();

    /// <summary>
    /// Runs from <paramref name="context"/> until a syscall, fault, exception or interrupt, or until about
    /// <paramref name="cycleBudget"/> cycles have passed: it stops behind the first branch after that which goes back to a lower
    /// address, returns, or goes to an address just computed, so the stop depends on the instruction stream alone.
    /// </summary>
    CpuExit Run(CpuContext context, long cycleBudget);

    /// <summary>Makes <see cref="Run"/> return soon with <see cref="CpuExitReason.Interrupted"/>, or its next call at once. From any thread.</summary>
    void Interrupt();

    /// <summary>Charges cycles of kernel work to the processor's count.</summary>
    void AddCycles(long cycles);
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;

namespace Kpio.Kernel;

/// <summary>
/// What is injected into system calls: strace(1)'s <c>-e inject=</c>. Invocations are counted for each call and each task apart, from 1;
/// <see cref="First"/>, <see cref="Last"/> and <see cref="Step"/> say into which of them.
/// </summary>
/// <param name="Calls">Into which calls.</param>
public sealed record Injection(SyscallSet Calls)
{
    /// <summary>What RAX gets instead of the call's result, an error negated; null leaves the call to itself. A call with another result is not made.</summary>
    public long? Result { get; init; }

    /// <summary>With <see cref="Result"/>: a call without arguments or effects that is made instead; null for none.</summary>
    public uint? Substitute { get; init; }

    /// <summary>What the thread is sent when it makes the call, from the kernel (SI_KERNEL).</summary>
    public Signal Signal { get; init; }

    /// <summary>How long the call is held back before it is made, in nanoseconds; signals wait meanwhile.</summary>
    public long DelayBeforeNanoseconds { get; init; }

    /// <summary>How long it is held back when it has ended, in nanoseconds.</summary>
    public long DelayAfterNanoseconds { get; init; }

    /// <summary>The first invocation, from 1.</summary>
    public int First { get; init; } = 1;

    /// <summary>The last one.</summary>
    public int Last { get; init; } = int.MaxValue;

    /// <summary>Each how many-th from the first on; 0 for the first alone.</summary>
    public int Step { get; init; } = 1;

    /// <summary>Whether it is injected into an invocation.</summary>
    public bool Covers(int invocation) =>
        invocation >= First && invocation <= Last && (Step == 0 ? invocation == First : (invocation - First) % Step == 0);
}

using System.Text;
using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;

namespace Kpio.Testing;

/// <summary>What came of a program's run on a machine.</summary>
public sealed record GuestRun
{
    /// <summary>How it ended.</summary>
    public required MachineExit Exit { get; init; }

    /// <summary>The exit code as a shell shows it: the program's, 128 + signal, 124 when the time was over, 127 and 126 when it could not be started.</summary>
    public required int ExitCode { get; init; }

    /// <summary>The signal that ended the program, or none.</summary>
    public Signal Signal => Exit.Signal;

    /// <summary>The bytes on standard output.</summary>
    public required byte[] Output { get; init; }

    /// <summary>The bytes on standard error, lines of KPIO's own (<c>kpio: …</c>) among them.</summary>
    public required byte[] Error { get; init; }

    /// <summary>Standard output as text; Latin-1, so that every byte shows.</summary>
    public string OutputText => Encoding.Latin1.GetString(Output);

    /// <summary>Standard error as text.</summary>
    public string ErrorText => Encoding.Latin1.GetString(Error);

    /// <summary>Every system call of every task, in the order in which they began.</summary>
    public required IReadOnlyList<TracedCall> Trace { get; init; }

    /// <summary>The cycles that the machine ran. The same for each deterministic run of the same program.</summary>
    public required long Cycles { get; init; }

    /// <summary>The regular files below <see cref="KernelFixture.WorkingDirectory"/> at the end: relative paths and contents.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }

    /// <summary>The swaps that happened (<see cref="KernelFixture.SwapEvery"/>).</summary>
    public required IReadOnlyList<SwapReport> Swaps { get; init; }
}

/// <summary>A system call that a guest made.</summary>
/// <param name="Tid">The task.</param>
/// <param name="Name">Its name, or the number when the ABI does not know it.</param>
/// <param name="Arguments">The six arguments as they came in registers.</param>
public sealed record TracedCall(int Tid, string Name, IReadOnlyList<ulong> Arguments)
{
    /// <summary>What came back in RAX: a value, or a negated errno; null for a call that did not return.</summary>
    public long? Result { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Tid} {Name}({string.Join(", ", Arguments.Select(static a => $"{a:x}"))}) = {Result?.ToString() ?? "?"}";
}

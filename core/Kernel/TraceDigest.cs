using System.Security.Cryptography;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Kernel;

/// <summary>
/// A digest of all that a machine's tasks do at their borders: each call's begin and end, each signal and each task's end, with the
/// thread and the cycle. Two runs with the same digest had the same interleaving.
/// </summary>
public sealed class TraceDigest : ISyscallObserver, ITaskObserver, IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IKernelClock _clock;

    /// <summary>Begins a digest of a machine that has not run yet.</summary>
    public TraceDigest(Machine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _clock = machine.Clock;
        machine.Observers.Add(this);
    }

    private enum Kind
    {
        Enter,
        Exit,
        Exec,
        Signal,
        Stop,
        End,
    }

    /// <inheritdoc/>
    public SyscallSet Interests { get; } = SyscallSet.All();

    /// <summary>How much was seen.</summary>
    public long Events { get; private set; }

    /// <summary>The digest of what was seen so far.</summary>
    public string Value => Convert.ToHexString(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        Add(Kind.Enter, task, frame.Number);
        for (int i = 0; i < 6; i++)
            Append((long)frame[i]);
    }

    /// <inheritdoc/>
    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result) => Add(Kind.Exit, task, result.Raw);

    /// <inheritdoc/>
    public void OnExec(GuestTask task) => Add(Kind.Exec, task, 0);

    /// <inheritdoc/>
    public void OnSignal(GuestTask task, in SignalInfo signal) => Add(Kind.Signal, task, (long)signal.Signal);

    /// <inheritdoc/>
    public void OnStop(GuestTask task, Signal signal) => Add(Kind.Stop, task, (long)signal);

    /// <inheritdoc/>
    public void OnEnd(GuestTask task, int status) => Add(Kind.End, task, status);

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(Kind kind, GuestTask task, long value)
    {
        Events++;
        Append((long)kind);
        Append(task.Tid);
        Append(_clock.Cycles);
        Append(value);
    }

    private void Append(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BitConverter.TryWriteBytes(bytes, value);
        _hash.AppendData(bytes);
    }
}

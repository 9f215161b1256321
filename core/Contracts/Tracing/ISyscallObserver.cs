using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Tracing;

/// <summary>
/// Is told of system calls: one enter and one exit for each call of the guest, however often its handler was entered. Runs on the
/// kernel's thread; it may read the task's memory and must not change anything of it.
/// </summary>
public interface ISyscallObserver
{
    /// <summary>The calls that it wants to be told of. Read when the observer is added, and when the kernel is asked to look again.</summary>
    SyscallSet Interests { get; }

    /// <summary>The guest makes a call. <paramref name="info"/> is null for a number without a description.</summary>
    void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info);

    /// <summary>The call has ended; never told of calls that do not return.</summary>
    void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result);
}

/// <summary>
/// Is told of what happens to tasks besides calls. An observer of calls may implement it too. As a service of the kernel it is the
/// one that the process manager tells, and that tells every observer.
/// </summary>
public interface ITaskObserver
{
    /// <summary>A task has made another (clone(2)): before the call returns in the one, and before the other runs.</summary>
    void OnStart(GuestTask parent, GuestTask child)
    {
    }

    /// <summary>A task has a new program.</summary>
    void OnExec(GuestTask task);

    /// <summary>Whether anybody listens, so that signals without an effect must be told of too.</summary>
    bool IsListening => true;

    /// <summary>A signal is delivered to a task: caught, its default action taken, or ignored.</summary>
    void OnSignal(GuestTask task, in SignalInfo signal);

    /// <summary>A task has stopped with its process because of a signal.</summary>
    void OnStop(GuestTask task, Signal signal)
    {
    }

    /// <summary>A task has ended; <paramref name="status"/> is in the form of wait(2).</summary>
    void OnEnd(GuestTask task, int status);
}

/// <summary>The kernel's list of observers. From any thread; a change acts at the next call.</summary>
public interface IObserverRegistry
{
    /// <summary>Adds an observer.</summary>
    void Add(ISyscallObserver observer);

    /// <summary>Removes an observer.</summary>
    void Remove(ISyscallObserver observer);
}

/// <summary>A set of system call numbers below 1024.</summary>
public sealed class SyscallSet
{
    private readonly ulong[] _bits = new ulong[16];
    private bool _others;

    /// <summary>Every call, unknown numbers included.</summary>
    public static SyscallSet All()
    {
        var set = new SyscallSet { _others = true };
        Array.Fill(set._bits, ulong.MaxValue);
        return set;
    }

    /// <summary>Whether the number is in the set.</summary>
    public bool Contains(uint number) => number < 1024 ? (_bits[number >> 6] >> (int)(number & 63) & 1) != 0 : _others;

    /// <summary>Adds a number below 1024; larger ones belong to <see cref="All"/> alone.</summary>
    public SyscallSet Add(uint number)
    {
        if (number < 1024)
            _bits[number >> 6] |= 1UL << (int)(number & 63);
        return this;
    }

    /// <summary>Takes a number out.</summary>
    public SyscallSet Remove(uint number)
    {
        if (number < 1024)
            _bits[number >> 6] &= ~(1UL << (int)(number & 63));
        return this;
    }

    /// <summary>Adds everything that is in the other set.</summary>
    public void UnionWith(SyscallSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < _bits.Length; i++)
            _bits[i] |= other._bits[i];
        _others |= other._others;
    }
}

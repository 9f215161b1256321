namespace Kpio.Contracts.Process;

/// <summary>What kind of thing a task waits for. With an id it makes a <see cref="WaitKey"/>; objects never do.</summary>
public enum WaitKind : byte
{
    /// <summary>The readiness of an open file; the id is its <see cref="Values.FileId"/>.</summary>
    File = 1,

    /// <summary>A futex word; the id is its address, the scope what the address counts in (futex(2)).</summary>
    Futex,

    /// <summary>A change of state of a child; the id is the parent's process id.</summary>
    Child,

    /// <summary>The arrival of a signal; the id is the task's tid.</summary>
    Signal,

    /// <summary>A page that the memory manager is fetching; the id is its own.</summary>
    Page,

    /// <summary>The readiness of a handle of the host; the id is its <see cref="Values.HostFileId"/>.</summary>
    HostFile,

    /// <summary>A signal queued for a process or any of its threads, blocked or not (signalfd(2)); the id is the process id.</summary>
    SignalQueue,

    /// <summary>The end of a process (pidfd_open(2)); the id is the process id.</summary>
    ProcessEnd,

    /// <summary>A file lock that was released; the id is the Vfs plugin's own number of the file's locks.</summary>
    FileLock,

    /// <summary>A child that vfork(2) made has another address space or has ended; the id is its tid.</summary>
    Vfork,

    /// <summary>A lock that FUTEX_LOCK_PI waits for; id and scope as with <see cref="Futex"/>.</summary>
    FutexLock,

    /// <summary>A change of a System V semaphore set or message queue; the id is its own, the scope says which: 1 for sets, 2 for room in a queue, 3 for messages.</summary>
    Ipc,

    /// <summary>The tracer lets a task go on that it has stopped within a call (ptrace(2)); the id is the task's tid.</summary>
    TraceStop,

    /// <summary>A lease that is to be given back (fcntl(2), F_SETLEASE); the id is the holder's <see cref="Values.FileId"/>.</summary>
    Lease,

    /// <summary>Something that a plugin of somebody's knows of; the id is its own, the scope a number that it has chosen so that no other plugin's ids are taken for its.</summary>
    Foreign,
}

/// <summary>One thing that can wake a task.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Id">Which one.</param>
/// <param name="Scope">What <paramref name="Id"/> counts in, for kinds whose ids are not the machine's: an address space or a shared object.</param>
public readonly record struct WaitKey(WaitKind Kind, ulong Id, ulong Scope = 0);

/// <summary>How a caught signal interrupts a waiting call (signal(7), "Interruption of system calls").</summary>
public enum InterruptKind : byte
{
    /// <summary>Started again when the handler has SA_RESTART, else EINTR.</summary>
    Restartable,

    /// <summary>Always EINTR.</summary>
    NeverRestarted,

    /// <summary>Goes on through restart_syscall(2) with what is left of its time when no handler ran, else EINTR.</summary>
    RestartBlock,

    /// <summary>No signal interrupts it but one that ends the process.</summary>
    Uninterruptible,

    /// <summary>Started again when no handler ran, else EINTR, whatever SA_RESTART says.</summary>
    RestartUnlessHandled,

    /// <summary>Always started again, after the handler where one runs: programs never see that it was interrupted (ERESTARTNOINTR).</summary>
    AlwaysRestarted,
}

/// <summary>Why a waiting call is entered again.</summary>
public enum WakeReason : byte
{
    /// <summary>Not a re-entry: the guest has just made the call.</summary>
    None = 0,

    /// <summary>One of the keys was woken.</summary>
    Ready,

    /// <summary>The deadline passed.</summary>
    TimedOut,

    /// <summary>A signal came. The handler ends the call with what it has done, or with EINTR, from which the kernel makes what <see cref="WaitSet.Interrupt"/> says.</summary>
    Interrupted,

    /// <summary>restart_syscall(2) goes on with the call: <see cref="RestartState.DeadlineNanoseconds"/> holds what it held.</summary>
    Restarted,
}

/// <summary>
/// The conditions under which a parked call goes on: keys, a deadline, and how a signal interrupts it. Each task owns one and
/// uses it again for every wait, so that waiting allocates nothing.
/// </summary>
public sealed class WaitSet
{
    internal static readonly WaitSet NoReturnMarker = new();

    private WaitKey[] _keys = new WaitKey[4];
    private int _count;

    /// <summary>The keys; any one of them wakes the task.</summary>
    public ReadOnlySpan<WaitKey> Keys => _keys.AsSpan(0, _count);

    /// <summary>The clock of <see cref="DeadlineNanoseconds"/>.</summary>
    public ClockId Clock { get; private set; }

    /// <summary>The absolute time at which the wait ends, in nanoseconds of <see cref="Clock"/>; <see cref="long.MaxValue"/> for none.</summary>
    public long DeadlineNanoseconds { get; private set; } = long.MaxValue;

    /// <summary>For the CPU-time clocks, the tid of the task whose clock <see cref="Clock"/> is; 0 for the one that waits.</summary>
    public int ClockOwner { get; private set; }

    /// <summary>How a signal interrupts the wait.</summary>
    public InterruptKind Interrupt { get; private set; }

    /// <summary>Which selective wake-ups the wait answers to (futex(2), FUTEX_WAIT_BITSET): those that have one of the bits.</summary>
    public uint Bits { get; private set; } = uint.MaxValue;

    /// <summary>Which of the keys, counted from 0 in the order in which they were added, was woken last; what matters after <see cref="WakeReason.Ready"/> alone. The kernel's to set.</summary>
    public int WokenBy { get; set; }

    /// <summary>Empties the set and says how a signal interrupts the wait that follows.</summary>
    public WaitSet Begin(InterruptKind interrupt)
    {
        _count = 0;
        DeadlineNanoseconds = long.MaxValue;
        Clock = ClockId.CLOCK_MONOTONIC;
        ClockOwner = 0;
        Interrupt = interrupt;
        Bits = uint.MaxValue;
        return this;
    }

    /// <summary>Adds a key.</summary>
    public WaitSet On(WaitKind kind, ulong id) => On(new WaitKey(kind, id));

    /// <summary>Adds a key.</summary>
    public WaitSet On(WaitKey key)
    {
        if (_count == _keys.Length)
            Array.Resize(ref _keys, _count * 2);
        _keys[_count++] = key;
        return this;
    }

    /// <summary>Sets <see cref="Bits"/>.</summary>
    public WaitSet Matching(uint bits)
    {
        Bits = bits;
        return this;
    }

    /// <summary>Sets the absolute deadline, in nanoseconds of <paramref name="clock"/>; of the CPU-time clock of <paramref name="owner"/> (a tid) where that is not 0.</summary>
    public WaitSet Until(ClockId clock, long nanoseconds, int owner = 0)
    {
        Clock = clock;
        ClockOwner = owner;
        DeadlineNanoseconds = nanoseconds;
        return this;
    }
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>The machine's tasks. Owned by the kernel.</summary>
public interface ITaskTable
{
    /// <summary>Every task that is not dead, in the order of their tids. Not to be kept over a change of the table.</summary>
    IEnumerable<GuestTask> All { get; }

    /// <summary>How many tasks there are, those that have ended and not been waited for included.</summary>
    int Count { get; }

    /// <summary>Takes the next free tid. The first is <see cref="MachineOptions.FirstPid"/>.</summary>
    int NextTid();

    /// <summary>The task with the tid, or null.</summary>
    GuestTask? Find(int tid);

    /// <summary>Adds a task.</summary>
    void Add(GuestTask task);

    /// <summary>Removes a task.</summary>
    void Remove(GuestTask task);

    /// <summary>Gives a task another tid, which must be free: execve(2) gives the caller its process's.</summary>
    void ChangeTid(GuestTask task, int tid);
}

/// <summary>Wakes waiting tasks. Owned by the kernel.</summary>
public interface IWaitQueues
{
    /// <summary>Makes up to <paramref name="most"/> tasks that wait for the key ready, oldest first; answers how many.</summary>
    int Wake(WaitKey key, int most = int.MaxValue);

    /// <summary>
    /// Ends a task's wait with <see cref="WakeReason.Interrupted"/>, because a signal is there to be acted on; false when it does not wait,
    /// or not interruptibly. With <paramref name="kills"/>, a signal that ends the process, no wait is uninterruptible.
    /// </summary>
    bool Interrupt(GuestTask task, bool kills = false);

    /// <summary>Takes a task that ends out of every queue; it is never woken again.</summary>
    void Forget(GuestTask task);

    /// <summary>
    /// From now on, while a task waits for the key, a handle of the host is watched, and the key woken when that is ready for reading. For
    /// files that stand for the host's streams, and those that collect several. A key may have several handles.
    /// </summary>
    void Watch(WaitKey key, HostFileId handle);

    /// <summary>Ends what every <see cref="Watch"/> of the key began.</summary>
    void Unwatch(WaitKey key);

    /// <summary>From now on <see cref="IWakeListener.OnWake"/> is told when the key is woken. Once or several times is the same.</summary>
    void Subscribe(WaitKey key);

    /// <summary>Ends what <see cref="Subscribe"/> began.</summary>
    void Unsubscribe(WaitKey key);
}

/// <summary>
/// Is told of keys that were woken, when it subscribed to them: how one file learns that another became ready (epoll(7)) without
/// looking at all that it watches. The Vfs plugin's.
/// </summary>
public interface IWakeListener
{
    /// <summary>The key was woken; tasks that waited for it are ready already. May wake further keys.</summary>
    void OnWake(WaitKey key);
}

/// <summary>What futexes need of the wait queues beyond <see cref="IWaitQueues"/>. Owned by the kernel.</summary>
public interface IFutexQueues
{
    /// <summary>Makes up to <paramref name="most"/> tasks ready that wait for the key with one of the <paramref name="bits"/> (<see cref="WaitSet.Bits"/>), oldest first; answers how many.</summary>
    int Wake(WaitKey key, int most, uint bits);

    /// <summary>Lets up to <paramref name="most"/> tasks that wait for one key wait for another instead, oldest first, behind those who wait for that already; answers how many.</summary>
    int Move(WaitKey from, WaitKey to, int most);

    /// <summary>The task that has waited for the key longest; null when nobody does.</summary>
    GuestTask? First(WaitKey key);
}

/// <summary>Makes register sets for new tasks. The platform's, handed on by the kernel.</summary>
public interface ICpuContexts
{
    /// <summary>Makes a reset set of registers.</summary>
    CpuContext Create();
}

/// <summary>The machine's clocks: the host's, or the cycle count's in deterministic runs.</summary>
public interface IKernelClock
{
    /// <summary>A clock's time in nanoseconds; the CPU-time clocks are those of <paramref name="task"/>. EINVAL for an unknown clock.</summary>
    Result<long> Now(ClockId clock, GuestTask? task = null);

    /// <summary>A clock's resolution in nanoseconds.</summary>
    Result<long> Resolution(ClockId clock);

    /// <summary>Cycles since the machine started.</summary>
    long Cycles { get; }
}

/// <summary>The machine's source of random bytes: the host's, or seeded.</summary>
public interface IEntropySource
{
    /// <summary>Fills the span with random bytes.</summary>
    void Fill(Span<byte> destination);
}

/// <summary>KPIO's own log: lines about what the kernel noticed, apart from the guest's output.</summary>
public interface IKernelLog
{
    /// <summary>Writes one line.</summary>
    void Write(string message);

    /// <summary>Writes one line the first time that <paramref name="key"/> is seen (an unknown syscall, for one).</summary>
    void WriteOnce(string key, string message);
}

/// <summary>Lines that the user must see, whatever becomes of the log: the report about a guest's fault, for one.</summary>
public interface IUserReport
{
    /// <summary>Writes one report.</summary>
    void Write(string message);
}

/// <summary>What the machine was started with, for plugins that depend on it.</summary>
public sealed record MachineOptions
{
    /// <summary>The first process's pid.</summary>
    public int FirstPid { get; init; } = 2;

    /// <summary>uname's sysname.</summary>
    public string SystemName { get; init; } = "Linux";

    /// <summary>uname's release.</summary>
    public string Release { get; init; } = "6.1.0-kpio";

    /// <summary>uname's version.</summary>
    public string KernelVersion { get; init; } = "#1 SMP KPIO";

    /// <summary>uname's nodename.</summary>
    public string HostName { get; init; } = "kpio";

    /// <summary>uname's machine.</summary>
    public string Machine { get; init; } = "x86_64";

    /// <summary>What CPUID leaf 1 of the emulated processor answers in EDX: AT_HWCAP (getauxval(3)). FPU, TSC, CX8, CMOV, CLFLUSH, MMX, FXSR, SSE, SSE2.</summary>
    public uint HardwareCapabilities { get; init; } = 0x0788_8111;

    /// <summary>What the processors are.</summary>
    public CpuModel Cpu { get; init; }

    /// <summary>Virtual processors.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>How many tasks there may be at once; null for as many as there are ids. Beyond it clone(2) gives EAGAIN.</summary>
    public int? MaximumTasks { get; init; }

    /// <summary>Physical memory in bytes.</summary>
    public long MemoryBytes { get; init; } = 4L << 30;

    /// <summary>The seed of every random choice when <see cref="Deterministic"/>, of address space layout, and of <see cref="SchedulerKind.Chaos"/> always.</summary>
    public ulong Seed { get; init; }

    /// <summary>How the order of tasks is chosen, unless a plugin brings a scheduler of its own.</summary>
    public SchedulerKind Scheduler { get; init; }

    /// <summary>Whether time, order and random numbers are functions of the seed and the program alone.</summary>
    public bool Deterministic { get; init; }

    /// <summary>Whether addresses are laid out at random (ASLR).</summary>
    public bool RandomizeAddresses { get; init; } = true;
}

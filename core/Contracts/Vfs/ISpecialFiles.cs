using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Files that are no more than a descriptor for something else of the kernel's. Each comes with one reference; <c>flags</c> may hold O_NONBLOCK.</summary>
public interface ISpecialFiles
{
    /// <summary>A counter (eventfd(2)); a semaphore is read one by one.</summary>
    Result<FileId> CreateCounter(ulong value, bool isSemaphore, OpenFlags flags);

    /// <summary>The reader's pending signals of a set (signalfd(2)).</summary>
    Result<FileId> CreateSignals(SignalSet signals, OpenFlags flags);

    /// <summary>Changes the set of a file of signals; EINVAL for any other.</summary>
    Errno SetSignals(FileId file, SignalSet signals);

    /// <summary>A process (pidfd_open(2)): ready when it has ended. ESRCH when there is none.</summary>
    Result<FileId> CreateProcess(int pid, OpenFlags flags);

    /// <summary>
    /// The process that a file stands for, an open /proc/PID (pidfd_send_signal(2)) included where <paramref name="orDirectory"/> says
    /// so; EBADF for any other file, ESRCH when it is gone.
    /// </summary>
    Result<int> ProcessOf(FileId file, bool orDirectory);

    /// <summary>A timer that is not running (timerfd_create(2)). EINVAL for a clock that it cannot have.</summary>
    Result<FileId> CreateTimer(ClockId clock, OpenFlags flags);

    /// <summary>Sets a timer to an absolute time of its clock, or stops it with <see cref="long.MaxValue"/>; answers what it was set to. EINVAL for any other file.</summary>
    Result<TimerSetting> SetTimer(FileId file, long expiryNanoseconds, long intervalNanoseconds);

    /// <summary>What a timer is set to, and its clock. EINVAL for any other file.</summary>
    Result<(TimerSetting Setting, ClockId Clock)> GetTimer(FileId file);
}

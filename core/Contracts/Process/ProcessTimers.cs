using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>A process's timers: those of setitimer(2), which an execve(2) keeps, and those of timer_create(2), which it deletes. A fork(2) inherits neither.</summary>
public sealed class ProcessTimers
{
    private readonly PlainList<PosixTimer> _posix = new();

    /// <summary>ITIMER_REAL, which alarm(2) uses too; none until it is first set.</summary>
    public TimerId Real { get; set; }

    /// <summary>ITIMER_VIRTUAL.</summary>
    public TimerId Virtual { get; set; }

    /// <summary>ITIMER_PROF.</summary>
    public TimerId Profile { get; set; }

    /// <summary>Fires at the soft limit of RLIMIT_CPU, and again each second until the hard one; none while there is no limit.</summary>
    public TimerId CpuLimit { get; set; }

    /// <summary>The timers of timer_create(2) in the order of their ids.</summary>
    public PlainList<PosixTimer> Posix => _posix;

    /// <summary>The id of the next timer of timer_create(2): Linux counts on (posix_timer_add).</summary>
    public int NextPosixId { get; set; }

    /// <summary>A timer of timer_create(2), or null.</summary>
    public PosixTimer? Find(int id)
    {
        for (int i = 0; i < _posix.Count; i++)
        {
            if (_posix[i].Id == id)
                return _posix[i];
        }

        return null;
    }
}

/// <summary>A timer of timer_create(2).</summary>
/// <param name="Id">Its id within the process (timer_t).</param>
/// <param name="Timer">The kernel's timer.</param>
/// <param name="Clock">Its clock.</param>
/// <param name="Owner">The task whose CPU time is measured, for the CPU-time clocks.</param>
public sealed record PosixTimer(int Id, TimerId Timer, ClockId Clock, int Owner)
{
    /// <summary>The overrun count of the last expiration whose signal was taken (timer_getoverrun(2)).</summary>
    public int Overrun { get; set; }
}

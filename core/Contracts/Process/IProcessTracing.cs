using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>
/// Tracers and tracees (ptrace(2)): who traces whom, stops and how tasks go on from them. The state is <see cref="GuestTask.Trace"/> and
/// <see cref="ThreadGroup.Tracees"/>. What a tracer reads and writes of a stopped tracee does not come here. The Process plugin.
/// </summary>
public interface IProcessTracing
{
    /// <summary>PTRACE_ATTACH and PTRACE_SEIZE, once the caller has checked that the tracer may. EPERM for a task that is traced, has ended, or is a thread of the tracer's own process.</summary>
    Errno Attach(GuestTask tracer, GuestTask target, bool seizes, TraceOptions options);

    /// <summary>PTRACE_TRACEME: the parent traces the task. EPERM when it is traced already.</summary>
    Errno TraceMe(GuestTask task);

    /// <summary>Lets a stopped tracee go on; a signal other than none is delivered, or takes the place of the one that it stopped for.</summary>
    void Resume(GuestTask target, TraceResume how, Signal signal);

    /// <summary>As <see cref="Resume"/>, without a tracer from now on.</summary>
    void Detach(GuestTask target, Signal signal);

    /// <summary>PTRACE_INTERRUPT and PTRACE_LISTEN of a seized tracee. EIO for others, and for a task that cannot listen.</summary>
    Errno Interrupt(GuestTask target, bool listens);

    /// <summary>A traced task is about to end by its own wish: a wait when its tracer is told of it first (PTRACE_EVENT_EXIT), else 0.</summary>
    SysResult StopBeforeExit(GuestTask task, int status);

    /// <summary>A traced task is about to make a call of which its tracer wants to know: it stops. For the kernel.</summary>
    void EnterCall(GuestTask task);
}

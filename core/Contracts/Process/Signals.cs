using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>Signal numbers of x86_64 (signal(7)).</summary>
public enum Signal : byte
{
#pragma warning disable CS1591 // signal(7) documents each.
    None = 0,
    SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM,
    SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF,
    SIGWINCH, SIGIO, SIGPWR, SIGSYS, SIGRTMIN = 32, SIGRTMAX = 64,
#pragma warning restore CS1591
}

/// <summary>Numbers about signals.</summary>
public static class SignalNumbers
{
    /// <summary>How many signals there are: _NSIG.</summary>
    public const int Count = 64;
}

/// <summary>A set of signals; bit n-1 stands for signal n, as in the kernel's sigset_t.</summary>
/// <param name="Bits">The bits.</param>
public readonly record struct SignalSet(ulong Bits)
{
    /// <summary>SIGKILL and SIGSTOP, which can be neither blocked nor caught.</summary>
    public static SignalSet Unblockable => new((1UL << ((int)Signal.SIGKILL - 1)) | (1UL << ((int)Signal.SIGSTOP - 1)));

    /// <summary>Whether the signal is in the set.</summary>
    public bool Contains(Signal signal) => signal != Signal.None && (Bits >> ((int)signal - 1) & 1) != 0;

    /// <summary>The set with the signal.</summary>
    public SignalSet With(Signal signal) => new(Bits | 1UL << ((int)signal - 1));

    /// <summary>The set without the signal.</summary>
    public SignalSet Without(Signal signal) => new(Bits & ~(1UL << ((int)signal - 1)));
}

/// <summary>What a signal does: the kernel's struct sigaction (rt_sigaction(2)).</summary>
/// <param name="Handler">The handler's address; 0 is SIG_DFL, 1 is SIG_IGN.</param>
/// <param name="Flags">SA_* flags.</param>
/// <param name="Restorer">The address that the handler returns to, when SA_RESTORER is set.</param>
/// <param name="Mask">Signals blocked while the handler runs.</param>
public readonly record struct SignalAction(ulong Handler, ulong Flags, ulong Restorer, SignalSet Mask);

/// <summary>Values of si_code that belong to no signal in particular (sigaction(2)).</summary>
public static class SignalCode
{
#pragma warning disable CS1591 // sigaction(2) documents each.
    public const int SI_USER = 0;
    public const int SI_KERNEL = 0x80;
    public const int SI_QUEUE = -1;
    public const int SI_TIMER = -2;
    public const int SI_MESGQ = -3;
    public const int SI_SIGIO = -5;
    public const int SI_TKILL = -6;
#pragma warning restore CS1591
}

/// <summary>
/// What came with a signal: the part of siginfo_t that Linux fills (sigaction(2)). Which members mean something follows from the
/// number and the code, as in the C union; the rest is 0.
/// </summary>
/// <param name="Signal">si_signo.</param>
/// <param name="Code">si_code: SI_USER 0, SI_KERNEL 0x80, SEGV_MAPERR 1, …</param>
/// <param name="Error">si_errno.</param>
/// <param name="Pid">si_pid of a sender or child; si_timerid.</param>
/// <param name="Uid">si_uid of a sender or child; si_overrun.</param>
/// <param name="Address">si_addr of a fault; si_call_addr; si_band.</param>
/// <param name="Value">si_value or si_status; si_fd; si_syscall and, in the upper half, si_arch.</param>
/// <param name="UserTime">si_utime of a child in hundredths of a second; else the fifth word of a structure that a program passed.</param>
/// <param name="SystemTime">si_stime of a child in hundredths of a second; else the sixth word of a structure that a program passed.</param>
/// <param name="Timer">The timer that sent it, and that goes on when the signal is taken; none for others. Not shown to programs.</param>
public readonly record struct SignalInfo(
    Signal Signal,
    int Code,
    int Error = 0,
    int Pid = 0,
    uint Uid = 0,
    ulong Address = 0,
    ulong Value = 0,
    ulong UserTime = 0,
    ulong SystemTime = 0,
    TimerId Timer = default);

/// <summary>What the processor said of a task's last fault: Linux keeps it and shows it in every signal frame that follows.</summary>
/// <param name="Vector">The exception's number: trapno.</param>
/// <param name="ErrorCode">Its error code: err.</param>
/// <param name="Address">The address of the last page fault: cr2.</param>
public readonly record struct FaultRecord(byte Vector, uint ErrorCode, ulong Address);

/// <summary>A task's signals: what is blocked, what is pending, and where handlers run.</summary>
public sealed class SignalState
{
    private const uint SS_DISABLE = 2;

    /// <summary>Blocked signals. To be changed through <see cref="ISignals.SetBlocked"/>, which looks at what is pending.</summary>
    public SignalSet Blocked { get; set; }

    /// <summary>Pending for this thread.</summary>
    public PendingSignalList Pending { get; } = new();

    /// <summary>Signals without an effect that tracers are told of before the task goes back to ring 3; nothing else comes of them.</summary>
    public PendingSignalList Unnoticed { get; } = new();

    /// <summary>Whether <see cref="Saved"/> is to be blocked again: a call has put another set in force for as long as it waits (<see cref="ISignals.BlockDuringCall"/>).</summary>
    public bool HasSaved { get; set; }

    /// <summary>What was blocked before; a handler's frame gets this set, and so its end restores it.</summary>
    public SignalSet Saved { get; set; }

    /// <summary>The signals that rt_sigtimedwait(2) is waiting for: they wake the task though they are blocked.</summary>
    public SignalSet Awaited { get; set; }

    /// <summary>Whether the task has to stop, because its process is being stopped, before it goes back to ring 3.</summary>
    public bool IsStopPending { get; set; }

    /// <summary>The status, in the form of wait(2), with which a signal that was acted on already ends the task's process; null for none.</summary>
    public int? EndStatus { get; set; }

    /// <summary>The last fault.</summary>
    public FaultRecord Fault { get; set; }

    /// <summary>Whether RFLAGS.RF belongs to the registers: the processor sets it when an instruction faults, and a signal frame shows it.</summary>
    public bool HasResumeFlag { get; set; }

    /// <summary>The alternate stack's start (sigaltstack(2)).</summary>
    public ulong AlternateStack { get; set; }

    /// <summary>The alternate stack's size in bytes; 0 for none.</summary>
    public ulong AlternateStackSize { get; set; }

    /// <summary>SS_* flags of the alternate stack.</summary>
    public uint AlternateStackFlags { get; set; }

    /// <summary>Takes the alternate stack away: what a new thread and SS_AUTODISARM do.</summary>
    public void ResetAlternateStack()
    {
        AlternateStack = 0;
        AlternateStackSize = 0;
        AlternateStackFlags = SS_DISABLE;
    }
}

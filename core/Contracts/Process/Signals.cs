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

/// <summary>What came with a signal: the part of siginfo_t that Linux fills (sigaction(2)).</summary>
/// <param name="Signal">si_signo.</param>
/// <param name="Code">si_code: SI_USER 0, SI_KERNEL 0x80, SEGV_MAPERR 1, …</param>
/// <param name="Error">si_errno.</param>
/// <param name="Pid">si_pid of a sender or child.</param>
/// <param name="Uid">si_uid of a sender or child.</param>
/// <param name="Address">si_addr of a fault.</param>
/// <param name="Value">si_value or si_status.</param>
public readonly record struct SignalInfo(Signal Signal, int Code, int Error = 0, int Pid = 0, uint Uid = 0, ulong Address = 0, ulong Value = 0);

/// <summary>A task's signals: what is blocked, what is pending, and where handlers run.</summary>
public sealed class SignalState
{
    /// <summary>Blocked signals.</summary>
    public SignalSet Blocked { get; set; }

    /// <summary>Pending for this thread, oldest first.</summary>
    public PendingSignalList Pending { get; } = new();

    /// <summary>The alternate stack's start (sigaltstack(2)).</summary>
    public ulong AlternateStack { get; set; }

    /// <summary>The alternate stack's size in bytes; 0 for none.</summary>
    public ulong AlternateStackSize { get; set; }

    /// <summary>SS_* flags of the alternate stack.</summary>
    public uint AlternateStackFlags { get; set; } = 2; // SS_DISABLE
}

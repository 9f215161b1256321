using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>What a signal does without a handler (signal(7), "Standard signals").</summary>
internal enum DefaultAction : byte
{
    /// <summary>The process ends. KPIO writes no core files: as with RLIMIT_CORE 0, "core" is the same.</summary>
    Terminate,
    Ignore,
    Stop,
    Continue,
}

/// <summary>Facts about signal numbers.</summary>
internal static class SignalDefaults
{
    public const ulong SIG_DFL = 0;
    public const ulong SIG_IGN = 1;

    /// <summary>Signals that an instruction causes: taken before all others.</summary>
    public static SignalSet Synchronous { get; } = new SignalSet(0)
        .With(Signal.SIGSEGV).With(Signal.SIGBUS).With(Signal.SIGILL).With(Signal.SIGTRAP).With(Signal.SIGFPE).With(Signal.SIGSYS);

    public static DefaultAction ActionOf(Signal signal) => signal switch
    {
        Signal.SIGCHLD or Signal.SIGURG or Signal.SIGWINCH => DefaultAction.Ignore,
        Signal.SIGCONT => DefaultAction.Continue,
        Signal.SIGSTOP or Signal.SIGTSTP or Signal.SIGTTIN or Signal.SIGTTOU => DefaultAction.Stop,
        _ => DefaultAction.Terminate,
    };

    /// <summary>Whether the signal has no effect now, so that it need not be queued (a blocked one may get a handler first).</summary>
    public static bool IsIgnored(GuestTask task, Signal signal)
    {
        if (task.Signals.Blocked.Contains(signal) || SignalSet.Unblockable.Contains(signal))
            return false;
        ulong handler = task.Group.SignalActions[(int)signal].Handler;
        return handler == SIG_IGN || (handler == SIG_DFL && ActionOf(signal) == DefaultAction.Ignore);
    }
}

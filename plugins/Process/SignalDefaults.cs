using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>What a signal does without a handler (signal(7), "Standard signals").</summary>
internal enum DefaultAction : byte
{
    /// <summary>The process ends.</summary>
    Terminate,

    /// <summary>The process ends, with the bit of wait(2)'s status that tells of a core file where the limit allows one.</summary>
    Core,
    Ignore,
    Stop,
    Continue,
}

/// <summary>Facts about signal numbers.</summary>
internal static class SignalDefaults
{
    public const ulong SIG_DFL = 0;
    public const ulong SIG_IGN = 1;

    /// <summary>Signals that an instruction causes: taken before all others (SYNCHRONOUS_MASK).</summary>
    public static SignalSet Synchronous { get; } = new SignalSet(0)
        .With(Signal.SIGSEGV).With(Signal.SIGBUS).With(Signal.SIGILL).With(Signal.SIGTRAP).With(Signal.SIGFPE).With(Signal.SIGSYS);

    /// <summary>The signals whose default is to stop.</summary>
    public static SignalSet Stopping { get; } = new SignalSet(0)
        .With(Signal.SIGSTOP).With(Signal.SIGTSTP).With(Signal.SIGTTIN).With(Signal.SIGTTOU);

    /// <summary>The signals whose default is to do nothing; SIGCONT has done what it does when it was sent.</summary>
    public static SignalSet IgnoredByDefault { get; } = new SignalSet(0)
        .With(Signal.SIGCHLD).With(Signal.SIGURG).With(Signal.SIGWINCH).With(Signal.SIGCONT);

    private static SignalSet Dumping { get; } = new SignalSet(0)
        .With(Signal.SIGQUIT).With(Signal.SIGILL).With(Signal.SIGTRAP).With(Signal.SIGABRT).With(Signal.SIGFPE).With(Signal.SIGSEGV)
        .With(Signal.SIGBUS).With(Signal.SIGSYS).With(Signal.SIGXCPU).With(Signal.SIGXFSZ);

    public static DefaultAction ActionOf(Signal signal)
    {
        if (signal == Signal.SIGCONT)
            return DefaultAction.Continue;
        if (IgnoredByDefault.Contains(signal))
            return DefaultAction.Ignore;
        if (Stopping.Contains(signal))
            return DefaultAction.Stop;
        return Dumping.Contains(signal) ? DefaultAction.Core : DefaultAction.Terminate;
    }

    /// <summary>Fills <paramref name="to"/> with the actions that outlive the handlers' code (execve(2), CLONE_CLEAR_SIGHAND): what is ignored stays so, the rest is default.</summary>
    public static void CopyIgnored(SignalAction[] from, SignalAction[] to)
    {
        for (int i = 0; i < to.Length; i++)
            to[i] = from[i].Handler == SIG_IGN ? new SignalAction(SIG_IGN, 0, 0, default) : default;
    }

    /// <summary>Whether the signal has no effect now, so that it need not be queued (a blocked one may get a handler first, and a debugger is shown all).</summary>
    public static bool IsIgnored(GuestTask task, Signal signal) =>
        !task.Signals.Blocked.Contains(signal) && !task.Group.IsDebugged && task.Trace is null && IsIgnored(signal, in task.Group.SignalActions[(int)signal]);

    /// <summary>Whether a signal that is not blocked will end the process without more ado: no wait keeps it up (sig_fatal).</summary>
    public static bool IsFatal(GuestTask task, Signal signal) =>
        signal == Signal.SIGKILL || (task.Group.SignalActions[(int)signal].Handler == SIG_DFL && ActionOf(signal) == DefaultAction.Terminate);

    /// <summary>Whether an action is to do nothing.</summary>
    public static bool IsIgnored(Signal signal, in SignalAction action) =>
        !SignalSet.Unblockable.Contains(signal)
        && (action.Handler == SIG_IGN || (action.Handler == SIG_DFL && IgnoredByDefault.Contains(signal)));
}

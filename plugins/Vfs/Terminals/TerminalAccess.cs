using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>Who may use a terminal, and whose it is: job control (termios(3); drivers/tty/tty_jobctrl.c).</summary>
internal static class TerminalAccess
{
    private const ulong SIG_IGN = 1;

    /// <summary>
    /// Whether a process of the terminal's session may do what only its foreground group may. One that may not gets
    /// <paramref name="signal"/> with its whole group, and gives its call up for that (<see cref="RestartState.SignalFirst"/>); where that would be to no
    /// purpose, EIO.
    /// </summary>
    public static Errno Check(Terminal terminal, GuestTask? task, Signal signal)
    {
        if (task is null || task.Group.ControllingTerminal != terminal.Device)
            return Errno.None;
        ThreadGroup group = task.Group;
        if (terminal.ForegroundGroup == 0 || terminal.ForegroundGroup == group.ProcessGroup || terminal.Services.Groups is not { } groups)
            return Errno.None;
        if (task.Signals.Blocked.Contains(signal) || group.SignalActions[(int)signal].Handler == SIG_IGN)
            return signal == Signal.SIGTTIN ? Errno.EIO : Errno.None;
        if (groups.Current.IsOrphaned(group.ProcessGroup, group.Session))
            return Errno.EIO;
        if (task.Restart.Reason != WakeReason.Interrupted)
        {
            groups.Current.Send(group.ProcessGroup, new SignalInfo(signal, SignalCode.SI_KERNEL));
            task.HasSignalWork = true;
        }

        return RestartState.SignalFirst;
    }

    /// <summary>What open(2) does without O_NOCTTY: a session's leader that has no terminal gets one that has no session.</summary>
    public static void AdoptAtOpen(Terminal terminal, GuestTask task, bool canRead)
    {
        ThreadGroup group = task.Group;
        if (IsLeader(group) && group.ControllingTerminal == 0 && terminal.Session == 0 && canRead)
            Adopt(terminal, group);
    }

    /// <summary>TIOCSCTTY; <paramref name="steals"/>: a privileged process may take it from another session.</summary>
    public static Errno SetControlling(Terminal terminal, GuestTask task, bool steals, bool canRead)
    {
        ThreadGroup group = task.Group;
        if (IsLeader(group) && terminal.Session == group.Session)
            return Errno.None;
        if (!IsLeader(group) || group.ControllingTerminal != 0)
            return Errno.EPERM;
        if (terminal.Session != 0)
        {
            if (!steals || !task.Credentials.IsPrivileged)
                return Errno.EPERM;
            terminal.ClearSession(terminal.Session);
        }

        if (!canRead && !task.Credentials.IsPrivileged)
            return Errno.EPERM;
        Adopt(terminal, group);
        return Errno.None;
    }

    /// <summary>Makes the terminal that of a session, with its leader's group in the foreground.</summary>
    public static void Adopt(Terminal terminal, ThreadGroup leader)
    {
        terminal.Session = leader.Session;
        terminal.ForegroundGroup = leader.ProcessGroup;
        leader.ControllingTerminal = terminal.Device;
    }

    /// <summary>TIOCSPGRP.</summary>
    public static Errno SetForeground(Terminal terminal, GuestTask task, int processGroup)
    {
        if (processGroup < 0)
            return Errno.EINVAL;
        ThreadGroup group = task.Group;
        if (group.ControllingTerminal != terminal.Device || terminal.Session != group.Session)
            return Errno.ENOTTY;
        int session = terminal.Services.Groups?.Current.SessionOf(processGroup) ?? 0;
        if (session == 0)
            return Errno.ESRCH;
        if (session != group.Session)
            return Errno.EPERM;
        terminal.ForegroundGroup = processGroup;
        return Errno.None;
    }

    /// <summary>disassociate_ctty: a session without its terminal.</summary>
    public static void Leave(Terminal terminal, ThreadGroup leader, bool ends)
    {
        int foreground = terminal.ForegroundGroup;
        if (foreground != 0 && terminal.Services.Groups is { } groups)
        {
            groups.Current.Send(foreground, new SignalInfo(Signal.SIGHUP, ends ? SignalCode.SI_KERNEL : SignalCode.SI_USER, Pid: leader.Pid));
            if (!ends)
                groups.Current.Send(foreground, new SignalInfo(Signal.SIGCONT, SignalCode.SI_USER, Pid: leader.Pid));
        }

        terminal.Session = terminal.ForegroundGroup = 0;
        terminal.ClearSession(leader.Session);
    }

    public static bool IsLeader(ThreadGroup group) => group.Session == group.Pid;
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>kill(2), tkill(2), tgkill(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const int SI_USER = 0;
    private const int SI_TKILL = -6;

    private SysResult Kill(GuestTask task, int pid, int signal)
    {
        if (pid > 0)
            return SendChecked(task, pid, 0, signal, SI_USER);
        if (pid == int.MinValue)
            return Errno.ESRCH;
        return pid == -1 ? KillEveryone(task, signal) : KillGroup(task, pid == 0 ? task.Group.ProcessGroup : -pid, signal);
    }

    private SysResult KillGroup(GuestTask task, int group, int signal)
    {
        Errno answer = Errno.ESRCH;
        bool sent = false;
        foreach (GuestTask target in FirstThreads())
        {
            if (target.Group.ProcessGroup != group)
                continue;
            answer = SendChecked(task, target.Group.Pid, 0, signal, SI_USER);
            sent |= answer == Errno.None;
        }

        return sent ? Errno.None : answer;
    }

    /// <summary>Every process but the caller's own; those that may not be sent to count for nothing.</summary>
    private SysResult KillEveryone(GuestTask task, int signal)
    {
        Errno answer = Errno.None;
        bool any = false;
        foreach (GuestTask target in FirstThreads())
        {
            if (target.Group == task.Group)
                continue;
            any = true;
            Errno error = SendChecked(task, target.Group.Pid, 0, signal, SI_USER);
            answer = error == Errno.EPERM ? answer : error;
        }

        return any ? answer : Errno.ESRCH;
    }

    private SysResult Tkill(GuestTask task, int tid, int signal)
    {
        if (tid <= 0)
            return Errno.EINVAL;
        return _tasks.Find(tid) is { } target ? SendChecked(task, target.Group.Pid, tid, signal, SI_TKILL) : Errno.ESRCH;
    }

    private SysResult Tgkill(GuestTask task, int tgid, int tid, int signal)
    {
        if (tgid <= 0 || tid <= 0)
            return Errno.EINVAL;
        return _tasks.Find(tid) is { } target && target.Group.Pid == tgid ? SendChecked(task, tgid, tid, signal, SI_TKILL) : Errno.ESRCH;
    }

    private Errno SendChecked(GuestTask task, int pid, int tid, int signal, int code)
    {
        Errno error = CheckSend(task, pid, tid, signal);
        if (error != Errno.None || signal == 0)
            return error;
        return _processes.Current.Send(pid, tid, new SignalInfo((Signal)signal, code, Pid: task.Group.Pid, Uid: task.Credentials.RealUser));
    }

    /// <summary>Whether the task may send the signal: ESRCH, EINVAL, EPERM (kill(2)).</summary>
    private Errno CheckSend(GuestTask task, int pid, int tid, int signal)
    {
        if (_tasks.Find(tid != 0 ? tid : pid) is not { } target || (tid == 0 && target.Group.Pid != pid))
            return Errno.ESRCH;
        if (signal is < 0 or > SignalNumbers.Count)
            return Errno.EINVAL;
        Credentials sender = task.Credentials;
        Credentials receiver = target.Credentials;
        bool allowed = sender.IsPrivileged
            || target.Group == task.Group
            || sender.EffectiveUser == receiver.SavedUser
            || sender.EffectiveUser == receiver.RealUser
            || sender.RealUser == receiver.SavedUser
            || sender.RealUser == receiver.RealUser
            || (signal == (int)Signal.SIGCONT && target.Group.Session == task.Group.Session);
        return allowed ? Errno.None : Errno.EPERM;
    }

    /// <summary>A signal that the kernel sends to a thread for what it has just done (SIGPIPE).</summary>
    private void SendToSelf(GuestTask task, Signal signal) =>
        _processes.Current.Send(task.Group.Pid, task.Tid, new SignalInfo(signal, SI_USER, Pid: task.Group.Pid, Uid: task.Credentials.RealUser));

    /// <summary>One task of every process, in a list of its own: what is sent may take tasks off the table.</summary>
    private List<GuestTask> FirstThreads()
    {
        var tasks = new List<GuestTask>();
        foreach (GuestTask other in _tasks.All)
        {
            if (other.Tid == other.Group.Pid)
                tasks.Add(other);
        }

        return tasks;
    }
}

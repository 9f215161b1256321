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
        int group = pid == 0 ? task.Group.ProcessGroup : -pid;
        bool everyone = pid == -1;
        Errno answer = Errno.ESRCH;
        bool sent = false;
        foreach (int target in ProcessIds())
        {
            GuestTask? leader = _tasks.Find(target);
            if (leader is null || (everyone ? leader.Group.Pid == 1 || leader.Group == task.Group : leader.Group.ProcessGroup != group))
                continue;
            Errno error = SendChecked(task, target, 0, signal, SI_USER);
            sent |= error == Errno.None;
            answer = error;
        }

        return sent ? Errno.None : answer;
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

    private List<int> ProcessIds()
    {
        var ids = new List<int>();
        foreach (GuestTask other in _tasks.All)
        {
            if (!ids.Contains(other.Group.Pid))
                ids.Add(other.Group.Pid);
        }

        return ids;
    }
}

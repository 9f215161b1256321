using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getpid(2), getppid(2), gettid(2), process groups and sessions.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Getpid(GuestTask task) => task.Group.Pid;

    private SysResult Gettid(GuestTask task) => task.Tid;

    private SysResult Getppid(GuestTask task) => task.Group.ParentPid;

    private SysResult Getpgrp(GuestTask task) => task.Group.ProcessGroup;

    private SysResult Getpgid(GuestTask task, int pid) => FindGroup(task, pid) is { } group ? group.ProcessGroup : Errno.ESRCH;

    private SysResult Getsid(GuestTask task, int pid) => FindGroup(task, pid) is { } group ? group.Session : Errno.ESRCH;

    private SysResult Setpgid(GuestTask task, int pid, int pgid)
    {
        if (pgid < 0)
            return Errno.EINVAL;
        if (FindGroup(task, pid) is not { } target)
            return Errno.ESRCH;
        if (pid != 0 && pid != target.Pid)
            return Errno.EINVAL; // a thread
        bool isChild = target != task.Group && target.ParentPid == task.Group.Pid;
        if (target != task.Group && !isChild)
            return Errno.ESRCH;
        if (isChild && target.Session != task.Group.Session)
            return Errno.EPERM;
        if (isChild && target.HasExecuted)
            return Errno.EACCES;
        if (target.Session == target.Pid)
            return Errno.EPERM; // a session's leader stays in its group
        int group = pgid == 0 ? target.Pid : pgid;
        if (group != target.Pid && !HasProcessGroup(group, target.Session))
            return Errno.EPERM;
        target.ProcessGroup = group;
        return SysResult.Zero;
    }

    private SysResult Setsid(GuestTask task)
    {
        ThreadGroup group = task.Group;
        if (group.Session == group.Pid || HasProcessGroup(group.Pid, session: null))
            return Errno.EPERM;
        group.Session = group.ProcessGroup = group.Pid;
        group.ControllingTerminal = 0;
        return group.Pid;
    }

    private bool HasProcessGroup(int group, int? session)
    {
        foreach (GuestTask other in _tasks.All)
        {
            if (other.Group.ProcessGroup == group && (session is null || other.Group.Session == session))
                return true;
        }

        return false;
    }

    /// <summary>The process of a pid, or of any of its threads; 0 is the caller's.</summary>
    private ThreadGroup? FindGroup(GuestTask task, int pid) => pid == 0 ? task.Group : _tasks.Find(pid)?.Group;
}

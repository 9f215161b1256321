using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>
/// Process groups that a process leaves behind without anybody to look after them: where one of their members is stopped, all get
/// SIGHUP and SIGCONT (exit(3); kernel/exit.c, kill_orphaned_pgrp).
/// </summary>
internal sealed class OrphanedGroups
{
    private readonly ProcessServices _services;
    private readonly ProcessManager _manager;
    private readonly JobControl _jobs;

    public OrphanedGroups(ProcessServices services, ProcessManager manager, JobControl jobs)
    {
        _services = services;
        _manager = manager;
        _jobs = jobs;
    }

    /// <summary>The groups that the process is a link to the outside for: its own, and those of its children. To be asked before it ends.</summary>
    public List<int>? FindAnchored(ThreadGroup group)
    {
        List<int>? groups = null;
        if (IsAnchor(_services.Tasks.Find(group.ParentPid)?.Group, group))
            (groups ??= []).Add(group.ProcessGroup);
        foreach (int pid in group.Children)
        {
            if (_services.Tasks.Find(pid)?.Group is { } child && IsAnchor(group, child) && groups?.Contains(child.ProcessGroup) != true)
                (groups ??= []).Add(child.ProcessGroup);
        }

        return groups;
    }

    /// <summary>The process has ended: those of the groups that are orphans now and have a stopped member are told.</summary>
    public void Release(List<int>? groups, int session)
    {
        if (groups is null)
            return;
        foreach (int group in groups)
        {
            List<int> members = Members(group, out bool isAnyStopped);
            if (!isAnyStopped || !_jobs.IsOrphaned(group, session))
                continue;
            foreach (Signal signal in (ReadOnlySpan<Signal>)[Signal.SIGHUP, Signal.SIGCONT])
            {
                foreach (int pid in members)
                    _manager.Send(pid, 0, new SignalInfo(signal, SignalCode.SI_KERNEL));
            }
        }
    }

    private List<int> Members(int processGroup, out bool isAnyStopped)
    {
        var members = new List<int>();
        isAnyStopped = false;
        foreach (GuestTask task in _services.Tasks.All)
        {
            if (task.Tid != task.Group.Pid || task.Group.ProcessGroup != processGroup || task.Group.WaitStatus is not null)
                continue;
            members.Add(task.Tid);
            isAnyStopped |= task.Group.IsStopped;
        }

        return members;
    }

    private static bool IsAnchor(ThreadGroup? parent, ThreadGroup child) =>
        parent is not null && parent.ProcessGroup != child.ProcessGroup && parent.Session == child.Session;
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Process groups as wholes, for terminals.</summary>
internal sealed class ProcessGroups : IProcessGroups
{
    private readonly ProcessServices _services;
    private readonly ProcessManager _manager;
    private readonly JobControl _jobs;

    public ProcessGroups(ProcessServices services, ProcessManager manager, JobControl jobs)
    {
        _services = services;
        _manager = manager;
        _jobs = jobs;
    }

    public Errno Send(int group, in SignalInfo signal)
    {
        // What a signal does may change the table: the members are looked up first.
        var members = new List<int>();
        foreach (GuestTask task in _services.Tasks.All)
        {
            if (task.Tid == task.Group.Pid && task.Group.ProcessGroup == group)
                members.Add(task.Tid);
        }

        foreach (int pid in members)
            _manager.Send(pid, 0, in signal);
        return members.Count > 0 ? Errno.None : Errno.ESRCH;
    }

    public bool IsOrphaned(int group, int session) => _jobs.IsOrphaned(group, session);

    public int SessionOf(int group)
    {
        foreach (GuestTask task in _services.Tasks.All)
        {
            if (task.Group.ProcessGroup == group)
                return task.Group.Session;
        }

        return 0;
    }
}

using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>Process groups as wholes (setpgid(2), credentials(7)): what terminals need of processes. The Process plugin.</summary>
public interface IProcessGroups
{
    /// <summary>Queues a signal for every process of a group; ESRCH when it has none.</summary>
    Errno Send(int group, in SignalInfo signal);

    /// <summary>Whether no process of the group has a parent in another group of the same session: who stops there is continued by nobody.</summary>
    bool IsOrphaned(int group, int session);

    /// <summary>The session of a group's processes; 0 when there is no such group.</summary>
    int SessionOf(int group);
}

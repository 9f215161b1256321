using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>
/// How much may be mapped. Like Linux's heuristic overcommit it refuses only what could not be had at once: a private writable
/// mapping larger than what is free of the machine's memory, so that programs that use what they ask for meet ENOMEM, not the end,
/// and reservations (PROT_NONE, MAP_NORESERVE) cost nothing. Resource limits of the process come on top (getrlimit(2)).
/// </summary>
internal sealed class CommitPolicy
{
    private const int RLIMIT_DATA = 2;
    private const int RLIMIT_STACK = 3;
    private const int RLIMIT_MEMLOCK = 8;
    private const int RLIMIT_AS = 9;

    private readonly IPhysicalMemory _physical;
    private readonly ITaskTable _tasks;

    public CommitPolicy(IPhysicalMemory physical, ITaskTable tasks)
    {
        _physical = physical;
        _tasks = tasks;
    }

    /// <summary>Whether more pages may be mapped.</summary>
    /// <param name="space">The space.</param>
    /// <param name="pages">How many more.</param>
    /// <param name="needsMemory">Whether memory must be there for them.</param>
    public bool Allows(AddressSpace space, ulong pages, bool needsMemory)
    {
        if (needsMemory && !AllowsData(space, pages))
            return false;
        ulong most = GroupOf(space)?.Limits[RLIMIT_AS].Soft ?? ResourceLimit.Infinity;
        return most == ResourceLimit.Infinity || ((ulong)space.MappedPages + pages) * Pages.Size <= most;
    }

    /// <summary>Whether pages that are mapped, or will be, may become private and writable.</summary>
    public bool AllowsData(AddressSpace space, ulong pages)
    {
        if (pages > (ulong)(_physical.TotalFrames - _physical.UsedFrames))
            return false;
        ulong most = GroupOf(space)?.Limits[RLIMIT_DATA].Soft ?? ResourceLimit.Infinity;
        return most == ResourceLimit.Infinity || DataBytes(space) + (pages * Pages.Size) <= most;
    }

    /// <summary>Whether more pages may be locked (RLIMIT_MEMLOCK, which does not bind who has CAP_IPC_LOCK).</summary>
    public bool AllowsLocked(AddressSpace space, long more)
    {
        if (more <= 0 || GroupOf(space) is not { } group || group.Limits[RLIMIT_MEMLOCK].Soft is var most && most == ResourceLimit.Infinity)
            return true;
        if (IsPrivileged(group))
            return true;
        return (ulong)(space.CountLocked(0, Pages.TaskSize) + more) * Pages.Size <= most;
    }

    /// <summary>Whether a mapping may be asked for at an address: the lowest ones are for who has CAP_SYS_RAWIO (mmap(2), EPERM; /proc/sys/vm/mmap_min_addr).</summary>
    public bool AllowsAddress(AddressSpace space, ulong address) => address >= Pages.MinimumAddress || (GroupOf(space) is { } group && IsPrivileged(group));

    /// <summary>How large the stack may become.</summary>
    public ulong StackLimit(AddressSpace space) => GroupOf(space)?.Limits[RLIMIT_STACK].Soft ?? space.Layout.StackLimit;

    private bool IsPrivileged(ThreadGroup group) => group.Threads.Count > 0 && _tasks.Find(group.Threads[0]) is { } task && task.Credentials.IsPrivileged;

    private static ulong DataBytes(AddressSpace space)
    {
        ulong sum = 0;
        for (int i = 0; i < space.Regions.Count; i++)
        {
            if (Pages.NeedsMemory(space.Regions[i].Access, space.Regions[i].Flags) && !space.Regions[i].GrowsDown())
                sum += space.Regions[i].Length();
        }

        return sum;
    }

    private ThreadGroup? GroupOf(AddressSpace space)
    {
        if (space.Group is { WaitStatus: null } known && known.AddressSpace == space.Id)
            return known;
        space.Group = null;
        foreach (GuestTask task in _tasks.All)
        {
            if (task.Group.AddressSpace == space.Id)
                return space.Group = task.Group;
        }

        return null;
    }
}

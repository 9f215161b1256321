using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>The resource limits that a process starts with: Debian's for a login, without core files.</summary>
internal static class DefaultLimits
{
    private const ulong None = ResourceLimit.Infinity;
    private const ulong MaximumTasks = 32768;

    /// <summary>By RLIMIT number: CPU, FSIZE, DATA, STACK, CORE, RSS, NPROC, NOFILE, MEMLOCK, AS, LOCKS, SIGPENDING, MSGQUEUE, NICE, RTPRIO, RTTIME.</summary>
    public static void Set(ResourceLimit[] limits)
    {
        ResourceLimit[] defaults =
        [
            new(None, None), new(None, None), new(None, None), new(8 << 20, None), new(0, None), new(None, None),
            new(MaximumTasks, MaximumTasks), new(1024, 1 << 20), new(8 << 20, 8 << 20), new(None, None), new(None, None),
            new(MaximumTasks, MaximumTasks), new(819_200, 819_200), new(0, 0), new(0, 0), new(None, None),
        ];
        defaults.CopyTo(limits, 0);
    }
}

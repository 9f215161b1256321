using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getrlimit(2), setrlimit(2), prlimit(2).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>/proc/sys/fs/nr_open: no RLIMIT_NOFILE is above it.</summary>
    private const ulong MostDescriptors = 1048576;

    private SysResult Getrlimit(GuestTask task, uint resource, UserPointer<Rlimit> limit)
    {
        if (resource >= ResourceLimit.Count)
            return Errno.EINVAL;
        return limit.TryWrite(ToRlimit(task.Group.Limits[resource]), out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult Setrlimit(GuestTask task, uint resource, UserPointer<Rlimit> limit)
    {
        if (!limit.TryRead(out Rlimit wanted, out SysResult stop))
            return stop;
        return resource >= ResourceLimit.Count ? Errno.EINVAL : SetLimit(task, task.Group, resource, wanted);
    }

    private SysResult Prlimit64(GuestTask task, int pid, uint resource, UserPointer<Rlimit> newLimit, UserPointer<Rlimit> oldLimit)
    {
        Rlimit wanted = default;
        if (!newLimit.IsNull && !newLimit.TryRead(out wanted, out SysResult stop))
            return stop;
        ThreadGroup? group = pid == 0 ? task.Group : _tasks.Find(pid)?.Group;
        if (group is null)
            return Errno.ESRCH;
        if (group != task.Group && !task.Credentials.IsPrivileged && _tasks.Find(pid)!.Credentials.RealUser != task.Credentials.RealUser)
            return Errno.EPERM;
        if (resource >= ResourceLimit.Count)
            return Errno.EINVAL;
        Rlimit old = ToRlimit(group.Limits[resource]);
        if (!newLimit.IsNull)
        {
            Errno error = SetLimit(task, group, resource, wanted);
            if (error != Errno.None)
                return error;
        }

        if (oldLimit.IsNull)
            return SysResult.Zero;
        return oldLimit.TryWrite(in old, out stop) ? SysResult.Zero : stop;
    }

    private Errno SetLimit(GuestTask task, ThreadGroup group, uint resource, in Rlimit wanted)
    {
        if (wanted.rlim_cur > wanted.rlim_max)
            return Errno.EINVAL;
        if (resource == RLIMIT_NOFILE && wanted.rlim_max > MostDescriptors)
            return Errno.EPERM;
        if (wanted.rlim_max > group.Limits[resource].Hard && !task.Credentials.IsPrivileged)
            return Errno.EPERM;
        group.Limits[resource] = new ResourceLimit(wanted.rlim_cur, wanted.rlim_max);
        if (resource == RLIMIT_CPU)
            _processes.Current.ApplyCpuLimit(group);
        return Errno.None;
    }

    private static Rlimit ToRlimit(ResourceLimit limit) => new() { rlim_cur = limit.Soft, rlim_max = limit.Hard };
}

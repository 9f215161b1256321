using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>sched_yield(2), sched_setscheduler(2), sched_setaffinity(2), getpriority(2) and their kin. What is set is kept and answered; the machine's scheduler does not look at it.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int MostRealTimePriority = 99;
    private const int SCHED_RESET_ON_FORK = 0x40000000;

    /// <summary>A wait that is over at once: the task comes after every other that can run.</summary>
    private SysResult SchedYield(GuestTask task) => task.Restart.Reason != WakeReason.None
        ? SysResult.Zero
        : SysResult.Wait(task.Wait.Begin(InterruptKind.Uninterruptible).Until(ClockId.CLOCK_MONOTONIC, 0));

    private SysResult SchedGetscheduler(GuestTask task, int pid)
    {
        if (pid < 0)
            return Errno.EINVAL;
        return FindGroup(task, pid) is { } group ? Control(group, ProcessControlKeys.SchedulingPolicy) : Errno.ESRCH;
    }

    private SysResult SchedSetscheduler(GuestTask task, int pid, int policy, UserPointer<SchedParam> param)
    {
        if (policy < 0)
            return Errno.EINVAL;
        return SetScheduler(task, pid, policy & ~SCHED_RESET_ON_FORK, param);
    }

    private SysResult SchedSetparam(GuestTask task, int pid, UserPointer<SchedParam> param) => SetScheduler(task, pid, null, param);

    private SysResult SetScheduler(GuestTask task, int pid, int? wanted, UserPointer<SchedParam> param)
    {
        if (param.IsNull || pid < 0)
            return Errno.EINVAL;
        if (!param.TryRead(out SchedParam value, out SysResult stop))
            return stop;
        if (FindGroup(task, pid) is not { } group)
            return Errno.ESRCH;
        int policy = wanted ?? (int)Control(group, ProcessControlKeys.SchedulingPolicy);
        if (!TryGetPriorityRange(policy, out int least, out int most) || policy == SCHED_DEADLINE)
            return Errno.EINVAL;
        if (value.sched_priority < least || value.sched_priority > most)
            return Errno.EINVAL;
        if (!task.Credentials.IsPrivileged && !MaySetScheduler(task, pid == 0 ? task : _tasks.Find(pid)!, policy, value.sched_priority))
            return Errno.EPERM;
        group.ProcessControls[ProcessControlKeys.SchedulingPolicy] = (ulong)policy;
        group.ProcessControls[ProcessControlKeys.SchedulingPriority] = (ulong)value.sched_priority;
        return SysResult.Zero;
    }

    /// <summary>What a task without privilege may do to another's scheduling (user_check_sched_setscheduler).</summary>
    private static bool MaySetScheduler(GuestTask task, GuestTask target, int policy, int priority)
    {
        ThreadGroup group = target.Group;
        int before = (int)Control(group, ProcessControlKeys.SchedulingPolicy);
        if (policy is SCHED_FIFO or SCHED_RR)
        {
            ulong limit = group.Limits[(int)RLIMIT_RTPRIO].Soft;
            if (policy != before && limit == 0)
                return false;
            if (priority > Control(group, ProcessControlKeys.SchedulingPriority) && (ulong)priority > limit)
                return false;
        }

        if (before == SCHED_IDLE && policy != SCHED_IDLE && !AllowsNice(group, (int)Control(group, ProcessControlKeys.Nice)))
            return false;
        return HasSameOwner(task, target);
    }

    /// <summary>Whether RLIMIT_NICE allows a nice value (can_nice).</summary>
    private static bool AllowsNice(ThreadGroup group, int nice) => (ulong)(20 - nice) <= group.Limits[(int)RLIMIT_NICE].Soft;

    private static bool HasSameOwner(GuestTask task, GuestTask target) =>
        task.Credentials.EffectiveUser == target.Credentials.EffectiveUser || task.Credentials.EffectiveUser == target.Credentials.RealUser;

    private SysResult SchedGetparam(GuestTask task, int pid, UserPointer<SchedParam> param)
    {
        if (param.IsNull || pid < 0)
            return Errno.EINVAL;
        if (FindGroup(task, pid) is not { } group)
            return Errno.ESRCH;
        var result = new SchedParam { sched_priority = (int)Control(group, ProcessControlKeys.SchedulingPriority) };
        return param.TryWrite(in result, out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult SchedGetPriorityMax(GuestTask task, int policy) => TryGetPriorityRange(policy, out _, out int most) ? most : Errno.EINVAL;

    private SysResult SchedGetPriorityMin(GuestTask task, int policy) => TryGetPriorityRange(policy, out int least, out _) ? least : Errno.EINVAL;

    private static bool TryGetPriorityRange(int policy, out int least, out int most)
    {
        bool isRealTime = policy is SCHED_FIFO or SCHED_RR;
        least = isRealTime ? 1 : 0;
        most = isRealTime ? MostRealTimePriority : 0;
        return isRealTime || policy is SCHED_OTHER or SCHED_BATCH or SCHED_IDLE or SCHED_DEADLINE;
    }

    private SysResult SchedRrGetInterval(GuestTask task, int pid, UserPointer<Timespec> interval)
    {
        const long UsualSlice = 4_000_000;
        const long RoundRobinSlice = 100_000_000; // /proc/sys/kernel/sched_rr_timeslice_ms
        if (pid < 0)
            return Errno.EINVAL;
        if (FindGroup(task, pid) is not { } group)
            return Errno.ESRCH;
        long slice = Control(group, ProcessControlKeys.SchedulingPolicy) switch
        {
            SCHED_FIFO => 0,
            SCHED_RR => RoundRobinSlice,
            _ => UsualSlice,
        };
        return interval.TryWrite(ToTimespec(slice), out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult SchedGetaffinity(GuestTask task, int pid, UserBuffer mask)
    {
        int words = (_options.Cpus + 63) / 64;
        if (mask.Length * 8 < (ulong)_options.Cpus || (mask.Length & 7) != 0)
            return Errno.EINVAL;
        if (pid != 0 && _tasks.Find(pid) is null)
            return Errno.ESRCH;
        Span<ulong> bits = stackalloc ulong[16];
        bits = bits[..Math.Min(words, bits.Length)];
        bits.Clear();
        for (int cpu = 0; cpu < _options.Cpus && cpu < bits.Length * 64; cpu++)
            bits[cpu >> 6] |= 1UL << (cpu & 63);
        return mask.TryWrite(MemoryMarshal.AsBytes(bits), out SysResult stop) ? bits.Length * 8 : stop;
    }

    private SysResult SchedSetaffinity(GuestTask task, int pid, UserBuffer mask)
    {
        Span<byte> bits = stackalloc byte[128];
        bits.Clear();
        if (!mask.TryRead(bits[..(int)Math.Min(mask.Length, (ulong)bits.Length)], out SysResult stop))
            return stop;
        if (pid != 0 && _tasks.Find(pid) is null)
            return Errno.ESRCH;
        for (int cpu = 0; cpu < _options.Cpus && cpu < bits.Length * 8; cpu++)
        {
            if ((bits[cpu >> 3] >> (cpu & 7) & 1) != 0)
                return SysResult.Zero;
        }

        return Errno.EINVAL;
    }

    private SysResult Getpriority(GuestTask task, int which, int who)
    {
        long best = -1;
        if (!TryForEachPriority(task, which, who, target => best = Math.Max(best, 20 - Control(target.Group, ProcessControlKeys.Nice))))
            return Errno.EINVAL;
        return best < 0 ? Errno.ESRCH : best;
    }

    private SysResult Setpriority(GuestTask task, int which, int who, int priority)
    {
        int nice = Math.Clamp(priority, -20, 19);
        Errno answer = Errno.ESRCH;
        bool known = TryForEachPriority(task, which, who, target =>
        {
            ThreadGroup group = target.Group;
            if (!task.Credentials.IsPrivileged && !HasSameOwner(task, target))
            {
                answer = Errno.EPERM;
                return;
            }

            bool lowers = nice < Control(group, ProcessControlKeys.Nice);
            bool allowed = task.Credentials.IsPrivileged || !lowers || AllowsNice(group, nice);
            if (!allowed)
            {
                answer = Errno.EACCES;
                return;
            }

            group.ProcessControls[ProcessControlKeys.Nice] = (ulong)nice;
            if (answer == Errno.ESRCH)
                answer = Errno.None;
        });
        return known ? answer : Errno.EINVAL;
    }

    private bool TryForEachPriority(GuestTask task, int which, int who, Action<GuestTask> action)
    {
        if (which is < PRIO_PROCESS or > PRIO_USER)
            return false;
        foreach (GuestTask other in _tasks.All)
        {
            if (other.Tid != other.Group.Pid && which != PRIO_PROCESS)
                continue;
            bool matches = which switch
            {
                PRIO_PROCESS => other.Tid == (who == 0 ? task.Tid : who),
                PRIO_PGRP => other.Group.ProcessGroup == (who == 0 ? task.Group.ProcessGroup : who),
                _ => other.Credentials.RealUser == (who == 0 ? task.Credentials.RealUser : (uint)who),
            };
            if (matches)
                action(other);
        }

        return true;
    }

    private static long Control(ThreadGroup group, int key) => group.ProcessControls.TryGetValue(key, out ulong value) ? (long)value : 0;
}

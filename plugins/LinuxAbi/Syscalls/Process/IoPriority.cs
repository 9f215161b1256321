using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>ioprio_set(2) and ioprio_get(2). What is set is kept and answered; nothing on the machine queues requests by it.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int IOPRIO_CLASS_SHIFT = 13;
    private const int IOPRIO_NR_LEVELS = 8;

    private SysResult IoprioSet(GuestTask task, int which, int who, int ioprio)
    {
        Errno error = CheckIoPriority(task, ioprio);
        if (error != Errno.None)
            return error;
        if (which is < IOPRIO_WHO_PROCESS or > IOPRIO_WHO_USER)
            return Errno.EINVAL;
        Errno answer = Errno.ESRCH;
        foreach (GuestTask other in _tasks.All)
        {
            if (!IsMeant(task, other, which, who))
                continue;
            uint owner = other.Credentials.RealUser;
            if (owner != task.Credentials.EffectiveUser && owner != task.Credentials.RealUser && !task.Credentials.IsPrivileged)
                return Errno.EPERM;
            other.Group.ProcessControls[ProcessControlKeys.IoPriority] = (ulong)ioprio;
            answer = Errno.None;
        }

        return answer;
    }

    /// <summary>Of one process what was set; of several the best of what applies, which without a choice follows from the nice value.</summary>
    private SysResult IoprioGet(GuestTask task, int which, int who)
    {
        if (which is < IOPRIO_WHO_PROCESS or > IOPRIO_WHO_USER)
            return Errno.EINVAL;
        long best = -1;
        foreach (GuestTask other in _tasks.All)
        {
            if (!IsMeant(task, other, which, who))
                continue;
            long priority = Control(other.Group, ProcessControlKeys.IoPriority);
            if (which != IOPRIO_WHO_PROCESS && priority >> IOPRIO_CLASS_SHIFT == IOPRIO_CLASS_NONE)
                priority = IoPriorityByNice(other.Group);
            best = best < 0 ? priority : Math.Min(best, priority);
        }

        return best < 0 ? Errno.ESRCH : best;
    }

    private static Errno CheckIoPriority(GuestTask task, int ioprio)
    {
        int data = ioprio & ((1 << IOPRIO_CLASS_SHIFT) - 1);
        return (ioprio >> IOPRIO_CLASS_SHIFT) switch
        {
            IOPRIO_CLASS_NONE => data == 0 ? Errno.None : Errno.EINVAL,
            IOPRIO_CLASS_RT when !task.Credentials.IsPrivileged => Errno.EPERM,
            IOPRIO_CLASS_RT or IOPRIO_CLASS_BE => data < IOPRIO_NR_LEVELS ? Errno.None : Errno.EINVAL,
            IOPRIO_CLASS_IDLE => Errno.None,
            _ => Errno.EINVAL,
        };
    }

    private static bool IsMeant(GuestTask task, GuestTask other, int which, int who) => which switch
    {
        IOPRIO_WHO_PROCESS => other.Tid == (who == 0 ? task.Tid : who),
        IOPRIO_WHO_PGRP => other.Group.ProcessGroup == (who == 0 ? task.Group.ProcessGroup : who),
        _ => other.Credentials.RealUser == (uint)who, // 0 is root here, not the caller
    };

    /// <summary>task_nice_ioclass and task_nice_ioprio of the kernel.</summary>
    private static long IoPriorityByNice(ThreadGroup group)
    {
        const int LevelsOfNice = 5;
        long policy = Control(group, ProcessControlKeys.SchedulingPolicy);
        long kind = policy == SCHED_IDLE ? IOPRIO_CLASS_IDLE : policy is SCHED_FIFO or SCHED_RR ? IOPRIO_CLASS_RT : IOPRIO_CLASS_BE;
        return (kind << IOPRIO_CLASS_SHIFT) | ((Control(group, ProcessControlKeys.Nice) + 20) / LevelsOfNice);
    }
}

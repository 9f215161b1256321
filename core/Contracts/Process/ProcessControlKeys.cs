namespace Kpio.Contracts.Process;

/// <summary>
/// Keys of <see cref="ThreadGroup.ProcessControls"/> for what prctl(2) has no number for. They are negative: the numbers of prctl(2) are not.
/// Where a key is missing, the value is 0.
/// </summary>
public static class ProcessControlKeys
{
    /// <summary>The nice value (setpriority(2)), -20 to 19, as a long.</summary>
    public const int Nice = -1;

    /// <summary>The scheduling policy (sched(7)).</summary>
    public const int SchedulingPolicy = -2;

    /// <summary>The priority of the policies for real time, 1 to 99.</summary>
    public const int SchedulingPriority = -3;

    /// <summary>The priority of input and output with its class (ioprio_set(2)).</summary>
    public const int IoPriority = -4;

    /// <summary>/proc/PID/oom_score_adj (proc(5)), -1000 to 1000, as a long.</summary>
    public const int OomScoreAdjustment = -5;

    /// <summary>/proc/PID/coredump_filter (core(5)) with its default bits inverted, so that 0 is the default.</summary>
    public const int CoreDumpFilter = -7;

    /// <summary>The memory policy (set_mempolicy(2)): its mode, and its nodes from bit 32 on.</summary>
    public const int MemoryPolicy = -6;
}

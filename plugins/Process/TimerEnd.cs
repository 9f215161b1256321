using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>What becomes of a process's timers: execve(2) deletes those of timer_create(2), the end of the process all of them.</summary>
internal static class TimerEnd
{
    public static void DeletePosix(IKernelTimers timers, ProcessTimers owned)
    {
        for (int i = 0; i < owned.Posix.Count; i++)
            timers.Delete(owned.Posix[i].Timer);
        owned.Posix.Clear();
        owned.NextPosixId = 0;
    }

    public static void DeleteAll(IKernelTimers timers, ProcessTimers owned)
    {
        DeletePosix(timers, owned);
        timers.Delete(owned.Real);
        timers.Delete(owned.Virtual);
        timers.Delete(owned.Profile);
        timers.Delete(owned.CpuLimit);
        owned.Real = owned.Virtual = owned.Profile = owned.CpuLimit = default(TimerId);
    }
}

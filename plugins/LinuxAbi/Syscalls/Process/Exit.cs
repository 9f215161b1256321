using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>_exit(2) and exit_group(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Exit(GuestTask task, int status) => End(task, status, wholeGroup: false);

    private SysResult ExitGroup(GuestTask task, int status) => End(task, status, wholeGroup: true);

    private SysResult End(GuestTask task, int status, bool wholeGroup)
    {
        if (task.Trace is not null && _tracing.Current.StopBeforeExit(task, (status & 0xFF) << 8) is { IsWait: true } stop)
            return stop;
        _processes.Current.Exit(task, (status & 0xFF) << 8, wholeGroup);
        return SysResult.NoReturn;
    }
}

using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>syslog(2): the log of the machine's kernel, which has the line that Linux begins with. KPIO's own log is not for guests.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Syslog(GuestTask task, int type, UserBuffer buffer)
    {
        const int BufferSize = 1 << 17; // CONFIG_LOG_BUF_SHIFT
        if (type is not (SYSLOG_ACTION_READ_ALL or SYSLOG_ACTION_SIZE_BUFFER) && !task.Credentials.IsPrivileged)
            return Errno.EPERM;
        switch (type)
        {
            case SYSLOG_ACTION_CLOSE or SYSLOG_ACTION_OPEN:
                return SysResult.Zero;
            case SYSLOG_ACTION_SIZE_BUFFER:
                return BufferSize;
            case SYSLOG_ACTION_READ_ALL:
                return ReadKernelLog(buffer);
            case SYSLOG_ACTION_READ or SYSLOG_ACTION_READ_CLEAR or SYSLOG_ACTION_CLEAR or SYSLOG_ACTION_SIZE_UNREAD:
            case SYSLOG_ACTION_CONSOLE_OFF or SYSLOG_ACTION_CONSOLE_ON or SYSLOG_ACTION_CONSOLE_LEVEL:
                return Errno.EPERM;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>Whole lines only: nothing, when the buffer is smaller than the line.</summary>
    private SysResult ReadKernelLog(UserBuffer buffer)
    {
        if (buffer.Address == 0 || buffer.Length > int.MaxValue)
            return Errno.EINVAL;
        if (!buffer.IsInUserSpace)
            return Errno.EFAULT;
        byte[] text = Encoding.UTF8.GetBytes($"<5>[    0.000000] {_options.SystemName} version {_options.Release} (kpio@kpio) {_options.KernelVersion}\n");
        if ((ulong)text.Length > buffer.Length)
            return SysResult.Zero;
        return buffer.TryWrite(text, out SysResult stop) ? text.Length : stop;
    }
}

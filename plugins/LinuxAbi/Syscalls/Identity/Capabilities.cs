using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>capget(2) and capset(2): effective uid 0 has every capability, others have none.</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong AllCapabilities = (1UL << (LastCapability + 1)) - 1;

    private SysResult Capget(GuestTask task, UserPointer<UserCapHeader> header, ulong data)
    {
        if (!TryReadHeader(header, data == 0, out int pid, out int words, out SysResult stop))
            return stop;
        if (pid < 0)
            return Errno.EINVAL;
        GuestTask? target = pid == 0 ? task : _tasks.Find(pid);
        if (target is null)
            return Errno.ESRCH;
        ulong owned = target.Credentials.IsPrivileged ? AllCapabilities : 0;
        for (int i = 0; i < words; i++)
        {
            uint part = (uint)(owned >> (i * 32));
            var value = new UserCapData { effective = part, permitted = part };
            if (!new UserPointer<UserCapData>(task, data).At(i).TryWrite(in value, out stop))
                return stop;
        }

        return SysResult.Zero;
    }

    private SysResult Capset(GuestTask task, UserPointer<UserCapHeader> header, ulong data)
    {
        if (!TryReadHeader(header, isProbe: false, out int pid, out int words, out SysResult stop))
            return stop;
        if (pid != 0 && pid != task.Tid)
            return Errno.EPERM;
        ulong owned = task.Credentials.IsPrivileged ? AllCapabilities : 0;
        for (int i = 0; i < words; i++)
        {
            if (!new UserPointer<UserCapData>(task, data).At(i).TryRead(out UserCapData value, out stop))
                return stop;
            uint part = (uint)(owned >> (i * 32));
            if ((value.permitted & ~part) != 0 || (value.effective & ~value.permitted) != 0 || (value.inheritable & ~part) != 0)
                return Errno.EPERM;
        }

        return SysResult.Zero;
    }

    /// <summary>Reads the header; for an unknown version the one in use is written back (EINVAL, unless the caller only asked for that).</summary>
    private static bool TryReadHeader(UserPointer<UserCapHeader> header, bool isProbe, out int pid, out int words, out SysResult stop)
    {
        pid = words = 0;
        if (!header.TryRead(out UserCapHeader value, out stop))
            return false;
        pid = value.pid;
        switch (value.version)
        {
            case _LINUX_CAPABILITY_VERSION_1:
                words = 1;
                break;
            case _LINUX_CAPABILITY_VERSION_2 or _LINUX_CAPABILITY_VERSION_3:
                words = 2;
                break;
            default:
                value.version = _LINUX_CAPABILITY_VERSION_3;
                if (header.TryWrite(in value, out stop))
                    stop = isProbe ? SysResult.Zero : Errno.EINVAL;
                return false;
        }

        stop = default;
        return !isProbe; // without a place for data there is nothing more to do
    }
}

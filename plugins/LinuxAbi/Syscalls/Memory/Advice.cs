using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>madvise(2), msync(2), mincore(2), mlock(2) and their kin.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Madvise(GuestTask task, ulong address, ulong length, int advice)
    {
        if (advice is not (>= MADV_NORMAL and <= MADV_DONTNEED or >= MADV_FREE and <= MADV_COLLAPSE or MADV_HWPOISON or MADV_SOFT_OFFLINE))
            return Errno.EINVAL;
        if ((address & PageMask) != 0)
            return Errno.EINVAL;
        ulong rounded = (length + PageMask) & ~PageMask;
        if ((length != 0 && rounded == 0) || address + rounded < address)
            return Errno.EINVAL;
        if (advice is MADV_HWPOISON or MADV_SOFT_OFFLINE)
            return task.Credentials.IsPrivileged ? Errno.EINVAL : Errno.EPERM; // CONFIG_MEMORY_FAILURE is off
        if (rounded == 0)
            return SysResult.Zero;
        if (!new UserBuffer(task, address, rounded).IsInUserSpace)
            return Errno.ENOMEM;
        return _memory.Current.Advise(task.Group.AddressSpace, address, rounded, advice);
    }

    private SysResult Msync(GuestTask task, ulong address, ulong length, int flags)
    {
        if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0 || (address & PageMask) != 0)
            return Errno.EINVAL;
        if ((flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
            return Errno.EINVAL;
        ulong rounded = (length + PageMask) & ~PageMask;
        if (address + rounded < address)
            return Errno.ENOMEM;
        return rounded == 0 || IsMapped(task, address, rounded) ? SysResult.Zero : Errno.ENOMEM;
    }

    private SysResult Mincore(GuestTask task, ulong address, ulong length, ulong vector)
    {
        if ((address & PageMask) != 0)
            return Errno.EINVAL;
        if (!new UserBuffer(task, address, length).IsInUserSpace)
            return Errno.ENOMEM;
        ulong rounded = (length + PageMask) & ~PageMask;
        long pages = (long)(rounded >> 12);
        if (!new UserBuffer(task, vector, (ulong)pages).IsInUserSpace)
            return Errno.EFAULT;
        if (pages == 0)
            return SysResult.Zero;
        if (!IsMapped(task, address, rounded))
            return Errno.ENOMEM;
        Span<byte> resident = stackalloc byte[256];
        resident.Fill(1);
        for (long done = 0; done < pages; done += resident.Length)
        {
            int count = (int)Math.Min(resident.Length, pages - done);
            if (!task.Memory.TryWrite(task, vector + (ulong)done, resident[..count], out SysResult stop))
                return stop;
        }

        return SysResult.Zero;
    }

    private SysResult Mlock(GuestTask task, ulong address, ulong length) => Mlock2(task, address, length, 0);

    private SysResult Mlock2(GuestTask task, ulong address, ulong length, uint flags) =>
        (flags & ~MLOCK_ONFAULT) != 0 ? Errno.EINVAL : CheckLockRange(task, address, length, locks: true);

    private SysResult Munlock(GuestTask task, ulong address, ulong length) => CheckLockRange(task, address, length, locks: false);

    private SysResult Mlockall(GuestTask task, int flags)
    {
        if (flags == 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0 || flags == MCL_ONFAULT)
            return Errno.EINVAL;
        return CanLock(task) ? SysResult.Zero : Errno.EPERM;
    }

    private SysResult Munlockall(GuestTask task) => SysResult.Zero;

    private SysResult CheckLockRange(GuestTask task, ulong address, ulong length, bool locks)
    {
        if (locks && !CanLock(task))
            return Errno.EPERM;
        ulong start = address & ~PageMask;
        ulong rounded = (length + (address & PageMask) + PageMask) & ~PageMask;
        if (locks && !task.Credentials.IsPrivileged && rounded > task.Group.Limits[(int)RLIMIT_MEMLOCK].Soft)
            return Errno.ENOMEM;
        if (start + rounded < start)
            return Errno.EINVAL;
        return rounded == 0 || IsMapped(task, start, rounded) ? SysResult.Zero : Errno.ENOMEM;
    }

    private static bool CanLock(GuestTask task) => task.Credentials.IsPrivileged || task.Group.Limits[(int)RLIMIT_MEMLOCK].Soft != 0;

    private bool IsMapped(GuestTask task, ulong address, ulong length)
    {
        ulong end = address + length;
        foreach (MemoryRegion region in _spaces.Current.GetRegions(task.Group.AddressSpace))
        {
            if (region.End <= address)
                continue;
            if (region.Start > address)
                return false;
            address = region.End;
            if (address >= end)
                return true;
        }

        return false;
    }
}

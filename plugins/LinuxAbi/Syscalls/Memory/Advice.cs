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
        if (rounded == 0)
            return SysResult.Zero;
        if (!new UserBuffer(task, address, rounded).IsInUserSpace)
            return Errno.ENOMEM;
        return _residence.Current.Synchronize(task.Group.AddressSpace, address, rounded, flags);
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
        Span<byte> resident = stackalloc byte[256];
        for (long done = 0; done < pages; done += resident.Length)
        {
            int count = (int)Math.Min(resident.Length, pages - done);
            Errno error = _residence.Current.GetResidence(task.Group.AddressSpace, address + ((ulong)done << 12), resident[..count]);
            if (error != Errno.None)
                return error;
            if (!task.Memory.TryWrite(task, vector + (ulong)done, resident[..count], out SysResult stop))
                return stop;
        }

        return SysResult.Zero;
    }

    private SysResult Mlock(GuestTask task, ulong address, ulong length) => Mlock2(task, address, length, 0);

    private SysResult Mlock2(GuestTask task, ulong address, ulong length, uint flags)
    {
        if ((flags & ~MLOCK_ONFAULT) != 0)
            return Errno.EINVAL;
        if (!CanLock(task))
            return Errno.EPERM;
        if (!TryRoundLockRange(task, address, length, out ulong start, out ulong rounded, out SysResult stop))
            return stop;
        return _residence.Current.Lock(task.Group.AddressSpace, start, rounded, (flags & MLOCK_ONFAULT) != 0);
    }

    private SysResult Munlock(GuestTask task, ulong address, ulong length) =>
        TryRoundLockRange(task, address, length, out ulong start, out ulong rounded, out SysResult stop)
            ? _residence.Current.Unlock(task.Group.AddressSpace, start, rounded)
            : stop;

    private SysResult Mlockall(GuestTask task, int flags)
    {
        if (flags == 0 || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0 || flags == MCL_ONFAULT)
            return Errno.EINVAL;
        return CanLock(task) ? _residence.Current.LockAll(task.Group.AddressSpace, flags) : Errno.EPERM;
    }

    private SysResult Munlockall(GuestTask task) => _residence.Current.LockAll(task.Group.AddressSpace, 0);

    private static bool TryRoundLockRange(GuestTask task, ulong address, ulong length, out ulong start, out ulong rounded, out SysResult stop)
    {
        start = address & ~PageMask;
        rounded = (length + (address & PageMask) + PageMask) & ~PageMask;
        stop = SysResult.Zero;
        if (start + rounded < start)
            stop = Errno.EINVAL;
        else if (rounded != 0 && !new UserBuffer(task, start, rounded).IsInUserSpace)
            stop = Errno.ENOMEM;
        else
            return rounded != 0;
        return false;
    }

    private static bool CanLock(GuestTask task) => task.Credentials.IsPrivileged || task.Group.Limits[(int)RLIMIT_MEMLOCK].Soft != 0;
}

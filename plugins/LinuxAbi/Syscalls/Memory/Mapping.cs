using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>mmap(2), munmap(2), mprotect(2), mremap(2), brk(2). Checks come in the order of mm/mmap.c; where things go is the memory manager's.</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong PageMask = 0xFFF;

    /// <summary>LEGACY_MAP_MASK: the flags that MAP_SHARED_VALIDATE lets pass. MAP_SYNC is of no file here, and newer ones it never lets pass.</summary>
    private const ulong FlagsOfOld = 0x7C07_F973;

    private SysResult Mmap(GuestTask task, ulong address, ulong length, ulong prot, ulong flags, Fd fd, ulong offset)
    {
        if ((offset & PageMask) != 0)
            return Errno.EINVAL;
        FileId file = FileId.None;
        bool anonymous = (flags & MAP_ANONYMOUS) != 0;
        if (!anonymous && !TryGetFile(task, fd, out file))
            return Errno.EBADF;
        if (length == 0)
            return Errno.EINVAL;
        if (length > UserBuffer.AddressLimit)
            return Errno.ENOMEM;
        ulong rounded = (length + PageMask) & ~PageMask;
        if ((offset >> 12) + (rounded >> 12) < (offset >> 12) || offset > long.MaxValue - rounded)
            return Errno.EOVERFLOW;
        ulong type = flags & 0xF;
        if (type is not (MAP_SHARED or MAP_PRIVATE or MAP_SHARED_VALIDATE))
            return Errno.EINVAL;
        if ((flags & MAP_HUGETLB) != 0)
            return anonymous ? Errno.ENOMEM : Errno.EINVAL; // no huge pages are set aside
        if ((flags & MAP_LOCKED) != 0 && !CanLock(task))
            return Errno.EPERM;
        if (anonymous)
        {
            if (type == MAP_SHARED_VALIDATE)
                return Errno.EINVAL;
        }
        else
        {
            Errno refused = CheckMappable(file, prot, flags);
            if (refused != Errno.None)
                return refused;
        }

        var request = new MapRequest(address, rounded, ToAccess(prot), (MapFlags)(uint)flags, file, (long)offset);
        return SysResult.From(_memory.Current.Map(task.Group.AddressSpace, in request));
    }

    private Errno CheckMappable(FileId file, ulong prot, ulong flags)
    {
        ulong type = flags & 0xF;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags status, out Errno error))
            return error;
        if ((status & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        if (type == MAP_SHARED_VALIDATE && (flags & ~FlagsOfOld) != 0)
            return Errno.EOPNOTSUPP;
        OpenFlags access = status & OpenFlags.O_ACCMODE;
        if (type != MAP_PRIVATE && (prot & PROT_WRITE) != 0 && access == OpenFlags.O_RDONLY)
            return Errno.EACCES;
        if (access == OpenFlags.O_WRONLY)
            return Errno.EACCES;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out error))
            return error;
        return attributes.Kind is FileKind.Regular or FileKind.CharacterDevice or FileKind.BlockDevice ? Errno.None : Errno.ENODEV;
    }

    private SysResult Munmap(GuestTask task, ulong address, ulong length)
    {
        if ((address & PageMask) != 0 || length == 0 || address > UserBuffer.AddressLimit || length > UserBuffer.AddressLimit - address)
            return Errno.EINVAL;
        return _memory.Current.Unmap(task.Group.AddressSpace, address, (length + PageMask) & ~PageMask);
    }

    private SysResult Mprotect(GuestTask task, ulong address, ulong length, ulong prot)
    {
        const ulong Grows = PROT_GROWSDOWN | PROT_GROWSUP;
        if ((prot & Grows) == Grows || (address & PageMask) != 0)
            return Errno.EINVAL;
        if (length == 0)
            return SysResult.Zero;
        ulong rounded = (length + PageMask) & ~PageMask;
        if (address + rounded <= address)
            return Errno.ENOMEM;
        if ((prot & ~(Grows | PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM)) != 0)
            return Errno.EINVAL;
        if (!new UserBuffer(task, address, rounded).IsInUserSpace)
            return Errno.ENOMEM;
        if ((prot & Grows) != 0)
        {
            Errno error = ExtendDownwards(task, (prot & PROT_GROWSDOWN) != 0, ref address, ref rounded);
            if (error != Errno.None)
                return error;
        }

        return _memory.Current.Protect(task.Group.AddressSpace, address, rounded, ToAccess(prot));
    }

    /// <summary>PROT_GROWSDOWN: the change reaches to the start of the mapping, which must be one that grows. x86 has none that grow upwards.</summary>
    private Errno ExtendDownwards(GuestTask task, bool isDown, ref ulong address, ref ulong length)
    {
        ulong end = address + length;
        foreach (MemoryRegion region in _spaces.Current.GetRegions(task.Group.AddressSpace))
        {
            if (region.End <= address)
                continue;
            if (region.Start >= end || (!isDown && region.Start > address))
                return Errno.ENOMEM;
            if (!isDown || (region.Flags & MapFlags.MAP_GROWSDOWN) == 0)
                return Errno.EINVAL;
            address = region.Start;
            length = end - address;
            return Errno.None;
        }

        return Errno.ENOMEM;
    }

    private SysResult Mremap(GuestTask task, ulong address, ulong oldLength, ulong newLength, uint flags, ulong newAddress)
    {
        if ((flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP)) != 0)
            return Errno.EINVAL;
        if ((flags & MREMAP_FIXED) != 0 && (flags & MREMAP_MAYMOVE) == 0)
            return Errno.EINVAL;
        if ((flags & MREMAP_DONTUNMAP) != 0 && ((flags & MREMAP_MAYMOVE) == 0 || oldLength != newLength))
            return Errno.EINVAL;
        if ((address & PageMask) != 0 || newLength == 0)
            return Errno.EINVAL;
        if (newLength > UserBuffer.AddressLimit || oldLength > UserBuffer.AddressLimit)
            return newLength > UserBuffer.AddressLimit && (flags & MREMAP_FIXED) != 0 ? Errno.EINVAL : Errno.ENOMEM;
        ulong oldRounded = (oldLength + PageMask) & ~PageMask;
        ulong newRounded = (newLength + PageMask) & ~PageMask;
        return SysResult.From(_memory.Current.Remap(task.Group.AddressSpace, address, oldRounded, newRounded, flags, newAddress));
    }

    private SysResult Brk(GuestTask task, ulong address) =>
        (long)_memory.Current.SetBreak(task.Group.AddressSpace, address, task.Group.Limits[(int)RLIMIT_DATA].Soft);

    private static PageAccess ToAccess(ulong prot) => (PageAccess)(prot & (PROT_READ | PROT_WRITE | PROT_EXEC));
}

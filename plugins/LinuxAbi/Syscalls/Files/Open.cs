using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>open(2), openat(2), creat(2), openat2(2), close(2) and close_range(2).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>VALID_OPEN_FLAGS of the kernel; open(2) drops what is not in it.</summary>
    private const uint KnownOpenFlags = O_ACCMODE_BITS | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC
        | O_ASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE;

    private const uint O_ACCMODE_BITS = 3;

    /// <summary>__O_TMPFILE: O_TMPFILE without O_DIRECTORY.</summary>
    private const uint O_TMPFILE_BIT = O_TMPFILE & ~O_DIRECTORY;

    private const uint PermissionBits = 0xFFF; // 07777

    private SysResult Open(GuestTask task, UserString path, uint flags, uint mode) =>
        OpenAt(task, WorkingDirectory, path, flags & KnownOpenFlags, mode);

    private SysResult Openat(GuestTask task, Fd dirfd, UserString path, uint flags, uint mode) =>
        OpenAt(task, dirfd, path, flags & KnownOpenFlags, mode);

    private SysResult Creat(GuestTask task, UserString path, uint mode) =>
        OpenAt(task, WorkingDirectory, path, O_CREAT | O_WRONLY | O_TRUNC, mode);

    private SysResult Openat2(GuestTask task, Fd dirfd, UserString path, UserPointer<OpenHow> how, ulong size)
    {
        const ulong FirstSize = 24;
        if (size < FirstSize)
            return Errno.EINVAL;
        if (size > 4096)
            return Errno.E2BIG;
        if (!how.TryRead(out OpenHow request, out SysResult stop))
            return stop;
        // A longer structure of a later kernel is accepted while what is unknown is 0 (copy_struct_from_user).
        for (ulong at = FirstSize; at < size; at++)
        {
            if (!new UserPointer<byte>(task, how.Address + at).TryRead(out byte rest, out stop))
                return stop;
            if (rest != 0)
                return Errno.E2BIG;
        }

        if ((request.flags & ~(ulong)KnownOpenFlags) != 0)
            return Errno.EINVAL;
        bool creates = (request.flags & (O_CREAT | O_TMPFILE_BIT)) != 0;
        if (creates ? (request.mode & ~(ulong)PermissionBits) != 0 : request.mode != 0)
            return Errno.EINVAL;
        if ((request.flags & O_PATH) != 0 && (request.flags & ~(ulong)(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) != 0)
            return Errno.EINVAL;
        const ulong KnownResolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT | RESOLVE_CACHED;
        if ((request.resolve & ~KnownResolve) != 0 || (request.resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) == (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
            return Errno.EINVAL;
        // Nothing is promised of caches: EAGAIN is what callers expect and fall back from.
        if ((request.resolve & RESOLVE_CACHED) != 0)
            return Errno.EAGAIN;
        return OpenAt(task, dirfd, path, (uint)request.flags, (uint)request.mode, (WalkRestrictions)request.resolve);
    }

    private SysResult OpenAt(GuestTask task, Fd dirfd, UserString path, uint flags, uint mode, WalkRestrictions restrictions = WalkRestrictions.None)
    {
        bool creates = (flags & (O_CREAT | O_TMPFILE_BIT)) != 0;
        mode = creates ? mode & PermissionBits : 0;
        if ((flags & O_PATH) != 0)
            flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        else
            flags |= O_LARGEFILE; // force_o_largefile: every open of a 64-bit program shows it in F_GETFL
        if ((flags & O_TMPFILE_BIT) != 0 && ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE || (flags & O_ACCMODE_BITS) == O_RDONLY))
            return Errno.EINVAL;
        if (!task.Restart.Held.IsNone)
            return AwaitPartner(task, flags);
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        if (restrictions != WalkRestrictions.None)
        {
            // A root of its own: an absolute path starts at the descriptor too.
            FileId directory = start.Directory;
            if ((restrictions & WalkRestrictions.InRoot) != 0 && dirfd.Number != Fd.AT_FDCWD && !TryGetFile(task, dirfd, out directory))
                return Errno.EBADF;
            start = new PathStart(task, directory, restrictions);
        }

        // The number is chosen before the file is made (do_sys_openat2): no file is created that could have no number.
        ulong limit = DescriptorLimit(task);
        if ((ulong)task.Descriptors.Length >= limit && !HasFreeDescriptor(task, limit))
            return Errno.EMFILE;
        Result<FileId> opened = _vfs.Current.Open(in start, text, (OpenFlags)(flags & ~O_CLOEXEC), mode);
        if (!opened.TryGet(out FileId file, out Errno error))
            return error == Errno.EAGAIN && (flags & O_NONBLOCK) == 0 ? AwaitLease(task) : error;
        if ((flags & (O_NONBLOCK | O_PATH)) == 0 && _pipes.Current.IsAwaitingPartner(file))
        {
            task.Restart.Held = file;
            return AwaitPartner(task, flags);
        }

        return Install(task, file, (flags & O_CLOEXEC) != 0);
    }

    /// <summary>A lease of somebody's is in the way of what a call wants to do with a file; he has been told (fcntl(2), F_SETLEASE).</summary>
    private static SysResult AwaitLease(GuestTask task)
    {
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        return SysResult.Wait(task.Wait.Begin(InterruptKind.Restartable)
            .On(WaitKind.Lease, (ulong)task.Restart.Extra)
            .Until(ClockId.CLOCK_MONOTONIC, task.Restart.DeadlineNanoseconds));
    }

    /// <summary>A fifo is open on this side and counts there: the call ends when the other side is opened too (fifo(7)).</summary>
    private SysResult AwaitPartner(GuestTask task, uint flags)
    {
        FileId file = task.Restart.Held;
        bool isAlone = _pipes.Current.IsAwaitingPartner(file);
        if (isAlone && task.Restart.Reason != WakeReason.Interrupted)
            return SysResult.Wait(task.Wait.Begin(InterruptKind.Restartable).On(_events.Current.KeyOf(file, task)));
        task.Restart.Held = default;

        // A partner that came between the signal and this task's turn has its open already, and may be gone: so has this one.
        if (!isAlone)
            return Install(task, file, (flags & O_CLOEXEC) != 0);
        _files.Current.Release(file);
        return Errno.EINTR;
    }

    /// <summary>Gives a file the lowest free number; without one the file's reference is dropped.</summary>
    private SysResult Install(GuestTask task, FileId file, bool closeOnExec, int minimum = 0)
    {
        Result<int> added = task.Descriptors.Add(file, closeOnExec, minimum, DescriptorLimit(task));
        if (!added.IsOk)
            _files.Current.Release(file);
        return SysResult.From(added);
    }

    private static bool HasFreeDescriptor(GuestTask task, ulong limit)
    {
        for (int fd = 0; (ulong)fd < limit; fd++)
        {
            if (!task.Descriptors.TryGet(fd, out _))
                return true;
        }

        return false;
    }

    private SysResult Close(GuestTask task, Fd fd) => _descriptors.Current.Close(task.Descriptors, fd.Number);

    private SysResult CloseRange(GuestTask task, uint first, uint last, uint flags)
    {
        if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0 || first > last)
            return Errno.EINVAL;
        if ((flags & CLOSE_RANGE_UNSHARE) != 0 && task.Descriptors.Sharers > 1)
        {
            DescriptorTable own = _descriptors.Current.Copy(task.Descriptors);
            _descriptors.Current.Leave(task.Descriptors);
            task.Descriptors = own;
        }

        for (int fd = (int)Math.Min(first, int.MaxValue); fd < task.Descriptors.Length && (uint)fd <= last; fd++)
        {
            if (!task.Descriptors.TryGet(fd, out Descriptor descriptor))
                continue;
            if ((flags & CLOSE_RANGE_CLOEXEC) != 0)
                task.Descriptors.Set(fd, descriptor with { CloseOnExec = true });
            else
                Close(task, new Fd(fd));
        }

        return SysResult.Zero;
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>stat(2), fstat(2), lstat(2), fstatat(2), statx(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Stat(GuestTask task, UserString path, UserPointer<Stat> statbuf) =>
        StatAt(task, WorkingDirectory, path, statbuf, WalkFlags.None);

    private SysResult Lstat(GuestTask task, UserString path, UserPointer<Stat> statbuf) =>
        StatAt(task, WorkingDirectory, path, statbuf, WalkFlags.NoFollow);

    private SysResult Fstat(GuestTask task, Fd fd, UserPointer<Stat> statbuf)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        return WriteStat(statbuf, in attributes);
    }

    private SysResult Newfstatat(GuestTask task, Fd dirfd, UserString path, UserPointer<Stat> statbuf, int flags)
    {
        if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC)) != 0)
            return Errno.EINVAL;
        return StatAt(task, dirfd, path, statbuf, ToWalkFlags(flags));
    }

    private SysResult StatAt(GuestTask task, Fd dirfd, UserString path, UserPointer<Stat> statbuf, WalkFlags walk)
    {
        if (!TryStatAt(task, dirfd, path, walk, out NodeAttributes attributes, out SysResult stop))
            return stop;
        return WriteStat(statbuf, in attributes);
    }

    private SysResult Statx(GuestTask task, Fd dirfd, UserString path, int flags, uint mask, UserPointer<Statx> statxbuf)
    {
        const uint Reserved = 0x80000000; // STATX__RESERVED
        const int SyncType = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
        if ((mask & Reserved) != 0 || (flags & SyncType) == SyncType)
            return Errno.EINVAL;
        if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | SyncType)) != 0)
            return Errno.EINVAL;
        if (!TryStatAt(task, dirfd, path, ToWalkFlags(flags), out NodeAttributes attributes, out SysResult stop))
            return stop;
        const uint Basic = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_GID | STATX_ATIME | STATX_MTIME | STATX_CTIME
            | STATX_INO | STATX_SIZE | STATX_BLOCKS;
        bool hasBirth = attributes.BirthTime != default;
        ulong mount = FindMount(attributes.Device);
        var result = new Statx
        {
            stx_mask = Basic | (hasBirth ? STATX_BTIME : 0) | (mount != 0 ? STATX_MNT_ID : 0),
            stx_blksize = (uint)attributes.BlockSize,
            stx_nlink = attributes.Links,
            stx_uid = attributes.User,
            stx_gid = attributes.Group,
            stx_mode = (ushort)attributes.Mode,
            stx_ino = attributes.Inode,
            stx_size = (ulong)attributes.Size,
            stx_blocks = (ulong)attributes.Blocks,
            stx_atime = ToStatxTime(attributes.AccessTime),
            stx_btime = hasBirth ? ToStatxTime(attributes.BirthTime) : default,
            stx_ctime = ToStatxTime(attributes.ChangeTime),
            stx_mtime = ToStatxTime(attributes.ModifyTime),
            stx_rdev_major = Major(attributes.SpecialDevice),
            stx_rdev_minor = Minor(attributes.SpecialDevice),
            stx_dev_major = Major(attributes.Device),
            stx_dev_minor = Minor(attributes.Device),
            stx_mnt_id = mount,
        };
        return statxbuf.TryWrite(in result, out stop) ? SysResult.Zero : stop;
    }

    /// <summary>The id of the mount that has the device number, or 0. Linux tells it whether it was asked for or not.</summary>
    private ulong FindMount(ulong device)
    {
        IReadOnlyList<MountInfo> mounts = _mounts.Current.Mounts;
        for (int i = 0; i < mounts.Count; i++)
        {
            if (mounts[i].Device == device)
                return (ulong)mounts[i].Id.Value;
        }

        return 0;
    }

    private bool TryStatAt(GuestTask task, Fd dirfd, UserString path, WalkFlags walk, out NodeAttributes attributes, out SysResult stop)
    {
        attributes = default;
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out stop))
            return false;
        if (_vfs.Current.Stat(in start, text, walk).TryGet(out attributes, out Errno error))
            return true;
        stop = error;
        return false;
    }

    private static SysResult WriteStat(UserPointer<Stat> statbuf, in NodeAttributes attributes)
    {
        var result = new Stat
        {
            st_dev = attributes.Device,
            st_ino = attributes.Inode,
            st_nlink = attributes.Links,
            st_mode = attributes.Mode,
            st_uid = attributes.User,
            st_gid = attributes.Group,
            st_rdev = attributes.SpecialDevice,
            st_size = attributes.Size,
            st_blksize = attributes.BlockSize,
            st_blocks = attributes.Blocks,
            st_atime = attributes.AccessTime.Seconds,
            st_atime_nsec = (ulong)attributes.AccessTime.Nanoseconds,
            st_mtime = attributes.ModifyTime.Seconds,
            st_mtime_nsec = (ulong)attributes.ModifyTime.Nanoseconds,
            st_ctime = attributes.ChangeTime.Seconds,
            st_ctime_nsec = (ulong)attributes.ChangeTime.Nanoseconds,
        };
        return statbuf.TryWrite(in result, out SysResult stop) ? SysResult.Zero : stop;
    }

    private static WalkFlags ToWalkFlags(int flags) =>
        ((flags & AT_SYMLINK_NOFOLLOW) != 0 ? WalkFlags.NoFollow : WalkFlags.None)
        | ((flags & AT_EMPTY_PATH) != 0 ? WalkFlags.EmptyPath : WalkFlags.None);

    private static StatxTimestamp ToStatxTime(FileTime time) => new() { tv_sec = time.Seconds, tv_nsec = (uint)time.Nanoseconds };

    // The encoding of dev_t (makedev(3)).
    private static uint Major(ulong device) => (uint)((device >> 8) & 0xFFF) | (uint)((device >> 32) & ~0xFFFUL);

    private static uint Minor(ulong device) => (uint)(device & 0xFF) | (uint)((device >> 12) & ~0xFFUL);
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>
/// The xattr family (xattr(7)). The VFS's contract has no way to a file's attributes yet: every file answers as one without any on a
/// file system that keeps none. Paths, descriptors and names are checked all the same.
/// </summary>
internal sealed partial class LinuxSyscalls
{
    private const int XATTR_NAME_MAX = 255;
    private const ulong XATTR_SIZE_MAX = 65536;

    private enum AttributeOperation
    {
        Get,
        Set,
        Remove,
    }

    private SysResult Setxattr(GuestTask task, UserString path, UserString name, UserBuffer value, int flags) =>
        CheckAttributeSet(name, value, flags, out SysResult stop) ? AttributeAt(task, path, name, WalkFlags.None, AttributeOperation.Set) : stop;

    private SysResult Lsetxattr(GuestTask task, UserString path, UserString name, UserBuffer value, int flags) =>
        CheckAttributeSet(name, value, flags, out SysResult stop) ? AttributeAt(task, path, name, WalkFlags.NoFollow, AttributeOperation.Set) : stop;

    private SysResult Fsetxattr(GuestTask task, Fd fd, UserString name, UserBuffer value, int flags)
    {
        if (!TryGetFile(task, fd, out _))
            return Errno.EBADF;
        return CheckAttributeSet(name, value, flags, out SysResult stop) ? AttributeOf(task, fd, name, AttributeOperation.Set) : stop;
    }

    private SysResult Getxattr(GuestTask task, UserString path, UserString name, UserBuffer value) =>
        AttributeAt(task, path, name, WalkFlags.None, AttributeOperation.Get);

    private SysResult Lgetxattr(GuestTask task, UserString path, UserString name, UserBuffer value) =>
        AttributeAt(task, path, name, WalkFlags.NoFollow, AttributeOperation.Get);

    private SysResult Fgetxattr(GuestTask task, Fd fd, UserString name, UserBuffer value) => AttributeOf(task, fd, name, AttributeOperation.Get);

    private SysResult Removexattr(GuestTask task, UserString path, UserString name) =>
        AttributeAt(task, path, name, WalkFlags.None, AttributeOperation.Remove);

    private SysResult Lremovexattr(GuestTask task, UserString path, UserString name) =>
        AttributeAt(task, path, name, WalkFlags.NoFollow, AttributeOperation.Remove);

    private SysResult Fremovexattr(GuestTask task, Fd fd, UserString name) => AttributeOf(task, fd, name, AttributeOperation.Remove);

    private SysResult Listxattr(GuestTask task, UserString path, UserBuffer list) =>
        TryStatAt(task, WorkingDirectory, path, WalkFlags.None, out _, out SysResult stop) ? SysResult.Zero : stop;

    private SysResult Llistxattr(GuestTask task, UserString path, UserBuffer list) =>
        TryStatAt(task, WorkingDirectory, path, WalkFlags.NoFollow, out _, out SysResult stop) ? SysResult.Zero : stop;

    private SysResult Flistxattr(GuestTask task, Fd fd, UserBuffer list) => TryGetFile(task, fd, out _) ? SysResult.Zero : Errno.EBADF;

    private SysResult AttributeAt(GuestTask task, UserString path, UserString name, WalkFlags walk, AttributeOperation operation)
    {
        if (!TryStatAt(task, WorkingDirectory, path, walk, out _, out SysResult stop))
            return stop;
        return AnswerFor(name, operation);
    }

    private SysResult AttributeOf(GuestTask task, Fd fd, UserString name, AttributeOperation operation) =>
        TryGetFile(task, fd, out _) ? AnswerFor(name, operation) : Errno.EBADF;

    private SysResult AnswerFor(UserString name, AttributeOperation operation)
    {
        if (!TryReadAttributeName(name, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        bool isKnownSpace = text.StartsWith("security."u8) || text.StartsWith("trusted."u8);
        return isKnownSpace && operation != AttributeOperation.Set ? Errno.ENODATA : Errno.EOPNOTSUPP;
    }

    private bool CheckAttributeSet(UserString name, UserBuffer value, int flags, out SysResult stop)
    {
        stop = Errno.EINVAL;
        if ((flags & ~(Linux.XATTR_CREATE | Linux.XATTR_REPLACE)) != 0 || !TryReadAttributeName(name, out _, out stop))
            return false;
        stop = Errno.E2BIG;
        return value.Length <= XATTR_SIZE_MAX;
    }

    private bool TryReadAttributeName(UserString name, out ReadOnlySpan<byte> text, out SysResult stop)
    {
        if (!name.TryRead(_secondPath.AsSpan(0, XATTR_NAME_MAX + 1), out text, out stop, Errno.ERANGE))
            return false;
        stop = Errno.ERANGE;
        return !text.IsEmpty;
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>The xattr family (xattr(7)). Who may is the VFS's to say.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int XATTR_NAME_MAX = 255;
    private const ulong XATTR_SIZE_MAX = 65536;

    private SysResult Setxattr(GuestTask task, UserString path, UserString name, UserBuffer value, int flags) =>
        SetAttribute(task, WorkingDirectory, path, name, value, flags, WalkFlags.None);

    private SysResult Lsetxattr(GuestTask task, UserString path, UserString name, UserBuffer value, int flags) =>
        SetAttribute(task, WorkingDirectory, path, name, value, flags, WalkFlags.NoFollow);

    private SysResult Fsetxattr(GuestTask task, Fd fd, UserString name, UserBuffer value, int flags) =>
        SetAttribute(task, fd, null, name, value, flags, WalkFlags.EmptyPath);

    private SysResult Getxattr(GuestTask task, UserString path, UserString name, UserBuffer value) =>
        GetAttribute(task, WorkingDirectory, path, name, value, WalkFlags.None);

    private SysResult Lgetxattr(GuestTask task, UserString path, UserString name, UserBuffer value) =>
        GetAttribute(task, WorkingDirectory, path, name, value, WalkFlags.NoFollow);

    private SysResult Fgetxattr(GuestTask task, Fd fd, UserString name, UserBuffer value) =>
        GetAttribute(task, fd, null, name, value, WalkFlags.EmptyPath);

    private SysResult Removexattr(GuestTask task, UserString path, UserString name) =>
        RemoveAttribute(task, WorkingDirectory, path, name, WalkFlags.None);

    private SysResult Lremovexattr(GuestTask task, UserString path, UserString name) =>
        RemoveAttribute(task, WorkingDirectory, path, name, WalkFlags.NoFollow);

    private SysResult Fremovexattr(GuestTask task, Fd fd, UserString name) => RemoveAttribute(task, fd, null, name, WalkFlags.EmptyPath);

    private SysResult Listxattr(GuestTask task, UserString path, UserBuffer list) => ListAttributes(task, WorkingDirectory, path, list, WalkFlags.None);

    private SysResult Llistxattr(GuestTask task, UserString path, UserBuffer list) => ListAttributes(task, WorkingDirectory, path, list, WalkFlags.NoFollow);

    private SysResult Flistxattr(GuestTask task, Fd fd, UserBuffer list) => ListAttributes(task, fd, null, list, WalkFlags.EmptyPath);

    private SysResult GetAttribute(GuestTask task, Fd fd, UserString? path, UserString name, UserBuffer value, WalkFlags walk)
    {
        if (!TryGetAttributeOwner(task, fd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop)
            || !TryReadAttributeName(name, out ReadOnlySpan<byte> attribute, out stop))
            return stop;
        return _attributes.Current.GetAttribute(in start, text, walk, attribute).TryGet(out byte[]? content, out Errno error)
            ? WriteAttribute(value, content)
            : error;
    }

    private SysResult SetAttribute(GuestTask task, Fd fd, UserString? path, UserString name, UserBuffer value, int flags, WalkFlags walk)
    {
        if (!TryGetAttributeOwner(task, fd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        if ((flags & ~(Linux.XATTR_CREATE | Linux.XATTR_REPLACE)) != 0)
            return Errno.EINVAL;
        if (!TryReadAttributeName(name, out ReadOnlySpan<byte> attribute, out stop))
            return stop;
        if (value.Length > XATTR_SIZE_MAX)
            return Errno.E2BIG;
        var content = new byte[value.Length];
        if (content.Length > 0 && !value.TryRead(content, out stop))
            return stop;
        return _attributes.Current.SetAttribute(in start, text, walk, attribute, content, (uint)flags);
    }

    private SysResult RemoveAttribute(GuestTask task, Fd fd, UserString? path, UserString name, WalkFlags walk)
    {
        if (!TryGetAttributeOwner(task, fd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop)
            || !TryReadAttributeName(name, out ReadOnlySpan<byte> attribute, out stop))
            return stop;
        return _attributes.Current.SetAttribute(in start, text, walk, attribute, null, 0);
    }

    private SysResult ListAttributes(GuestTask task, Fd fd, UserString? path, UserBuffer list, WalkFlags walk)
    {
        if (!TryGetAttributeOwner(task, fd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        return _attributes.Current.ListAttributes(in start, text, walk).TryGet(out byte[]? names, out Errno error) ? WriteAttribute(list, names) : error;
    }

    /// <summary>What the call is about: a path, or with none a descriptor, which must be open for more than its place.</summary>
    private bool TryGetAttributeOwner(GuestTask task, Fd fd, UserString? path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop)
    {
        if (path is { } given)
            return TryGetPath(task, fd, given, out start, out text, out stop);
        text = default;
        start = default;
        stop = Errno.EBADF;
        if (!TryGetFile(task, fd, out FileId file) || !_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out _) || (flags & OpenFlags.O_PATH) != 0)
            return false;
        start = new PathStart(task, file);
        return true;
    }

    /// <summary>With no room at all the length is the answer; with too little, ERANGE.</summary>
    private static SysResult WriteAttribute(UserBuffer buffer, byte[] content)
    {
        if (buffer.Length == 0)
            return content.Length;
        if ((ulong)content.Length > buffer.Length)
            return Errno.ERANGE;
        return content.Length == 0 || buffer.TryWrite(content, out SysResult stop) ? content.Length : stop;
    }

    private bool TryReadAttributeName(UserString name, out ReadOnlySpan<byte> text, out SysResult stop)
    {
        if (!name.TryRead(_secondPath.AsSpan(0, XATTR_NAME_MAX + 1), out text, out stop, Errno.ERANGE))
            return false;
        stop = Errno.ERANGE;
        return !text.IsEmpty;
    }
}

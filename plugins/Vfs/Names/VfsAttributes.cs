using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.Names;

/// <summary>Extended attributes (xattr(7)): the spaces user, trusted and security, for trees that keep them.</summary>
internal sealed class VfsAttributes : IVfsAttributes
{
    private const uint Sticky = 0x200;

    private readonly VfsCore _core;
    private readonly VfsNames _names;

    public VfsAttributes(VfsCore core, VfsNames names)
    {
        _core = core;
        _names = names;
    }

    public Result<byte[]> GetAttribute(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, ReadOnlySpan<byte> name)
    {
        Errno error = Find(start, path, flags, out Location location, out IExtendedAttributes? attributes);
        if (error == Errno.None)
            error = Check(start.Task.Credentials, location, name, isWrite: false);
        if (error != Errno.None)
            return error;
        return attributes is null ? Errno.EOPNOTSUPP : attributes.Get(location.Node, name);
    }

    public Errno SetAttribute(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, ReadOnlySpan<byte> name, byte[]? value, uint mode)
    {
        Errno error = Find(start, path, flags, out Location location, out IExtendedAttributes? attributes);
        if (error != Errno.None)
            return error;
        if (location.Mount is { IsReadOnly: true })
            return Errno.EROFS;
        error = Check(start.Task.Credentials, location, name, isWrite: true);
        if (error != Errno.None)
            return error;
        if (attributes is null)
            return Errno.EOPNOTSUPP;
        error = attributes.Set(location.Node, name, value, mode);
        if (error == Errno.None)
            _core.Watches.TellOfFile(location.Mount, location.Node, WatchEvents.Attributes, location.Kind == FileKind.Directory);
        return error;
    }

    public Result<byte[]> ListAttributes(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags)
    {
        Errno error = Find(start, path, flags, out Location location, out IExtendedAttributes? attributes);
        if (error != Errno.None)
            return error;
        if (attributes is null)
            return Array.Empty<byte>();
        if (!attributes.List(location.Node).TryGet(out IReadOnlyList<byte[]>? names, out error))
            return error;
        bool seesTrusted = start.Task.Credentials.IsPrivileged;
        var list = new List<byte>();
        foreach (byte[] name in names)
        {
            if (name.AsSpan().StartsWith("trusted."u8) && !seesTrusted)
                continue;
            list.AddRange(name);
            list.Add(0);
        }

        return list.ToArray();
    }

    private Errno Find(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, out Location location, out IExtendedAttributes? attributes)
    {
        attributes = null;
        Errno error = _names.Resolve(start, path, flags, out WalkTarget target);
        location = target.Location;
        if (error != Errno.None)
            return error;
        if (target.File is null)
            attributes = location.Mount.Tree as IExtendedAttributes;
        return Errno.None;
    }

    // xattr_permission and what the kernel's handlers of the spaces ask.
    private static Errno Check(Credentials who, in Location location, ReadOnlySpan<byte> name, bool isWrite)
    {
        if (name.SequenceEqual("user."u8) || name.SequenceEqual("trusted."u8) || name.SequenceEqual("security."u8))
            return Errno.EINVAL;
        if (name.StartsWith("trusted."u8))
            return who.IsPrivileged ? Errno.None : isWrite ? Errno.EPERM : Errno.ENODATA;
        if (name.StartsWith("security."u8))
            return !isWrite || who.IsPrivileged ? Errno.None : Errno.EPERM;
        if (!name.StartsWith("user."u8))
            return Errno.EOPNOTSUPP;
        if (location.Mount is null)
            return isWrite ? Errno.EPERM : Errno.ENODATA;
        if (!location.Attributes.TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Kind is not (FileKind.Regular or FileKind.Directory))
            return isWrite ? Errno.EPERM : Errno.ENODATA;
        if (isWrite && attributes.Kind == FileKind.Directory && (attributes.Permissions & Sticky) != 0 && !Permission.IsOwner(attributes, who))
            return Errno.EPERM;
        return Permission.Check(attributes, who, isWrite ? Permission.Write : Permission.Read);
    }
}

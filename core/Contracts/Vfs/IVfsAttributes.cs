using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// Extended attributes by path (xattr(7)), with Linux's rules about who may see and change which. A descriptor's file is named by an
/// empty path from it, with <see cref="WalkFlags.EmptyPath"/>. EOPNOTSUPP where there are none, or none with such a name.
/// </summary>
public interface IVfsAttributes
{
    /// <summary>An attribute's value; ENODATA.</summary>
    Result<byte[]> GetAttribute(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, ReadOnlySpan<byte> name);

    /// <summary>Sets a value, or removes it when it is null. <paramref name="mode"/>: XATTR_CREATE 1, XATTR_REPLACE 2. EEXIST, ENODATA, EPERM, EACCES, EROFS.</summary>
    Errno SetAttribute(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, ReadOnlySpan<byte> name, byte[]? value, uint mode);

    /// <summary>The names that the task may see, each with a NUL behind it.</summary>
    Result<byte[]> ListAttributes(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags);
}

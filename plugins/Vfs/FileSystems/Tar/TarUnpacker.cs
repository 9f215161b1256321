using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;

namespace Kpio.Plugins.Vfs.FileSystems.Tar;

/// <summary>
/// Unpacks an archive into a tree in memory. Nothing in an archive is trusted: names stay below the root (a ".." refuses the archive,
/// a leading "/" counts for nothing), links in it are not followed while it is unpacked, and what it claims of sizes is bounded by the
/// tree's limits.
/// </summary>
internal sealed class TarUnpacker
{
    private const int MostSparseParts = 1 << 20;

    private readonly MemoryTree _tree;
    private readonly List<(NodeId Node, FileTime Time)> _directoryTimes = [];
    private readonly byte[] _buffer = new byte[1 << 16];

    public TarUnpacker(MemoryTree tree) => _tree = tree;

    /// <summary>Unpacks everything. EINVAL for an archive that is malformed or tries to leave its root, ENOSPC for one that is too large.</summary>
    public Errno Unpack(Stream stream)
    {
        try
        {
            using var reader = new TarReader(stream, true);
            while (reader.GetNextEntry() is { } entry)
            {
                Errno error = Add(entry);
                if (error != Errno.None)
                    return error;
            }
        }
        catch (Exception exception) when (exception
            is InvalidDataException or IOException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return Errno.EINVAL; // The reader's way to say that the archive is none.
        }

        // Last, because unpacking into a directory changes its time.
        for (int i = _directoryTimes.Count - 1; i >= 0; i--)
        {
            Errno error = _tree.SetAttributes(_directoryTimes[i].Node, new AttributeChange { ModifyTime = _directoryTimes[i].Time });
            if (error != Errno.None)
                return error;
        }

        return Errno.None;
    }

    private Errno Add(TarEntry entry)
    {
        IReadOnlyDictionary<string, string>? extended = (entry as PaxTarEntry)?.ExtendedAttributes;
        string path = extended is not null && extended.TryGetValue("GNU.sparse.name", out string? sparseName) ? sparseName : entry.Name;
        switch (entry.EntryType)
        {
            case TarEntryType.GlobalExtendedAttributes or TarEntryType.DirectoryList:
                return Errno.None;
            case TarEntryType.Directory:
                return AddDirectory(entry, path);
            case TarEntryType.HardLink:
                return AddLink(entry, path);
        }

        if (KindOf(entry.EntryType) is not { } kind)
            return Errno.EINVAL;
        Errno error = FindParent(path, out NodeId parent, out byte[] name);
        if (error != Errno.None)
            return error;
        error = MakeRoom(parent, name);
        if (error != Errno.None)
            return error;
        byte[]? target = kind == FileKind.SymbolicLink ? Encoding.UTF8.GetBytes(entry.LinkName) : null;
        if (target is { Length: 0 or >= 4096 })
            return Errno.EINVAL;
        ulong device = (kind is FileKind.CharacterDevice or FileKind.BlockDevice) && entry is PosixTarEntry posix
            ? MakeDevice((uint)posix.DeviceMajor, (uint)posix.DeviceMinor)
            : 0;
        uint permissions = kind == FileKind.SymbolicLink ? 0x1FF : (uint)entry.Mode & 0xFFF;
        var wanted = new NewNode(kind, permissions, (uint)entry.Uid, (uint)entry.Gid, device, target);
        if (!_tree.Create(parent, name, wanted).TryGet(out NodeId node, out error))
            return error;
        if (kind == FileKind.Regular && entry.DataStream is { } data)
        {
            error = extended is not null && extended.TryGetValue("GNU.sparse.major", out string? major) && major == "1"
                ? CopySparse(node, data, extended)
                : Copy(node, data, 0, data.Length);
            if (error != Errno.None)
                return error;
        }

        return _tree.SetAttributes(node, new AttributeChange { AccessTime = TimeOf(entry), ModifyTime = TimeOf(entry) });
    }

    private Errno AddDirectory(TarEntry entry, string path)
    {
        Errno error = FindDirectory(path, out NodeId node);
        if (error != Errno.None)
            return error;
        _directoryTimes.Add((node, TimeOf(entry)));
        return _tree.SetAttributes(
            node,
            new AttributeChange { Permissions = (uint)entry.Mode & 0xFFF, User = (uint)entry.Uid, Group = (uint)entry.Gid });
    }

    private Errno AddLink(TarEntry entry, string path)
    {
        Errno error = FindParent(entry.LinkName, out NodeId targetParent, out byte[] targetName);
        if (error != Errno.None)
            return error;
        if (!_tree.Lookup(targetParent, targetName).TryGet(out FoundNode target, out _) || target.Kind == FileKind.Directory)
            return Errno.EINVAL; // A link to what has not been unpacked before it.
        error = FindParent(path, out NodeId parent, out byte[] name);
        if (error != Errno.None)
            return error;
        if (_tree.Lookup(parent, name).ValueOrDefault.Node == target.Node)
            return Errno.None;
        error = MakeRoom(parent, name);
        return error == Errno.None ? _tree.Link(parent, name, target.Node) : error;
    }

    // A later entry of the same name replaces an earlier one.
    private Errno MakeRoom(NodeId parent, byte[] name)
    {
        if (!_tree.Lookup(parent, name).TryGet(out FoundNode found, out Errno error))
            return error == Errno.ENOENT ? Errno.None : Errno.EINVAL;
        return found.Kind == FileKind.Directory ? Errno.EINVAL : _tree.Remove(parent, name, false);
    }

    private Errno FindParent(string path, out NodeId parent, out byte[] name)
    {
        parent = default;
        name = [];
        Errno error = Split(path, out List<byte[]> components);
        if (error != Errno.None)
            return error;
        if (components.Count == 0)
            return Errno.EINVAL;
        name = components[^1];
        components.RemoveAt(components.Count - 1);
        return MakeDirectories(components, out parent);
    }

    private Errno FindDirectory(string path, out NodeId node)
    {
        node = default;
        Errno error = Split(path, out List<byte[]> components);
        return error == Errno.None ? MakeDirectories(components, out node) : error;
    }

    private Errno MakeDirectories(List<byte[]> components, out NodeId node)
    {
        node = _tree.Root;
        foreach (byte[] component in components)
        {
            if (_tree.Lookup(node, component).TryGet(out FoundNode found, out Errno error))
            {
                if (found.Kind != FileKind.Directory)
                    return Errno.EINVAL; // A link or file where a directory is needed: followed it could lead anywhere.
                node = found.Node;
                continue;
            }

            if (error != Errno.ENOENT)
                return Errno.EINVAL;
            if (!_tree.Create(node, component, new NewNode(FileKind.Directory, 0x1ED, 0, 0)).TryGet(out node, out error))
                return error;
        }

        return Errno.None;
    }

    private static Errno Split(string path, out List<byte[]> components)
    {
        components = [];
        foreach (string component in path.Split('/'))
        {
            if (component is "" or ".")
                continue;
            if (component == ".." || component.Contains('\0', StringComparison.Ordinal))
                return Errno.EINVAL;
            components.Add(Encoding.UTF8.GetBytes(component));
        }

        return Errno.None;
    }

    private Errno Copy(NodeId node, Stream data, long offset, long length)
    {
        while (length > 0)
        {
            int count = data.Read(_buffer, 0, (int)Math.Min(length, _buffer.Length));
            if (count == 0)
                return Errno.EINVAL; // The archive ends within the file.
            for (int done = 0; done < count;)
            {
                if (!_tree.Write(node, offset, _buffer.AsSpan(done, count - done)).TryGet(out int written, out Errno error))
                    return error;
                done += written;
                offset += written;
            }

            length -= count;
        }

        return Errno.None;
    }

    // The data starts with the number of parts and their positions and sizes, a decimal number a line, filled up to a block of 512
    // bytes (GNU tar manual, "Storing Sparse Files", PAX format version 1.0).
    private Errno CopySparse(NodeId node, Stream data, IReadOnlyDictionary<string, string> extended)
    {
        long used = 0;
        if (!TryReadNumber(data, ref used, out long parts) || parts > MostSparseParts)
            return Errno.EINVAL;
        var map = new List<(long Offset, long Length)>();
        for (long i = 0; i < parts; i++)
        {
            if (!TryReadNumber(data, ref used, out long offset) || !TryReadNumber(data, ref used, out long length) || offset > long.MaxValue - length)
                return Errno.EINVAL;
            map.Add((offset, length));
        }

        for (; used % 512 != 0; used++)
        {
            if (data.ReadByte() < 0)
                return Errno.EINVAL;
        }

        foreach ((long offset, long length) in map)
        {
            Errno error = Copy(node, data, offset, length);
            if (error != Errno.None)
                return error;
        }

        if (!extended.TryGetValue("GNU.sparse.realsize", out string? text)
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long size))
        {
            return Errno.EINVAL;
        }

        return _tree.SetAttributes(node, new AttributeChange { Size = size });
    }

    private static bool TryReadNumber(Stream data, ref long used, out long number)
    {
        number = 0;
        for (int digits = 0; digits < 19; digits++)
        {
            int c = data.ReadByte();
            used++;
            if (c == '\n')
                return digits > 0;
            if (c is < '0' or > '9' || number > (long.MaxValue - 9) / 10)
                return false;
            number = number * 10 + (c - '0');
        }

        return false;
    }

    private static FileTime TimeOf(TarEntry entry) => FileTime.FromNanoseconds((entry.ModificationTime.UtcDateTime - DateTime.UnixEpoch).Ticks * 100);

    private static FileKind? KindOf(TarEntryType type) => type switch
    {
        TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => FileKind.Regular,
        TarEntryType.SymbolicLink => FileKind.SymbolicLink,
        TarEntryType.CharacterDevice => FileKind.CharacterDevice,
        TarEntryType.BlockDevice => FileKind.BlockDevice,
        TarEntryType.Fifo => FileKind.Fifo,
        _ => null,
    };

    private static ulong MakeDevice(uint major, uint minor) =>
        (minor & 0xFFUL) | ((major & 0xFFFUL) << 8) | ((minor & ~0xFFUL) << 12) | ((major & ~0xFFFUL) << 32);
}

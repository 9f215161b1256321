using System.Text;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>The paths of open files, found upwards from their nodes.</summary>
internal static class FilePaths
{
    private const int Most = 4096;

    /// <summary>
    /// The path from the task's root. A file without a name is ENOENT, or with <paramref name="forShow"/> what /proc shows of it:
    /// "pipe:[1]", "/a/b (deleted)". What lies outside the root counts as without a name ("(unreachable)" in getcwd(2)).
    /// </summary>
    public static Result<byte[]> Of(VfsCore core, GuestTask? task, OpenFile file, bool forShow)
    {
        if (file.Mount is not { } mount)
            return forShow || (file.Pipe is null && file.Special is null) ? Unnamed(file) : Errno.ENOENT;
        Location root = core.Walker.RootOf(task);
        NodeId node = file.Node;
        Span<byte> buffer = stackalloc byte[Most];
        int start = Most;
        bool isDeleted = false;
        while (mount != root.Mount || node != root.Node)
        {
            if (node == mount.Root)
            {
                if (mount.Parent is not { } parent)
                    break; // Above the task's root: the path from the machine's root is what there is.
                node = mount.Point;
                mount = parent;
                continue;
            }

            if (!mount.Tree.Locate(node).TryGet(out NodeLocation place, out Errno error))
                return error;
            isDeleted |= place.IsRemoved;
            if (start < place.Name.Length + 1)
                return Errno.ENAMETOOLONG;
            start -= place.Name.Length;
            place.Name.AsSpan().CopyTo(buffer[start..]);
            buffer[--start] = (byte)'/';
            node = place.Directory;
        }

        if (start == Most)
            buffer[--start] = (byte)'/';
        if (!isDeleted)
            return buffer[start..].ToArray();
        if (!forShow)
            return Errno.ENOENT;
        return (byte[])[.. buffer[start..], .. " (deleted)"u8];
    }

    private static byte[] Unnamed(OpenFile file)
    {
        if (file.Driver.ShownName(file) is { } name)
            return name;
        if (file.Pipe is { } pipe)
            return Encoding.ASCII.GetBytes($"pipe:[{pipe.Inode}]");
        NodeAttributes attributes = file.Driver.Stat(file).ValueOrDefault;
        return attributes.Kind switch
        {
            FileKind.Fifo => Encoding.ASCII.GetBytes($"pipe:[{attributes.Inode}]"),
            FileKind.Socket => Encoding.ASCII.GetBytes($"socket:[{attributes.Inode}]"),
            FileKind.CharacterDevice when attributes.SpecialDevice == DeviceNumbers.Null => "/dev/null"u8.ToArray(),
            FileKind.CharacterDevice => "/dev/tty"u8.ToArray(),
            _ => Encoding.ASCII.GetBytes($"/dev/{VfsCore.StreamName(file.Stream)}"),
        };
    }
}

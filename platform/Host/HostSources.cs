using Kpio.Platform.Host.Linux;

namespace Kpio.Platform.Host;

/// <summary>
/// Whether what a package was built from has changed since. Every start waits for the answer, so this is one statx(2) for each source,
/// and nothing else that grows with their number. On Linux alone; the launcher compares elsewhere.
/// </summary>
public static unsafe class HostSources
{
    /// <summary>
    /// Whether a file or directory is newer than the stamp, or gone; a new file and a removed one make their directory newer. True as well
    /// without stamp or list; false where there is no such folder.
    /// </summary>
    /// <param name="folder">The folder that all names start from, a path as bytes.</param>
    /// <param name="stamp">The file whose time of change is compared with.</param>
    /// <param name="list">The file with the names, one a line.</param>
    public static bool HaveChanged(ReadOnlySpan<byte> folder, string stamp, string list)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        int root;
        fixed (byte* name = HostText.Terminated(folder))
            root = LibC.Openat(LibC.AT_FDCWD, name, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        if (root < 0)
            return false;
        bool changed = HaveChanged(root, stamp, list);
        _ = LibC.Close(root);
        return changed;
    }

    private static bool HaveChanged(int root, string stamp, string list)
    {
        StatxBuffer built;
        fixed (byte* name = HostText.Terminated(stamp))
        {
            if (LibC.Statx(root, name, 0, StatxBuffer.ModificationTime, &built) != 0)
                return true;
        }

        int fd;
        fixed (byte* name = HostText.Terminated(list))
            fd = LibC.Openat(root, name, LibC.O_CLOEXEC, 0);
        if (fd < 0)
            return true;
        const int Size = 8192; // more than the longest name (PATH_MAX)
        byte* buffer = stackalloc byte[Size];
        int length = 0;
        bool changed = false;
        nint count;
        while (!changed && (count = LibC.Read(fd, buffer + length, (nuint)(Size - length))) > 0)
        {
            length += (int)count;
            int start = 0;
            for (int i = start; i < length && !changed; i++)
            {
                if (buffer[i] != (byte)'\n')
                    continue;
                buffer[i] = 0;
                changed = HasChanged(root, buffer + start, in built);
                start = i + 1;
            }

            // The beginning of a name whose end comes with the next piece.
            changed |= start == 0 && length == Size;
            for (int i = start; i < length; i++)
                buffer[i - start] = buffer[i];
            length -= start;
        }

        _ = LibC.Close(fd);
        return changed;
    }

    private static bool HasChanged(int root, byte* name, in StatxBuffer built)
    {
        StatxBuffer source;
        if (LibC.Statx(root, name, 0, StatxBuffer.ModificationTime, &source) == 0)
            return source.Modify.Seconds > built.Modify.Seconds || (source.Modify.Seconds == built.Modify.Seconds && source.Modify.Nanoseconds > built.Modify.Nanoseconds);

        // An editor's lock file is a link to nowhere, and no source that is gone.
        return LibC.Statx(root, name, LibC.AT_SYMLINK_NOFOLLOW, StatxBuffer.ModificationTime, &source) != 0;
    }
}

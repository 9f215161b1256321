using System.Runtime.InteropServices;
using Kpio.Contracts.Values;

namespace Kpio.Platform.Host.Linux;

/// <summary>
/// Opens paths below a root without following a link and without leaving it: by openat2(2) where the kernel has it (5.6), else
/// component by component with O_NOFOLLOW, which holds just as well because ".." is refused.
/// </summary>
internal sealed unsafe class BeneathResolver
{
    private const int PathMaximum = 4096;

    private bool _componentWise;

    public BeneathResolver(bool componentWise) => _componentWise = componentWise;

    /// <summary>Answers a descriptor, or -1 with the error in the last P/Invoke error. An empty path opens the root itself anew.</summary>
    public int Open(int root, ReadOnlySpan<byte> path, int flags, uint mode)
    {
        if (!path.IsEmpty && !HasOnlyNames(path))
            return Fail(Contracts.Values.Errno.EINVAL);
        int directory = root;
        while (path.Length >= PathMaximum)
        {
            // Longer than one call takes: the directories on the way are opened piece by piece.
            int cut = ByteSearch.Last(path[..PathMaximum], (byte)'/');
            int next = cut < 0
                ? Fail(Contracts.Values.Errno.ENAMETOOLONG)
                : OpenPiece(directory, path[..cut], LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
            CloseUnless(directory, root);
            if (next < 0)
                return next;
            directory = next;
            path = path[(cut + 1)..];
        }

        int result = OpenPiece(directory, path, flags, mode);
        CloseUnless(directory, root);
        return result;
    }

    private int OpenPiece(int root, ReadOnlySpan<byte> path, int flags, uint mode)
    {
        byte* buffer = stackalloc byte[PathMaximum];
        if (path.IsEmpty)
            return OpenRoot(root, flags, buffer);
        path.CopyTo(new Span<byte>(buffer, PathMaximum));
        buffer[path.Length] = 0;
        if (!_componentWise)
        {
            var how = new OpenHow
            {
                Flags = (uint)(flags | LibC.O_NOFOLLOW),
                Mode = mode,
                Resolve = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS | OpenHow.RESOLVE_NO_MAGICLINKS,
            };
            int fd = LibC.Openat2(root, buffer, &how);
            if (fd >= 0 || Marshal.GetLastPInvokeError() is not (LibC.ENOSYS or (int)Contracts.Values.Errno.EPERM))
                return fd;

            // Not there, or filtered by a sandbox (which answers EPERM); for an EPERM of the file itself the other way says so too.
            if (Marshal.GetLastPInvokeError() == LibC.ENOSYS)
                _componentWise = true;
        }

        return OpenByComponents(root, buffer, path.Length, flags, mode);
    }

    private static int OpenRoot(int root, int flags, byte* buffer)
    {
        if ((flags & LibC.O_DIRECTORY) != 0)
        {
            buffer[0] = (byte)'.';
            buffer[1] = 0;
            return LibC.Openat(root, buffer, flags & ~LibC.O_CREAT, 0);
        }

        // A granted file: the O_PATH descriptor leads to it whatever its name has become (proc(5), /proc/self/fd).
        Span<byte> link = new(buffer, PathMaximum);
        "/proc/self/fd/"u8.CopyTo(link);
        _ = root.TryFormat(link[14..], out int written);
        link[14 + written] = 0;
        return LibC.Openat(LibC.AT_FDCWD, buffer, flags & ~(LibC.O_CREAT | LibC.O_EXCL), 0);
    }

    private static int OpenByComponents(int root, byte* path, int length, int flags, uint mode)
    {
        int directory = root;
        int start = 0;
        while (true)
        {
            int end = start;
            while (end < length && path[end] != (byte)'/')
                end++;
            bool isLast = end == length;
            path[end] = 0;
            int next = isLast
                ? LibC.Openat(directory, path + start, flags | LibC.O_NOFOLLOW, mode)
                : LibC.Openat(directory, path + start, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
            CloseUnless(directory, root);
            if (next < 0 || end == length)
                return next;
            directory = next;
            start = end + 1;
        }
    }

    private static bool HasOnlyNames(ReadOnlySpan<byte> path)
    {
        while (true)
        {
            int end = ByteSearch.First(path, (byte)'/');
            ReadOnlySpan<byte> component = end < 0 ? path : path[..end];
            if (component.IsEmpty || component.SequenceEqual("."u8) || component.SequenceEqual(".."u8))
                return false;
            if (end < 0)
                return true;
            path = path[(end + 1)..];
        }
    }

    // The error of the call before stays the last one.
    private static void CloseUnless(int directory, int root)
    {
        if (directory == root)
            return;
        int error = Marshal.GetLastPInvokeError();
        _ = LibC.Close(directory);
        Marshal.SetLastPInvokeError(error);
    }

    private static int Fail(Contracts.Values.Errno error)
    {
        Marshal.SetLastPInvokeError((int)error);
        return -1;
    }
}

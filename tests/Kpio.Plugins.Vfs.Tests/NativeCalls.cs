using System.Runtime.InteropServices;
using System.Text;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>System calls of the host on paths below a directory: what the walk is compared with.</summary>
internal sealed unsafe partial class NativeCalls : IDisposable
{
    private const int AT_SYMLINK_NOFOLLOW = 0x100;

    private readonly int _directory;

    public NativeCalls(string directory) => _directory = OpenAt(-100, directory + "\0", 0x210000, 0);

    public void Dispose() => _ = close(_directory);

    /// <summary>The error and the inode number of stat or lstat.</summary>
    public (Errno Error, ulong Inode) Stat(string path, bool follow)
    {
        byte* buffer = stackalloc byte[256];
        fixed (byte* name = Terminated(path))
        {
            if (fstatat(_directory, name, buffer, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
                return (Last(), 0);
        }

        return (Errno.None, *(ulong*)(buffer + 8));
    }

    public (Errno Error, ulong Inode) Open(string path, int flags, uint mode)
    {
        int fd = OpenAt(_directory, path + "\0", flags, mode);
        if (fd < 0)
            return (Last(), 0);
        byte* buffer = stackalloc byte[256];
        byte empty = 0;
        int result = fstatat(fd, &empty, buffer, 0x1000);
        _ = close(fd);
        return result < 0 ? (Last(), 0) : (Errno.None, *(ulong*)(buffer + 8));
    }

    public (Errno Error, byte[] Target) ReadLink(string path)
    {
        var target = new byte[4096];
        fixed (byte* name = Terminated(path))
        fixed (byte* bytes = target)
        {
            nint length = readlinkat(_directory, name, bytes, (nuint)target.Length);
            return length < 0 ? (Last(), []) : (Errno.None, target[..(int)length]);
        }
    }

    public Errno MakeDirectory(string path, uint mode)
    {
        fixed (byte* name = Terminated(path))
            return mkdirat(_directory, name, mode) < 0 ? Last() : Errno.None;
    }

    public Errno MakeLink(string path, string target)
    {
        fixed (byte* name = Terminated(path))
        fixed (byte* bytes = Terminated(target))
            return symlinkat(bytes, _directory, name) < 0 ? Last() : Errno.None;
    }

    public Errno Remove(string path, bool isDirectory)
    {
        fixed (byte* name = Terminated(path))
            return unlinkat(_directory, name, isDirectory ? 0x200 : 0) < 0 ? Last() : Errno.None;
    }

    public Errno Rename(string from, string to, uint flags)
    {
        fixed (byte* source = Terminated(from))
        fixed (byte* target = Terminated(to))
            return syscall(316, _directory, (nint)source, _directory, (nint)target, (nint)flags) < 0 ? Last() : Errno.None;
    }

    public Errno Link(string from, string to)
    {
        fixed (byte* source = Terminated(from))
        fixed (byte* target = Terminated(to))
            return linkat(_directory, source, _directory, target, 0) < 0 ? Last() : Errno.None;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static int OpenAt(int directory, string path, int flags, uint mode)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path))
            return openat(directory, name, flags, mode);
    }

    private static Errno Last() => (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatat(int directory, byte* path, byte* buffer, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(int directory, byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int linkat(int sourceDirectory, byte* source, int targetDirectory, byte* target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);
}

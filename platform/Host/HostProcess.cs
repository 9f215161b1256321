using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Kpio.Platform.Host.Linux;

namespace Kpio.Platform.Host;

/// <summary>
/// What the command needs of its own process before the guest starts. On Linux by the C library: the base library's file and directory
/// classes decode text and set up handles, which costs more at start than the calls themselves (docs/performance.md).
/// </summary>
public static unsafe class HostProcess
{
    /// <summary>A whole small file, as those of /proc are; null when it cannot be read.</summary>
    /// <param name="path">An absolute path.</param>
    public static byte[]? TryReadFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!OperatingSystem.IsLinux())
            return null;
        int fd;
        fixed (byte* name = HostText.Terminated(path))
            fd = LibC.Openat(LibC.AT_FDCWD, name, LibC.O_CLOEXEC, 0);
        if (fd < 0)
            return null;
        byte[] content = new byte[4096];
        int length = 0;
        nint count;
        do
        {
            if (length == content.Length)
                Array.Resize(ref content, content.Length * 2);
            fixed (byte* rest = &content[length])
                count = LibC.Read(fd, rest, (nuint)(content.Length - length));
            length += (int)Math.Max(count, 0);
        }
        while (count > 0);
        _ = LibC.Close(fd);
        return count == 0 ? content.AsSpan(0, length).ToArray() : null;
    }

    /// <summary>
    /// Ends the process at once, without the runtime's own end: that wakes the finalizer thread, which loads the JIT for it where nothing
    /// else needed one, and takes five milliseconds. Everything that has to be flushed or put back must have been. Comes back where there
    /// is no such way.
    /// </summary>
    /// <param name="code">The exit code, 0 to 255.</param>
    public static void End(int code)
    {
        if (OperatingSystem.IsLinux())
            LibC.ExitNow(code);
    }

    /// <summary>
    /// Puts another program in place of this process (execve(2)): its number, its terminal and its open standard streams go on. Comes back only
    /// where that fails.
    /// </summary>
    /// <param name="program">The program's file.</param>
    /// <param name="arguments">All arguments, the program's own name first.</param>
    /// <param name="environment">Its variables, <c>name=value</c>.</param>
    /// <returns>The number of the error (errno(3)); ENOSYS where there is no such way.</returns>
    public static int Replace(byte[] program, List<byte[]> arguments, List<byte[]> environment)
    {
        if (!OperatingSystem.IsLinux())
            return LibC.ENOSYS;
        byte** first = Pointers(arguments);
        byte** second = Pointers(environment);
        fixed (byte* name = HostText.Terminated(program))
            _ = LibC.Execve(name, first, second);
        int error = Marshal.GetLastPInvokeError();
        Release(first);
        Release(second);
        return error;
    }

    private static byte** Pointers(List<byte[]> strings)
    {
        var pointers = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < strings.Count; i++)
        {
            pointers[i] = (byte*)NativeMemory.AllocZeroed((nuint)strings[i].Length + 1);
            strings[i].CopyTo(new Span<byte>(pointers[i], strings[i].Length));
        }

        return pointers;
    }

    private static void Release(byte** pointers)
    {
        for (byte** pointer = pointers; *pointer is not null; pointer++)
            NativeMemory.Free(*pointer);
        NativeMemory.Free(pointers);
    }

    /// <summary>Whether a file or directory of that name is there.</summary>
    /// <param name="path">A path, relative to the working directory or absolute.</param>
    public static bool Exists(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!OperatingSystem.IsLinux())
            return Path.Exists(path);
        fixed (byte* name = HostText.Terminated(path))
            return LibC.Faccessat(LibC.AT_FDCWD, name, 0, 0) == 0;
    }

    /// <summary>A name for this process's user that no other user has: the number, where the host has numbers.</summary>
    public static string UserName => OperatingSystem.IsLinux() ? LibC.Geteuid().ToString(CultureInfo.InvariantCulture) : Environment.UserName;

    /// <summary>Whether this is a folder, and no link to one, that belongs to this process's user and that nobody else can reach into.</summary>
    /// <param name="path">An absolute path.</param>
    public static bool OwnsAlone(string path)
    {
        const ushort Kinds = 0xF000;
        const ushort Folder = 0x4000;
        const ushort Others = 0x3F;
        ArgumentNullException.ThrowIfNull(path);
        if (!OperatingSystem.IsLinux())
            return OperatingSystem.IsWindows() || (new DirectoryInfo(path) is { Exists: true, LinkTarget: null } folder && ((int)folder.UnixFileMode & Others) == 0);
        StatxBuffer status;
        fixed (byte* name = HostText.Terminated(path))
        {
            if (LibC.Statx(LibC.AT_FDCWD, name, LibC.AT_SYMLINK_NOFOLLOW, StatxBuffer.BasicAndBirth, &status) < 0)
                return false;
        }

        return (status.Mode & Kinds) == Folder && (status.Mode & Others) == 0 && status.User == LibC.Geteuid();
    }

    /// <summary>The working directory's absolute path.</summary>
    public static string CurrentDirectory
    {
        get
        {
            if (!OperatingSystem.IsLinux())
                return Environment.CurrentDirectory;
            const int Most = 4096;
            byte* buffer = stackalloc byte[Most];
            // The kernel counts the NUL; a directory that has been removed, or that lies out of reach, has no path.
            nint length = LibC.Getcwd(buffer, Most);
            return length > 1 && buffer[0] == '/' ? HostText.Decode(new ReadOnlySpan<byte>(buffer, (int)length - 1)) : Environment.CurrentDirectory;
        }
    }
}

/// <summary>Text and bytes of the host. Plain ASCII, which nearly all of it is, goes without the base library's transcoder, whose first use costs two milliseconds.</summary>
public static class HostText
{
    /// <summary>UTF-8 as text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        char[] text = new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] >= 0x80)
                return Encoding.UTF8.GetString(bytes);
            text[i] = (char)bytes[i];
        }

        return new string(text);
    }

    /// <summary>Text as UTF-8.</summary>
    public static byte[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text, 0);
    }

    /// <summary>Text as UTF-8 with a NUL behind it.</summary>
    internal static byte[] Terminated(string text) => Encode(text, 1);

    /// <summary>The bytes with a NUL behind them.</summary>
    internal static byte[] Terminated(ReadOnlySpan<byte> bytes)
    {
        byte[] terminated = new byte[bytes.Length + 1];
        bytes.CopyTo(terminated);
        return terminated;
    }

    private static byte[] Encode(string text, int zeros)
    {
        byte[] bytes = new byte[text.Length + zeros];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] >= 0x80)
                return Encoding.UTF8.GetBytes(zeros == 0 ? text : text + '\0');
            bytes[i] = (byte)text[i];
        }

        return bytes;
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>execve(2), execveat(2): copies path and vectors in and hands over to the process manager.</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>MAX_ARG_STRLEN: the longest string with its NUL.</summary>
    private const int MaximumArgument = 32 * 4096;

    private SysResult Execve(GuestTask task, UserString path, ulong argv, ulong envp) => Execveat(task, WorkingDirectory, path, argv, envp, 0);

    private SysResult Execveat(GuestTask task, Fd dirfd, UserString path, ulong argv, ulong envp, int flags)
    {
        if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0)
            return Errno.EINVAL;
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        long room = RoomForArguments(task);
        if (!TryReadVector(task, argv, ref room, out List<byte[]> arguments, out stop)
            || !TryReadVector(task, envp, ref room, out List<byte[]> environment, out stop))
            return stop;
        if (arguments.Count == 0)
            arguments.Add([]); // since Linux 5.18 a program always has an argv[0]
        WalkFlags walk = (flags & AT_SYMLINK_NOFOLLOW) != 0 ? WalkFlags.NoFollow : WalkFlags.None;
        var request = new ExecRequest(text.ToArray(), arguments, environment)
        {
            Directory = start.Directory,
            DirectoryDescriptor = dirfd.Number,
            ClosesDirectory = task.Descriptors.TryGet(dirfd.Number, out Descriptor descriptor) && descriptor.CloseOnExec,
            Flags = (flags & AT_EMPTY_PATH) != 0 ? walk | WalkFlags.EmptyPath : walk,
        };
        Errno error = _processes.Current.Exec(task, request);
        return error == Errno.None ? SysResult.NoReturn : error;
    }

    /// <summary>What all strings and pointers may take together: a quarter of the stack's limit, within bounds (execve(2), "Limits on size of arguments and environment").</summary>
    private static long RoomForArguments(GuestTask task)
    {
        const ulong Least = 32 * 4096; // ARG_MAX
        const ulong Most = 6 << 20; // three quarters of the default stack
        return (long)Math.Clamp(task.Group.Limits[(int)RLIMIT_STACK].Soft / 4, Least, Most);
    }

    private static bool TryReadVector(GuestTask task, ulong address, ref long room, out List<byte[]> strings, out SysResult stop)
    {
        strings = [];
        stop = default;
        if (address == 0)
            return true;
        var buffer = new byte[MaximumArgument];
        for (ulong at = address; ; at += 8)
        {
            if (!new UserPointer<ulong>(task, at).TryRead(out ulong pointer, out stop))
                return false;
            if (pointer == 0)
                return true;
            if (!new UserString(task, pointer).TryRead(buffer, out ReadOnlySpan<byte> text, out stop, Errno.E2BIG))
                return false;
            room -= text.Length + 1 + 8;
            if (room < 0)
            {
                stop = Errno.E2BIG;
                return false;
            }

            strings.Add(text.ToArray());
        }
    }
}

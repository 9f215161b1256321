using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>execve(2): copies path and vectors in and hands over to the process manager.</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>MAX_ARG_STRLEN: the longest string with its NUL.</summary>
    private const int MaximumArgument = 32 * 4096;

    /// <summary>What all strings and pointers may take together: a quarter of the default 8 MiB stack (bprm_stack_limits).</summary>
    private const long MaximumArguments = 2 << 20;

    private SysResult Execve(GuestTask task, UserString path, ulong argv, ulong envp)
    {
        if (!path.TryRead(_path, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        long room = MaximumArguments;
        if (!TryReadVector(task, argv, ref room, out List<byte[]> arguments, out stop)
            || !TryReadVector(task, envp, ref room, out List<byte[]> environment, out stop))
            return stop;
        if (arguments.Count == 0)
            arguments.Add([]); // since Linux 5.18 a program always has an argv[0]
        Errno error = _processes.Current.Exec(task, text.ToArray(), arguments, environment);
        return error == Errno.None ? SysResult.NoReturn : error;
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

using Kpio.Contracts.Abi;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>The first line of a script (execve(2), "Interpreter scripts").</summary>
internal static class ScriptLine
{
    /// <summary>BINPRM_BUF_SIZE: how much of a file is looked at; a longer line is cut, or refused where that would cut the interpreter's name.</summary>
    public const int MaximumLength = 256;

    /// <summary>Reads the line behind "#!"; <paramref name="start"/> is the file's start, filled up with NULs to <see cref="MaximumLength"/>.</summary>
    public static Result<ProgramKind> Read(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> line = start[2..];
        int newline = line.IndexOf((byte)'\n');
        if (newline >= 0)
        {
            line = line[..newline];
        }
        else
        {
            ReadOnlySpan<byte> rest = line.TrimStart(" \t"u8);
            if (rest.IsEmpty || rest.IndexOfAny((byte)' ', (byte)'\t', (byte)0) < 0)
                return Errno.ENOEXEC;
        }

        line = line.TrimEnd(" \t"u8).TrimStart(" \t"u8);
        if (line.IsEmpty)
            return Errno.ENOEXEC;
        int separator = line.IndexOfAny((byte)' ', (byte)'\t', (byte)0);
        ReadOnlySpan<byte> name = separator < 0 ? line : line[..separator];
        if (name.IsEmpty)
            return Errno.ENOEXEC;
        byte[]? argument = null;
        if (separator >= 0 && line[separator] != 0)
        {
            ReadOnlySpan<byte> rest = line[separator..].TrimStart(" \t"u8);
            int end = rest.IndexOf((byte)0);
            rest = end < 0 ? rest : rest[..end];
            argument = rest.IsEmpty ? null : rest.ToArray();
        }

        return new ProgramKind(true, name.ToArray(), argument);
    }
}

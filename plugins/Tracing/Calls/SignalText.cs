using System.Numerics;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Signals and sets of them as strace writes them: SIGINT, [INT TERM], ~[KILL STOP].</summary>
internal static class SignalText
{
    private static readonly string[] Names =
    [
        "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS", "RTMIN",
    ];

    /// <summary>A signal's name, or the number of what is none.</summary>
    public static void Append(LineBuffer line, int signal)
    {
        if (signal is < 1 or > 64)
        {
            line.AppendDecimal(signal);
            return;
        }

        line.Append("SIG");
        AppendShort(line, signal);
    }

    /// <summary>A set, or the complement in brackets behind a tilde when most signals are in it.</summary>
    public static void AppendSet(LineBuffer line, ulong bits)
    {
        // Two thirds of the 64 signals: above that the complement is the shorter one.
        if (BitOperations.PopCount(bits) >= 64 * 2 / 3)
        {
            line.Append('~');
            bits = ~bits;
        }

        line.Append('[');
        bool first = true;
        for (int signal = 1; signal <= 64; signal++)
        {
            if ((bits >> (signal - 1) & 1) == 0)
                continue;
            if (!first)
                line.Append(' ');
            first = false;
            AppendShort(line, signal);
        }

        line.Append(']');
    }

    private static void AppendShort(LineBuffer line, int signal)
    {
        if (signal < Names.Length)
            line.Append(Names[signal]);
        else
            line.Append("RT_").AppendDecimal((long)(signal - 32));
    }
}

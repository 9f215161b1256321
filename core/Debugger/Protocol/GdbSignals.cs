using Kpio.Contracts.Process;

namespace Kpio.Debugger.Protocol;

/// <summary>The protocol's own numbers of signals, which are no system's (gdb's <c>enum gdb_signal</c>), and those of Linux.</summary>
internal static class GdbSignals
{
    /// <summary>SIGTRAP: what every stop is that no signal is the reason of.</summary>
    public const byte Trap = 5;

    /// <summary>SIGINT.</summary>
    public const byte Interrupt = 2;

    private const byte Unknown = 143;

    /// <summary>By Linux's number; 0 where there is none.</summary>
    private static ReadOnlySpan<byte> Numbers =>
    [
        0, 1, 2, 3, 4, 5, 6, 10, 8, 9, 30, 11, 31, 13, 14, 15, 0, 20, 19, 17, 18, 21, 22, 16, 24, 25, 26, 27, 28, 23, 32, 12,
    ];

    /// <summary>The protocol's number of a signal.</summary>
    public static byte Of(Signal signal)
    {
        int number = (int)signal;
        return number switch
        {
            32 => 77,
            64 => 78,
            > 32 and < 64 => (byte)(45 + number - 33),
            > 64 => Unknown,
            _ when Numbers[number] == 0 && number != 0 => Unknown,
            _ => Numbers[number],
        };
    }

    /// <summary>The signal of a number; none for what Linux does not have.</summary>
    public static Signal ToLinux(ulong number)
    {
        for (int signal = 1; signal <= SignalNumbers.Count; signal++)
        {
            if (Of((Signal)signal) == number && number != Unknown)
                return (Signal)signal;
        }

        return Signal.None;
    }
}

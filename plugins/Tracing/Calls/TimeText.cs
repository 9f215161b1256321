namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Dates in the comments behind times: 2023-11-14T22:13:20.000000005+0000, always UTC.</summary>
internal static class TimeText
{
    private const long LastSecond = 253402300799; // 9999-12-31T23:59:59

    /// <summary>Appends a date; nothing for times without one.</summary>
    public static void AppendDate(LineBuffer line, long seconds, long fraction = 0, int digits = 0)
    {
        DateTime time = DateTime.UnixEpoch.AddSeconds(seconds);
        line.AppendDecimal(time.Year, 4).Append('-').AppendDecimal(time.Month, 2).Append('-').AppendDecimal(time.Day, 2)
            .Append('T').AppendDecimal(time.Hour, 2).Append(':').AppendDecimal(time.Minute, 2).Append(':').AppendDecimal(time.Second, 2);
        if (fraction != 0)
            line.Append('.').AppendDecimal(fraction, digits);
        line.Append("+0000");
    }

    /// <summary>Whether a time has a date: not the epoch itself, which stands for "no time".</summary>
    public static bool HasDate(long seconds, long fraction, long limit) =>
        (seconds != 0 || fraction != 0) && seconds is >= -62135596800 and <= LastSecond && fraction >= 0 && fraction < limit;

    /// <summary>Appends a date as a comment, where the time has one.</summary>
    public static void AppendComment(LineBuffer line, long seconds, long fraction = 0, int digits = 0)
    {
        long limit = digits == 9 ? 1_000_000_000 : digits == 6 ? 1_000_000 : 1;
        if (!HasDate(seconds, fraction, limit))
            return;
        line.Append(" /* ");
        AppendDate(line, seconds, fraction, digits);
        line.Append(" */");
    }
}

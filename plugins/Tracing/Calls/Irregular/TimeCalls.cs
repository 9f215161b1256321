namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>Calls with times.</summary>
internal static class TimeCalls
{
    private const long UTIME_NOW = 0x3FFF_FFFF;
    private const long UTIME_OMIT = 0x3FFF_FFFE;

    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        switch (plan.Name)
        {
            case "time":
                plan.Arguments[0].Write = static (call, argument, value) =>
                {
                    if (call.HasFailed || value == 0 || !call.Memory.TryReadUInt64(value, out ulong seconds))
                    {
                        call.Notation.Address(call.Line, value);
                        return;
                    }

                    call.Line.Append('[');
                    call.Notation.Measure(call.Line, (long)seconds);
                    if (!call.Notation.IsNormalized)
                        TimeText.AppendComment(call.Line, (long)seconds);
                    call.Line.Append(']');
                };
                plan.Arguments[0].AtExit = true;
                plan.WriteResult = static (call, value) =>
                {
                    call.Notation.Measure(call.Line, value);
                    if (call.Notation.IsNormalized || !TimeText.HasDate(value, 0, 1))
                        return;
                    call.Line.Append(" (");
                    TimeText.AppendDate(call.Line, value);
                    call.Line.Append(')');
                };
                break;
            case "adjtimex" or "clock_adjtime":
                plan.Arguments[^1].AtExit = true;
                plan.Arguments[^1].Write = ArgumentWriters.OutStruct;
                break;
            case "times":
                plan.WriteResult = static (call, value) => call.Notation.Measure(call.Line, value);
                break;
            case "nanosleep":
                plan.Arguments[1].Write = Remaining(formats);
                break;
            case "clock_nanosleep":
                plan.Arguments[3].Write = Remaining(formats);
                break;
            case "utimensat":
                plan.Arguments[2].Write = static (call, argument, value) => FileTimes(call, value, "tv_nsec", 9);
                break;
            case "utimes":
                plan.Arguments[1].Write = static (call, argument, value) => FileTimes(call, value, "tv_usec", 6);
                break;
            case "futimesat":
                plan.Arguments[2].Write = static (call, argument, value) => FileTimes(call, value, "tv_usec", 6);
                break;
        }
    }

    /// <summary>What was left to sleep is there only when a signal interrupted the call and it is to be gone on with.</summary>
    private static ArgumentWriter Remaining(ValueFormats formats)
    {
        const int RestartBlock = 516;
        ValueFormat? timespec = formats.Value("timespec");
        return (call, _, value) =>
        {
            if (timespec is not null && call.Result.Raw == -RestartBlock)
                timespec.WriteAt(call, value);
            else
                call.Notation.Address(call.Line, value);
        };
    }

    private static void FileTimes(Call call, ulong address, string part, int digits)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (address == 0 || !call.Memory.TryRead(address, bytes))
        {
            call.Notation.Address(call.Line, address);
            return;
        }

        for (int i = 0; i < 2; i++)
        {
            long seconds = ValueFormats.Signed(bytes.Slice(i * 16, 8));
            long fraction = ValueFormats.Signed(bytes.Slice((i * 16) + 8, 8));
            call.Line.Append(i == 0 ? '[' : ',').Append(i == 0 ? "" : " ");
            if (digits == 9 && fraction == UTIME_NOW)
            {
                call.Line.Append("UTIME_NOW");
            }
            else if (digits == 9 && fraction == UTIME_OMIT)
            {
                call.Line.Append("UTIME_OMIT");
            }
            else
            {
                call.Line.Append("{tv_sec=");
                call.Notation.Measure(call.Line, seconds);
                call.Line.Append(", ").Append(part).Append('=');
                call.Notation.Measure(call.Line, fraction);
                call.Line.Append('}');
                if (!call.Notation.IsNormalized)
                    TimeText.AppendComment(call.Line, seconds, fraction, digits);
            }
        }

        call.Line.Append(']');
    }
}

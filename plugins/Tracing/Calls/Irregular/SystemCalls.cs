namespace Kpio.Plugins.Tracing.Calls.Irregular;

/// <summary>Calls on the system as a whole: its log, and the order of requests to its devices.</summary>
internal static class SystemCalls
{
    private const int SYSLOG_ACTION_CONSOLE_LEVEL = 8;

    private static readonly string[] LogLevels =
        ["EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"];

    public static void Adjust(CallPlan plan, ValueFormats formats)
    {
        switch (plan.Name)
        {
            case "syslog":
                Syslog(plan);
                break;
            case "ioprio_get":
                plan.WriteResult = (call, value) =>
                {
                    Priority(call.Line.AppendDecimal(value).Append(" ("), formats, (uint)value);
                    call.Line.Append(')');
                };
                break;
            case "ioprio_set":
                plan.Arguments[2].Write = (call, _, value) => Priority(call.Line, formats, (uint)value);
                break;
        }
    }

    private static void Priority(LineBuffer line, ValueFormats formats, uint value)
    {
        const int IOPRIO_CLASS_SHIFT = 13;
        line.Append("IOPRIO_PRIO_VALUE(");
        formats.Set("IoprioClass")!.Append(line, value >> IOPRIO_CLASS_SHIFT);
        line.Append(", ").AppendDecimal((long)(value & ((1 << IOPRIO_CLASS_SHIFT) - 1))).Append(')');
    }

    private static void Syslog(CallPlan plan)
    {
        plan.Count = static call => (int)call.Frame.Argument0 is 0 or 1 or 5 or 6 or 7 or 9 or 10 ? 1 : 3;
        plan.Arguments[0].Write = static (call, _, value) => SyslogAction(call.Line, (int)value);
        ArgumentWriter buffer = plan.Arguments[1].Write;
        plan.Arguments[1].Write = (call, argument, value) =>
        {
            if ((int)call.Frame.Argument0 is 2 or 3 or 4)
                buffer(call, argument, value);
            else
                call.Notation.Address(call.Line, value);
        };
        plan.Arguments[2].Write = static (call, _, value) =>
        {
            call.Line.AppendDecimal((long)(int)value);
            if ((int)call.Frame.Argument0 == SYSLOG_ACTION_CONSOLE_LEVEL)
                LogLevel(call.Line, (int)value);
        };
    }

    private static void LogLevel(LineBuffer line, int level)
    {
        line.Append(" /* LOGLEVEL_");
        if (level == LogLevels.Length)
            line.Append("DEBUG+1");
        else
            line.Append((uint)level < (uint)LogLevels.Length ? LogLevels[level] : "???");
        line.Append(" */");
    }

    private static void SyslogAction(LineBuffer line, int action)
    {
        string? name = action switch
        {
            0 => "CLOSE",
            1 => "OPEN",
            2 => "READ",
            3 => "READ_ALL",
            4 => "READ_CLEAR",
            5 => "CLEAR",
            6 => "CONSOLE_OFF",
            7 => "CONSOLE_ON",
            SYSLOG_ACTION_CONSOLE_LEVEL => "CONSOLE_LEVEL",
            9 => "SIZE_UNREAD",
            10 => "SIZE_BUFFER",
            _ => null,
        };
        line.AppendDecimal((long)action).Append(" /* SYSLOG_ACTION_").Append(name ?? "???").Append(" */");
    }
}

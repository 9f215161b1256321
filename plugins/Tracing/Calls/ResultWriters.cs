using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>The results of calls behind the equals sign.</summary>
internal static class ResultWriters
{
    /// <summary>The writer of a regular result.</summary>
    public static ResultWriter For(ArgumentInfo result, ValueFormats formats)
    {
        SetFormat? set = formats.Set(result.Set);
        return result.Kind switch
        {
            ArgumentKind.Address or ArgumentKind.Hex => static (call, value) => call.Notation.AddressResult(call.Line, (ulong)value),
            ArgumentKind.Pid => static (call, value) => call.Notation.Pid(call.Line, (int)value),
            ArgumentKind.Mode => static (call, value) => call.Line.AppendOctal((ulong)value),
            ArgumentKind.Enum when set is not null => (call, value) => Named(call, value, set.NameOf((ulong)value)),
            ArgumentKind.Signal => static (call, value) =>
            {
                call.Line.AppendDecimal(value).Append(" (");
                SignalText.Append(call.Line, (int)value);
                call.Line.Append(')');
            }
            ,
            _ => Decimal,
        };
    }

    public static void Decimal(Call call, long value) => call.Line.AppendDecimal(value);

    /// <summary>A number with a name for it in parentheses, where there is one.</summary>
    public static void Named(Call call, long value, string? name)
    {
        call.Line.AppendDecimal(value);
        if (name is not null)
            call.Line.Append(" (").Append(name).Append(')');
    }

    /// <summary>Writes the result or the error of an ended call.</summary>
    public static void Write(Call call)
    {
        if (call.Result.IsError)
            WriteError(call.Line, (int)-call.Result.Raw);
        else
            call.Plan.WriteResult(call, call.Result.Raw);
        WriteInjection(call.Line, call.Task);
    }

    /// <summary>What was injected into the call that has just ended, as strace(1) says it.</summary>
    public static void WriteInjection(LineBuffer line, GuestTask task)
    {
        if (task.Injection is not { } injection)
            return;
        if (injection.IsReplaced)
            line.Append(" (INJECTED)");
        if (injection.IsDelayed)
            line.Append(" (DELAYED)");
    }

    /// <summary>Numbers from here on are the kernel's own and never reach a program.</summary>
    private const int FirstOfTheKernels = 512;

    private static void WriteError(LineBuffer line, int number)
    {
        var error = (Errno)number;
        if (number >= FirstOfTheKernels && ErrnoNames.Name(error) is { } own)
            line.Append("? ").Append(own).Append(" (").Append(ErrnoNames.Text(error)).Append(')');
        else if (ErrnoNames.Name(error) is { } name)
            line.Append("-1 ").Append(name).Append(" (").Append(ErrnoNames.Text(error)).Append(')');
        else
            line.Append("-1 (errno ").AppendDecimal((long)number).Append(')');
    }
}

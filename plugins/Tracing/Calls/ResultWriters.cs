using Kpio.Contracts.Abi;
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
    }

    private static void WriteError(LineBuffer line, int number)
    {
        // Numbers from 512 on are the kernel's own and never reach a program; a tracer sees them before the call is started again.
        (string Name, string Text)? restart = number switch
        {
            512 => ("ERESTARTSYS", "To be restarted if SA_RESTART is set"),
            513 => ("ERESTARTNOINTR", "To be restarted"),
            514 => ("ERESTARTNOHAND", "To be restarted if no handler"),
            516 => ("ERESTART_RESTARTBLOCK", "Interrupted by signal"),
            _ => null,
        };
        var error = (Errno)number;
        if (restart is { } known)
            line.Append("? ").Append(known.Name).Append(" (").Append(known.Text).Append(')');
        else if (ErrnoNames.Name(error) is { } name)
            line.Append("-1 ").Append(name).Append(" (").Append(ErrnoNames.Text(error)).Append(')');
        else
            line.Append("-1 (errno ").AppendDecimal((long)number).Append(')');
    }
}

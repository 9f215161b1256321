using System.Text;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary>What a description of a system call says, in the words of the <c>.abi</c> files.</summary>
internal static class CallText
{
    /// <summary><c>fd:Fd buffer:Out(count) count:Size -&gt; Size</c>.</summary>
    public static string Signature(SyscallInfo call)
    {
        var text = new StringBuilder();
        foreach (ArgumentInfo argument in call.Arguments)
        {
            text.Append(argument.Name).Append(':').Append(argument.Kind);
            string? length = argument.LengthArgument >= 0 && argument.LengthArgument < call.Arguments.Count ? call.Arguments[argument.LengthArgument].Name : null;
            if (argument.Set is not null || length is not null)
                text.Append('(').Append(argument.Set).Append(argument.Set is not null && length is not null ? "," : "").Append(length).Append(')');
            text.Append(' ');
        }

        return text.Append("-> ").Append(call.Result.Kind).ToString();
    }

    /// <summary>How far a call is supported: <c>full</c>, <c>partial</c>, <c>stub</c>, <c>none</c>.</summary>
    public static string Support(SyscallInfo call) => call.Support switch
    {
        SyscallSupport.None => "none",
        SyscallSupport.Stub => "stub",
        SyscallSupport.Partial => "partial",
        _ => "full",
    };
}

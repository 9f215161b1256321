using Kpio.Contracts.Process;
using Kpio.Plugins.Tracing.Calls;
using Kpio.Plugins.Tracing.Calls.Irregular;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>
/// The execve that a trace begins with. Nobody made it as a call: it is put together from the new program's stack (argc, argv, envp
/// and the auxiliary vector, as the ABI lays them out).
/// </summary>
internal static class FirstProgram
{
    /// <summary>The number of execve(2) on x86_64.</summary>
    public const uint Execve = 59;

    private const ulong AT_EXECFN = 31;
    private const int MaximumArguments = 1 << 20;

    public static void Append(LineBuffer line, GuestTask task, Notation notation)
    {
        var call = new Call(task, notation);
        ulong stack = task.Group.Layout.StackStart;
        ulong arguments = stack + 8;
        ulong environment = 0;
        ulong path = 0;
        if (call.Memory.TryReadUInt64(stack, out ulong count) && count < MaximumArguments)
        {
            environment = arguments + ((count + 1) * 8);
            path = FindPath(call, environment);
        }

        call.Line.Append("execve(");
        if (path != 0)
            ArgumentWriters.AppendPath(call, path);
        else
            call.Line.AppendQuoted(task.Group.ExecutablePath);
        call.Line.Append(", ");
        ArgumentWriters.StringVector(call, new ArgumentPlan("argv", ArgumentWriters.StringVector), arguments);
        call.Line.Append(", ");
        ProcessCalls.Environment(call, environment);
        line.Append(call.Line.Text).Append(')');
    }

    /// <summary>The auxiliary vector stands behind the environment's NULL.</summary>
    private static ulong FindPath(Call call, ulong environment)
    {
        ulong entry = environment;
        for (int i = 0; i < MaximumArguments; i++, entry += 8)
        {
            if (!call.Memory.TryReadUInt64(entry, out ulong variable))
                return 0;
            if (variable == 0)
                break;
        }

        for (entry += 8; call.Memory.TryReadUInt64(entry, out ulong type) && type != 0; entry += 16)
        {
            if (type == AT_EXECFN)
                return call.Memory.TryReadUInt64(entry + 8, out ulong path) ? path : 0;
        }

        return 0;
    }
}

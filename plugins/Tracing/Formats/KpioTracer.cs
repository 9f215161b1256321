using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Plugins.Tracing.Calls;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>
/// The product's own format: a line with the six registers when a call begins and one with the result when it ends, as the seed
/// document has them. exit and exit_group end with 0, a successful execve too.
/// </summary>
internal sealed class KpioTracer(TextWriter output, SyscallSet interests, PlanBook plans, ITaskTable tasks)
    : CallTracer(output, interests, plans, new Notation(), tasks)
{
    private readonly LineBuffer _line = new();

    protected override void Entered(Call call)
    {
        Begin(call);
        _line.Append(" args=(");
        for (int i = 0; i < 6; i++)
        {
            if (i > 0)
                _line.Append(", ");
            _line.AppendHex(call.Frame[i]);
        }

        _line.Append(')');
        Write(_line);
    }

    protected override void Exited(Call call) => WriteResult(call, call.Result);

    protected override void Ended(GuestTask task, Call? call, int status)
    {
        // exit and exit_group; a task that was killed while it waited has no result.
        if (call is { Frame.Number: 60 or 231 })
            WriteResult(call, SysResult.Zero);
    }

    private void WriteResult(Call call, SysResult result)
    {
        Begin(call);
        _line.Append(" → ");
        if (result.IsError)
            _line.AppendDecimal(result.Raw).Append(" (").Append(ErrnoNames.Name(result.Errno) ?? "unknown").Append(')');
        else
            _line.AppendHex((ulong)result.Raw).Append(" (").AppendDecimal(result.Raw).Append(')');
        ResultWriters.WriteInjection(_line, call.Task);
        Write(_line);
    }

    private void Begin(Call call)
    {
        _line.Clear();
        _line.Append("[TRACE] pid=").AppendDecimal((long)call.Task.Group.Pid).Append(' ');
        _line.Append(call.Plan.IsUnknown ? "unknown" : call.Plan.Name).Append('(').AppendDecimal((ulong)call.Frame.Number).Append(')');
    }
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Plugins.Tracing.Calls;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>
/// JSON Lines, one object a line:
/// <list type="bullet">
/// <item><c>{"event":"call","pid","tid","nr","name","cycle","args":[{"name","kind","raw","text"}],"result","errno","text","cycles"}</c>:
/// a call when it has ended. <c>raw</c> is the register in hexadecimal, <c>text</c> what strace shows; <c>result</c> is RAX as a
/// signed number, null for a call that did not return; <c>errno</c> the error's name or null; <c>cycle</c> the machine's cycle
/// count at entry and <c>cycles</c> how many went by until the end.</item>
/// <item><c>{"event":"exec","pid","tid","path"}</c>, <c>{"event":"signal","pid","tid","signal","code","address"}</c>,
/// <c>{"event":"end","pid","tid","status","exitCode","signal"}</c>.</item>
/// </list>
/// </summary>
internal sealed class JsonTracer(TextWriter output, SyscallSet interests, PlanBook plans, Func<long> cycles, ITaskTable tasks)
    : CallTracer(output, interests, plans, new Notation(), tasks)
{
    private const uint RtSigreturn = 15;
    private readonly LineBuffer _line = new();

    public override void OnSignal(GuestTask task, in SignalInfo signal)
    {
        Begin("signal", task);
        _line.Append(",\"signal\":\"");
        SignalText.Append(_line, (int)signal.Signal);
        _line.Append("\",\"code\":").AppendDecimal((long)signal.Code).Append(",\"address\":\"").AppendHex(signal.Address).Append("\"}");
        Write(_line);
    }

    protected override void Entered(Call call)
    {
        call.EnteredAt = cycles();
        call.Document.Clear();
        // What the call reads is kept as it is now; what it writes follows at its end.
        while (call.NextArgument < call.ArgumentCount && !call.Arguments[call.NextArgument].AtExit)
            AppendArgument(call);
        if (call.Frame.Number != RtSigreturn)
            return;

        // It never returns to its caller: nothing more is to come.
        call.End(SysResult.Zero);
        AppendUnreturned(call);
    }

    protected override void Exited(Call call)
    {
        AppendCall(call);
        call.Line.Clear();
        ResultWriters.Write(call);
        _line.Append(",\"result\":").AppendDecimal(call.Result.Raw).Append(",\"errno\":");
        if (call.Result.IsError && ErrnoNames.Name(call.Result.Errno) is { } name)
            _line.Append('"').Append(name).Append('"');
        else
            _line.Append("null");
        _line.Append(",\"text\":");
        AppendText(_line, call.Line.Text);
        Finish(call);
    }

    protected override void Started(GuestTask task)
    {
        Begin("exec", task);
        _line.Append(",\"path\":");
        var path = new LineBuffer();
        path.AppendQuoted(task.Group.ExecutablePath);
        AppendText(_line, path.Text[1..^1]);
        _line.Append('}');
        Write(_line);
    }

    protected override void Ended(GuestTask task, Call? call, int status)
    {
        if (call is not null)
            AppendUnreturned(call);

        Begin("end", task);
        bool isExit = (status & 0x7F) == 0;
        _line.Append(",\"status\":").AppendDecimal((long)status).Append(",\"exitCode\":");
        if (isExit)
            _line.AppendDecimal((long)(status >> 8 & 0xFF));
        else
            _line.Append("null");
        _line.Append(",\"signal\":");
        if (isExit)
        {
            _line.Append("null");
        }
        else
        {
            SignalText.Append(_line.Append('"'), status & 0x7F);
            _line.Append('"');
        }

        _line.Append('}');
        Write(_line);
    }

    private void AppendUnreturned(Call call)
    {
        AppendCall(call);
        _line.Append(",\"result\":null,\"errno\":null,\"text\":\"?\"");
        Finish(call);
    }

    private void Begin(string kind, GuestTask task)
    {
        _line.Clear();
        _line.Append("{\"event\":\"").Append(kind).Append("\",\"pid\":").AppendDecimal((long)task.Group.Pid)
            .Append(",\"tid\":").AppendDecimal((long)task.Tid);
    }

    private void AppendCall(Call call)
    {
        while (call.NextArgument < call.ArgumentCount)
            AppendArgument(call);
        Begin("call", call.Task);
        _line.Append(",\"nr\":").AppendDecimal((ulong)call.Frame.Number).Append(",\"name\":\"").Append(call.Plan.Name)
            .Append("\",\"cycle\":").AppendDecimal(call.EnteredAt).Append(",\"args\":[").Append(call.Document.Text).Append(']');
    }

    private void Finish(Call call)
    {
        _line.Append(",\"cycles\":").AppendDecimal(cycles() - call.EnteredAt).Append('}');
        Write(_line);
    }

    private static void AppendArgument(Call call)
    {
        int index = call.NextArgument++;
        ArgumentPlan argument = call.Arguments[index];
        LineBuffer document = call.Document;
        if (index > 0)
            document.Append(',');
        document.Append("{\"name\":\"").Append(argument.Name).Append("\",\"kind\":\"").Append(argument.KindName).Append("\",\"raw\":\"")
            .AppendHex(call.Frame[argument.Index < 0 ? index : argument.Index]).Append("\",\"text\":");
        call.Line.Clear();
        call.WriteArgument(index);
        AppendText(document, call.Line.Text);
        document.Append('}');
    }

    /// <summary>A string: the texts are ASCII without control characters already.</summary>
    private static void AppendText(LineBuffer line, ReadOnlySpan<char> text)
    {
        line.Append('"');
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                line.Append('\\');
            line.Append(c);
        }

        line.Append('"');
    }
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Plugins.Tracing.Calls;
using Kpio.Plugins.Tracing.Calls.Irregular;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>
/// The lines of <c>strace -f -o FILE</c>, strace 6.1: a line for each call when it ends, in two halves when another task's line
/// comes between. With <see cref="NormalizedNotation"/> it is the <c>normalized</c> format.
/// </summary>
internal sealed class StraceTracer(TextWriter output, SyscallSet interests, PlanBook plans, Notation notation)
    : CallTracer(output, interests, plans, notation)
{
    private const int ResultColumn = 40; // strace(1), -a
    private const uint RtSigreturn = 15;
    private readonly LineBuffer _line = new();
    private Call? _open;

    public override void OnSignal(GuestTask task, in SignalInfo signal)
    {
        Interrupt(task);
        Begin(task);
        SignalLine.Append(_line, Notation, Plans.Formats(), in signal);
        Write(_line);
    }

    public override void OnStop(GuestTask task, Signal signal)
    {
        Interrupt(task);
        Begin(task);
        SignalText.Append(_line.Append("--- stopped by "), (int)signal);
        _line.Append(" ---");
        Write(_line);
    }

    /// <summary>Calls that are still in progress are shown as unfinished.</summary>
    public override void Flush()
    {
        Interrupt(null);
        base.Flush();
    }

    protected override void Entered(Call call)
    {
        Interrupt(call.Task);
        call.Line.Clear();
        if (call.Frame.Number == RtSigreturn)
        {
            SignalReturn(call);
            return;
        }

        call.WriteEntry();
        if (call.Frame.Number == RestartBlock.SyscallNumber)
            call.Line.Append("<... resuming interrupted ").Append(Plans.NameOf(call.Task.RestartBlock.Frame.Number) ?? "system call").Append(" ...>");
        _open = call;
    }

    protected override void Exited(Call call)
    {
        Interrupt(call.Task);
        Resume(call);
        call.WriteExit();
        AppendColumn(call);
        ResultWriters.Write(call);
        Finish(call);
    }

    protected override void Started(GuestTask task)
    {
        Interrupt(task);
        Begin(task);
        FirstProgram.Append(_line, task, Notation);
        AppendColumn(_line, _line.Length);
        _line.Append('0');
        Write(_line);
    }

    protected override void Ended(GuestTask task, Call? call, int status)
    {
        Interrupt(task);
        if (call is not null)
        {
            bool isCut = call.NextArgument < call.ArgumentCount;
            Resume(call);
            call.Line.Append(isCut ? " <unfinished ...>)" : ")");
            AppendColumn(call);
            call.Line.Append('?');
            Finish(call);
        }

        Begin(task);
        if (SupersederOf(task) is { } superseder)
        {
            Notation.Pid(_line.Append("+++ superseded by execve in pid "), superseder.Tid);
            _line.Append(" +++");
        }
        else if ((status & 0x7F) == 0)
        {
            _line.Append("+++ exited with ").AppendDecimal((long)(status >> 8 & 0xFF)).Append(" +++");
        }
        else
        {
            SignalText.Append(_line.Append("+++ killed by "), status & 0x7F);
            _line.Append((status & 0x80) != 0 ? " (core dumped) +++" : " +++");
        }

        Write(_line);
    }

    /// <summary>Another task's line is to be written: the open one ends here for now.</summary>
    private void Interrupt(GuestTask? by)
    {
        if (_open is not { } open || ReferenceEquals(open.Task, by))
            return;
        _open = null;
        if (!open.IsPending)
            return;
        Begin(open.Task);
        _line.Append(open.Line.Text).Append(" <unfinished ...>");
        Write(_line);
    }

    /// <summary>Starts the second half of a call's line when the first has been written already.</summary>
    private void Resume(Call call)
    {
        if (ReferenceEquals(_open, call))
            return;
        call.Line.Clear();
        call.Line.Append("<... ").Append(call.Plan.Name).Append(" resumed>");
    }

    private void Finish(Call call)
    {
        _open = null;
        Begin(call.Task);
        _line.Append(call.Line.Text);
        Write(_line);
    }

    private void Begin(GuestTask task)
    {
        _line.Clear();
        Notation.Pid(_line, task.Tid);
        _line.Append(' ', PrefixLength(task) - _line.Length);
        if (_line.Last != ' ')
            _line.Append(' ');
    }

    /// <summary>The pid has five columns at least, and a blank behind it.</summary>
    private int PrefixLength(GuestTask task)
    {
        if (Notation.IsNormalized)
            return 0;
        int digits = 1;
        for (int rest = task.Tid / 10; rest > 0; rest /= 10)
            digits++;
        return Math.Max(5, digits) + 1;
    }

    private void AppendColumn(Call call) => AppendColumn(call.Line, call.Line.Length + PrefixLength(call.Task));

    private void AppendColumn(LineBuffer line, int column) =>
        line.Append(' ', Notation.IsNormalized ? 1 : Math.Max(1, ResultColumn - column)).Append("= ");

    /// <summary>
    /// rt_sigreturn has no arguments and no result of its own: what it goes back to lies in the frame at RSP (sigreturn(2),
    /// struct rt_sigframe): the mask, and the value of RAX.
    /// </summary>
    private void SignalReturn(Call call)
    {
        const int RaxOffset = 40 + (13 * 8);
        const int MaskOffset = 296;
        ulong frame = call.Task.Cpu[GuestRegister.Rsp];
        call.Line.Append("rt_sigreturn(");
        if (call.Memory.TryReadUInt64(frame + MaskOffset, out ulong mask))
        {
            SignalText.AppendSet(call.Line.Append("{mask="), mask);
            call.Line.Append('}');
        }

        call.Line.Append(')');
        AppendColumn(call);
        call.Memory.TryReadUInt64(frame + RaxOffset, out ulong rax);
        call.End((long)rax);
        ResultWriters.Write(call);
        Finish(call);
    }
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Plugins.Tracing.Calls;
using Kpio.Plugins.Tracing.Calls.Irregular;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>
/// The lines of strace 6.1: one for each call, in two halves when another task's line comes between. For a file they are those of
/// <c>strace -f -o FILE</c>, with the pid first; for the console those of <c>strace -f</c> on standard error: what is known when a call
/// begins is shown then, a task is named only where there are several, and each new one is told of. With
/// <see cref="NormalizedNotation"/> the file's form is the <c>normalized</c> format.
/// </summary>
internal sealed class StraceTracer(TextWriter output, TraceTarget target, SyscallSet interests, PlanBook plans, Notation notation, ITaskTable tasks)
    : CallTracer(output, interests, plans, notation, tasks)
{
    private const int ResultColumn = 40; // strace(1), -a
    private const uint RtSigreturn = 15;
    private readonly LineBuffer _line = new();
    private readonly HashSet<int> _tids = []; // of the tasks that are there, as far as the trace knows
    private readonly HashSet<int> _ended = []; // first threads that have ended before others of their process
    private Call? _open; // whose line is the last one and not yet complete
    private int _openTid; // execve(2) may give the task another meanwhile
    private int _openPrefix; // how long the prefix of that line is
    private int _shown; // how much of that line has been written: on a console all that is known

    private bool IsConsole => target == TraceTarget.Console;

    public override void OnStart(GuestTask parent, GuestTask child)
    {
        _tids.Add(parent.Tid);
        _tids.Add(child.Tid);
        if (!IsConsole)
            return;
        // strace says this outside of its lines: an incomplete one goes on behind it.
        _line.Clear();
        _line.Append("strace: Process ").AppendDecimal((long)child.Tid).Append(" attached");
        Write(_line);
    }

    public override void OnSignal(GuestTask task, in SignalInfo signal)
    {
        Interrupt(task);
        Begin(task.Tid);
        SignalLine.Append(_line, Notation, Plans.Formats(), in signal);
        Write(_line);
    }

    public override void OnStop(GuestTask task, Signal signal)
    {
        Interrupt(task);
        Begin(task.Tid);
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

    protected override void Capture(BinaryWriter writer)
    {
        writer.Write(_tids.Count);
        foreach (int tid in _tids)
            writer.Write(tid);
        writer.Write(_ended.Count);
        foreach (int tid in _ended)
            writer.Write(tid);
        writer.Write(_open is { IsPending: true } open ? open.Task.Tid : 0);
        writer.Write(_openTid);
        writer.Write(_openPrefix);
        writer.Write(_shown);
    }

    protected override void Restore(BinaryReader reader)
    {
        for (int i = reader.ReadInt32(); i > 0; i--)
            _tids.Add(reader.ReadInt32());
        for (int i = reader.ReadInt32(); i > 0; i--)
            _ended.Add(reader.ReadInt32());
        _open = Pending(reader.ReadInt32());
        (_openTid, _openPrefix, _shown) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
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
        Begin(call.Task.Tid);
        _open = call;
        _openTid = call.Task.Tid;
        _openPrefix = _line.Length;
        _shown = 0;
        if (!IsConsole)
            return;
        _shown = call.Line.Length;
        _line.Append(call.Line.Text);
        WritePart(_line);
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
        Begin(task.Tid);
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

        ThreadGroup group = task.Group;
        if (SupersederOf(task) is { } superseder)
        {
            Supersede(task.Tid, superseder.Tid);
            return;
        }

        // wait(2) tells of a process's first thread after all others.
        if (task.Tid == group.Pid && group.Threads.Count > 1)
        {
            _ended.Add(task.Tid);
            return;
        }

        WriteEnd(task.Tid, status);
        if (group.Threads.Count <= 1 && _ended.Remove(group.Pid))
            WriteEnd(group.Pid, status);
    }

    protected override void Renumbered(GuestTask task, int oldTid)
    {
        if (_ended.Remove(task.Tid))
            Supersede(task.Tid, oldTid);
    }

    /// <summary>The last line of a process's first thread whose tid another one takes over.</summary>
    private void Supersede(int tid, int oldTid)
    {
        Interrupt(null);
        _tids.Remove(oldTid);
        Begin(tid);
        Notation.Pid(_line.Append("+++ superseded by execve in pid "), oldTid);
        _line.Append(" +++");
        Write(_line);
    }

    private void WriteEnd(int tid, int status)
    {
        Begin(tid);
        _tids.Remove(tid);
        if ((status & 0x7F) == 0)
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
        BeginRest(open, isOpen: true);
        _line.Append(" <unfinished ...>");
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
        BeginRest(call, ReferenceEquals(_open, call));
        _open = null;
        Write(_line);
    }

    /// <summary>What has not been written yet of a call's line.</summary>
    private void BeginRest(Call call, bool isOpen)
    {
        if (isOpen && _shown > 0)
        {
            _line.Clear();
            _line.Append(call.Line.Text[_shown..]);
            return;
        }

        Begin(isOpen ? _openTid : call.Task.Tid);
        _line.Append(call.Line.Text);
    }

    /// <summary>Begins a line with the task that it is of, as <see cref="PrefixLength"/> says.</summary>
    private void Begin(int tid)
    {
        _line.Clear();
        _tids.Add(tid);
        if (Notation.IsNormalized)
        {
            Notation.Pid(_line, tid);
            _line.Append(' ');
        }
        else if (!IsConsole)
        {
            _line.AppendDecimal((long)tid);
            _line.Append(' ', PrefixLength(tid) - _line.Length);
        }
        else if (_tids.Count > 1)
        {
            _line.Append("[pid ").Append(' ', 5 - Digits(tid)).AppendDecimal((long)tid).Append("] ");
        }
    }

    /// <summary>The pid has five columns at least: in a file with a blank behind it, on a console between <c>[pid </c> and <c>] </c> while there are several.</summary>
    private int PrefixLength(int tid)
    {
        if (Notation.IsNormalized || (IsConsole && _tids.Count < 2))
            return 0;
        return Math.Max(5, Digits(tid)) + (IsConsole ? 7 : 1);
    }

    private static int Digits(int number)
    {
        int digits = 1;
        for (int rest = number / 10; rest > 0; rest /= 10)
            digits++;
        return digits;
    }

    /// <summary>The result's column counts from where the call's line, or its second half, began.</summary>
    private void AppendColumn(Call call)
    {
        bool isOpen = ReferenceEquals(_open, call) && !Notation.IsNormalized;
        AppendColumn(call.Line, call.Line.Length + (isOpen ? _openPrefix : PrefixLength(call.Task.Tid)));
    }

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

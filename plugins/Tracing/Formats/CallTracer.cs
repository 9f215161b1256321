using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Plugins.Tracing.Calls;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>
/// What the tracers share: one <see cref="Call"/> for each task, used again for every call of it, and the ends of calls that do
/// not return. Only the kernel's thread calls in here.
/// </summary>
internal abstract class CallTracer : ITracer, ITaskObserver, IStatefulService<OwnState>
{
    private const int StateVersion = 1;

    private const uint ExitOfThread = 60; // exit(2)
    private const uint Execveat = 322;
    private readonly Dictionary<int, Call> _calls = [];
    private readonly TextWriter _output;
    private readonly ITaskTable _tasks;

    protected CallTracer(TextWriter output, SyscallSet interests, PlanBook plans, Notation notation, ITaskTable tasks)
    {
        _tasks = tasks;
        _output = output;
        Interests = interests;
        Plans = plans;
        Notation = notation;
    }

    public SyscallSet Interests { get; }

    protected PlanBook Plans { get; }

    protected Notation Notation { get; }

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        if (!_calls.TryGetValue(task.Tid, out Call? call) || !ReferenceEquals(call.Task, task))
            _calls[task.Tid] = call = new Call(task, Notation);
        call.Begin(Plans.Get(frame.Number, info), in frame);
        Entered(call);
    }

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        // A tracer that was added while the call was in progress knows nothing of it.
        if (Pending(task) is not { } call || call.Frame.Number != frame.Number)
            return;
        call.End(result);
        Exited(call);
    }

    public virtual void OnStart(GuestTask parent, GuestTask child)
    {
    }

    public void OnExec(GuestTask task)
    {
        Renumber(task);
        if (Pending(task) is { } call)
        {
            call.End(SysResult.Zero);
            Exited(call);
        }
        else if (Interests.Contains(FirstProgram.Execve) && !_calls.ContainsKey(task.Tid))
        {
            Started(task);
        }
    }

    public virtual void OnSignal(GuestTask task, in SignalInfo signal)
    {
    }

    public virtual void OnStop(GuestTask task, Signal signal)
    {
    }

    public void OnEnd(GuestTask task, int status)
    {
        Ended(task, Pending(task), status);
        _calls.Remove(task.Tid);
    }

    public virtual void Flush() => _output.Flush();

    /// <summary>The calls in progress with what has been written of them, and what the format and its notation know.</summary>
    public OwnState Capture()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(_calls.Values.Count(static call => call.IsPending));
        foreach (Call call in AllPending)
            call.Capture(writer);
        Notation.Capture(writer);
        Capture(writer);
        writer.Flush();
        return new OwnState { Version = StateVersion, Bytes = bytes.ToArray() };
    }

    public Errno Restore(OwnState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        using var reader = new BinaryReader(new MemoryStream(state.Bytes.ToArray()));
        for (int i = reader.ReadInt32(); i > 0; i--)
        {
            if (_tasks.Find(reader.ReadInt32()) is not { } task)
                return Errno.ESRCH;
            _calls[task.Tid] = Call.Restore(task, Notation, Plans, reader);
        }

        Notation.Restore(reader);
        Restore(reader);
        return Errno.None;
    }

    /// <summary>Writes what a format knows besides.</summary>
    protected virtual void Capture(BinaryWriter writer)
    {
    }

    /// <summary>Reads it.</summary>
    protected virtual void Restore(BinaryReader reader)
    {
    }

    /// <summary>The call that the task with this tid is in, or null.</summary>
    protected Call? Pending(int tid) => _calls.TryGetValue(tid, out Call? call) && call.IsPending ? call : null;

    /// <summary>The call that the task is in, or null.</summary>
    protected Call? Pending(GuestTask task) =>
        _calls.TryGetValue(task.Tid, out Call? call) && call.IsPending && ReferenceEquals(call.Task, task) ? call : null;

    /// <summary>
    /// The thread of the same process that is replacing the program, when <paramref name="task"/>, its first thread, ends for that: it takes
    /// over the first one's tid (execve(2)). Else null.
    /// </summary>
    protected GuestTask? SupersederOf(GuestTask task)
    {
        if (task.Tid != task.Group.Pid || Pending(task) is { Frame.Number: ExitOfThread })
            return null;
        foreach (Call call in AllPending)
        {
            if (ReferenceEquals(call.Task.Group, task.Group) && !ReferenceEquals(call.Task, task) && call.Frame.Number is FirstProgram.Execve or Execveat)
                return call.Task;
        }

        return null;
    }

    /// <summary>A thread that replaced its process's program has the first thread's tid now; its call was entered under another.</summary>
    private void Renumber(GuestTask task)
    {
        foreach ((int tid, Call call) in _calls)
        {
            if (tid == task.Tid || !call.IsPending || !ReferenceEquals(call.Task, task))
                continue;
            _calls.Remove(tid);
            _calls[task.Tid] = call;
            Renumbered(task, tid);
            return;
        }
    }

    /// <summary>A thread that replaced its process's program has the first thread's tid from now on.</summary>
    protected virtual void Renumbered(GuestTask task, int oldTid)
    {
    }

    /// <summary>The calls in progress.</summary>
    protected IEnumerable<Call> AllPending => _calls.Values.Where(static call => call.IsPending);

    /// <summary>A call begins.</summary>
    protected abstract void Entered(Call call);

    /// <summary>A call has come back, execve into a new program included.</summary>
    protected abstract void Exited(Call call);

    /// <summary>A task has its first program.</summary>
    protected virtual void Started(GuestTask task)
    {
    }

    /// <summary>A task has ended; <paramref name="call"/> is the call that it was in.</summary>
    protected abstract void Ended(GuestTask task, Call? call, int status);

    /// <summary>Hands the beginning of a line to the output.</summary>
    protected void WritePart(LineBuffer line) => _output.Write(line.Text);

    /// <summary>Hands a line to the output.</summary>
    protected void Write(LineBuffer line)
    {
        line.Append('\n');
        _output.Write(line.Text);
    }
}

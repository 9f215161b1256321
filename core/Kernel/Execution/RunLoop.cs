using Kpio.Contracts.Abi;
using Kpio.Contracts.Host;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel.Debugging;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Execution;

/// <summary>
/// Runs tasks on one processor: takes the next from the scheduler, lets the processor run it, and answers each reason for which it
/// comes back. A system call's way leads through <see cref="HandleSyscall"/> and nothing else. Plugin code that throws ends the
/// guest process on whose behalf it ran, not the machine.
/// </summary>
internal sealed partial class RunLoop
{
    /// <summary>How long a busy machine goes on before it looks at the host's handles again: a time slice, not a task switch, which may come a thousand times as often.</summary>
    private const long CyclesBetweenHostPolls = 1_000_000;

    /// <summary>How many calls a task makes before the clock is read: a power of two; reading it costs a third of a short call.</summary>
    private const int CallsBetweenClockReads = 8;

    /// <summary>In virtual time a call takes a cycle, whatever it does: a turn of calls alone would keep the others waiting for seconds of the host's.</summary>
    private const int MostCallsOfTurn = 256;

    /// <summary>As long as a turn of computing takes on an ordinary host.</summary>
    private const long MostTurnNanoseconds = 4_000_000;

    private readonly KernelSlots _slots;
    private readonly ICpu _cpu;
    private readonly IDebugCpu? _stepper;
    private readonly ITimingModel _timing;
    private readonly TaskTable _tasks;
    private readonly WaitQueues _waits;
    private readonly KernelTimers _timers;
    private readonly MemoryShortage _shortage;
    private readonly MachineClock _clock;
    private readonly ObserverRegistry _observers;
    private readonly HostRequests _requests;
    private readonly KernelGate _gate;
    private readonly IHostWaiter _hostWaiter;
    private readonly UnknownSyscalls _unknown;
    private readonly Action<string> _report;
    private readonly bool _isDeterministic;
    private readonly Func<bool>? _idle;
    private readonly HostHandleList _handles = new();
    private GuestTask? _current;
    private bool _hasParked;
    private bool _isPreempted;
    private Dictionary<int, string>? _defects;
    private StopRequest? _end;
    private long _nextHostPoll;

    // Where the turn stands while others are let in, for a snapshot; and a turn that is to be gone on with.
    private TurnState? _turn;
    private TurnState? _restoredTurn;
    private bool _isRestored;

    public RunLoop(RunLoopParts parts)
    {
        _slots = parts.Slots;
        _cpu = parts.Cpu;
        _stepper = parts.Cpu as IDebugCpu;
        _timing = parts.Timing;
        _tasks = parts.Tasks;
        _waits = parts.Waits;
        _timers = parts.Timers;
        _shortage = parts.Shortage;
        _clock = parts.Clock;
        _observers = parts.Observers;
        _requests = parts.Requests;
        _gate = parts.Gate;
        _hostWaiter = parts.HostWaiter;
        _unknown = new UnknownSyscalls(parts.Log);
        _report = parts.Report;
        _isDeterministic = parts.IsDeterministic;
        _idle = parts.Idle;
    }

    /// <summary>The debugger's part, or null. Set before the loop runs.</summary>
    public DebugSession? Debug { get; set; }

    /// <summary>What is to be done after some number of calls.</summary>
    public CallCountdowns CallsDone { get; } = new();

    /// <summary>The defect in KPIO because of which a process was killed, or null.</summary>
    public string? DefectOf(int pid) => _defects?.GetValueOrDefault(pid);

    /// <summary>Runs until every task has ended or somebody stops the machine; says why it came to its end.</summary>
    public StopRequest Run()
    {
        _gate.Enter();
        try
        {
            while (_end is null)
            {
                try
                {
                    if (_isRestored)
                        GoOn();
                    Loop();
                }
                catch (Exception e)
                {
                    KillAfterDefect(e);
                }
            }
        }
        finally
        {
            _clock.SwitchTo(null);
            _gate.Exit();
        }

        return _end;
    }

    private void Loop()
    {
        while (true)
        {
            if (_gate.IsAskedFor)
                _gate.LetIn();
            if (_requests.Any)
                TakeRequests();
            if (_end is not null)
                return;
            _waits.ExpireDeadlines();
            _timers.Expire();
            if (_waits.AnyHostWaiter && !_isDeterministic && _cpu.Cycles >= _nextHostPoll)
            {
                _nextHostPoll = _cpu.Cycles + CyclesBetweenHostPolls;
                PollHost(0);
            }

            if (Debug is { IsDue: true } debug)
            {
                debug.Stop();
                continue;
            }

            GuestTask? task = _slots.Scheduler.Current.Next(out TimeSlice slice);
            if (!ReferenceEquals(task, _current))
                SwitchTo(task);
            if (task is null)
                Idle();
            else if (Debug is null || Debug.MayRun(task))
                RunTask(task, in slice);
        }
    }

    private void SwitchTo(GuestTask? task)
    {
        if (_isPreempted && _current is { State: TaskState.Runnable } old)
        {
            (long voluntary, long involuntary) = old.Switches;
            old.Switches = (voluntary, involuntary + 1);

            // A critical section of rseq(2) must not go on as if nothing had come between.
            old.HasSignalWork |= old.RseqAddress != 0;
        }

        _current = task;
        _clock.SwitchTo(task);
    }

    /// <summary>Virtual time stands at each deadline for a moment: a timer fires, and a sleeper wakes, when it is due and not at the next turn after that.</summary>
    private long CyclesToDeadline()
    {
        long deadline = Math.Min(_waits.NextDeadline, _timers.NextDeadline);
        if (deadline == long.MaxValue)
            return long.MaxValue;
        Int128 cycles = (Int128)(deadline - _clock.MonotonicNanoseconds) * _timing.Frequency / 1_000_000_000;
        return (long)Int128.Clamp(cycles, 1, long.MaxValue);
    }

    private void RunTask(GuestTask task, in TimeSlice slice)
    {
        (long cycles, int steps, int calls) = (slice.Cycles, slice.Steps, slice.Calls);
        if (_clock.IsVirtual && CyclesToDeadline() is var most && most <= cycles)
            (cycles, steps) = (most, 0);
        if (_stepper is null)
            steps = 0;
        if (_clock.IsVirtual)
            calls = Math.Min(calls, MostCallsOfTurn);
        long end = _cpu.Cycles + cycles;
        _hasParked = false;
        _isPreempted = true;
        if (_waits.TakeResumed(task) is { } resumed)
            ResumeSyscall(task, resumed);
        RunTurn(task, end, steps, calls);
    }

    private void RunTurn(GuestTask task, long end, int steps, int calls)
    {
        CpuContext registers = task.Cpu;
        long began = 0;
        while (true)
        {
            if (_hasParked)
            {
                // Even when it is ready again already: its call, or its instruction, is taken up at its next turn.
                _hasParked = false;
                _isPreempted = false;
                return;
            }

            // A tracer's stop before a call comes before signals, which wait for the call's end.
            if (task.HasSignalWork && task.State == TaskState.Runnable && (task.Trace is not { IsBeforeCall: true } || task.IsKilled) && !_slots.Processes.Current.DeliverSignals(task))
            {
                // Neither stopped nor ended: a debugger has the signal, or a page of its stack, where a signal frame goes, is being fetched.
                if (task.State == TaskState.Runnable && Debug is { IsDue: true })
                    return;
                _isPreempted = false;
                if (task.State == TaskState.Runnable)
                    Park(task, isInCall: false, null);
                else if (task.State >= TaskState.Zombie)
                    _waits.Forget(task);
                return;
            }

            if (task.State != TaskState.Runnable)
            {
                if (task.State >= TaskState.Zombie)
                    _waits.Forget(task);
                return;
            }

            long start = _cpu.Cycles;
            if ((start >= end && --steps < 0) || calls <= 0)
                return;
            CpuExit exit;
            if (task.Trace is { } trace)
                exit = RunTraced(task, trace, Math.Max(end - start, 1));
            else if (Debug is not null)
                exit = Debug.Run(task, Math.Max(end - start, 1));
            else if (start < end)
                exit = _cpu.Run(registers, end - start);
            else
                exit = _stepper!.Step(registers);
            task.UserCycles += _cpu.Cycles - start;
            long entry = task.Group.SplitsCpuTime ? _clock.MonotonicNanoseconds : long.MinValue;
            bool isDue = false;
            switch (exit.Reason)
            {
                case CpuExitReason.Budget or CpuExitReason.Stepped when Debug is null || task.Trace is not null:
                    break;
                case CpuExitReason.Syscall when task.UserDispatch is not null && task.Trace is null && IsDispatched(task):
                    break;
                case CpuExitReason.Syscall:
                    HandleSyscall(task, registers);
                    if ((--calls & (CallsBetweenClockReads - 1)) == 0 && IsTurnOver(ref began))
                        calls = 0;
                    isDue = CallsDone.Count();
                    break;
                case CpuExitReason.Interrupted when Debug is null && task.Trace is null && !_requests.Any:
                    // Somebody wants in for a moment. The turn goes on afterwards: the order of tasks does not depend on it.
                    if (_gate.IsAskedFor)
                    {
                        _turn = new TurnState(end - _cpu.Cycles, steps, calls);
                        _gate.LetIn();
                        _turn = null;
                    }

                    break;
                case CpuExitReason.Fault:
                    HandleFault(task, in exit);
                    break;
                case CpuExitReason.Exception:
                    _slots.Processes.Current.RaiseFault(task, in exit, FaultOutcome.Mapped);
                    break;
                default:
                    return;
            }

            if (entry != long.MinValue)
                task.SystemTimeNanoseconds += _clock.MonotonicNanoseconds - entry;
            if (!isDue)
                continue;
            _turn = _hasParked ? null : new TurnState(end - _cpu.Cycles, steps, calls);
            CallsDone.Act();
            _turn = null;
        }
    }

    /// <summary>Runs a task as its tracer wants (ptrace(2)); <see cref="CpuExitReason.Interrupted"/> when it has stopped.</summary>
    private CpuExit RunTraced(GuestTask task, TraceState trace, long budget)
    {
        CpuContext registers = task.Cpu;
        if (trace.IsBeforeCall)
        {
            trace.IsBeforeCall = false;
            if (!trace.IsCallSkipped && !trace.IsEmulated)
            {
                trace.Call = (uint)registers[GuestRegister.Rax]; // it may be another one by now
                return new CpuExit(CpuExitReason.Syscall);
            }

            trace.IsCallSkipped = trace.IsEmulated = false;
            registers[GuestRegister.Rax] = trace.CallResult;
            EndTracedCall(task, trace);
            return new CpuExit(CpuExitReason.Budget);
        }

        bool steps = trace.Resume is TraceResume.Step or TraceResume.EmulateStep && _stepper is not null;
        CpuExit exit = steps ? _stepper!.Step(registers) : _cpu.Run(registers, budget);
        trace.Call = exit.Reason == CpuExitReason.Syscall ? (uint)registers[GuestRegister.Rax] : -1;
        if (exit.Reason == CpuExitReason.Stepped)
            return new CpuExit(CpuExitReason.Exception, ExceptionVector.Debug);
        if (exit.Reason == CpuExitReason.Syscall && IsDispatched(task))
            return new CpuExit(CpuExitReason.Budget);
        if (exit.Reason != CpuExitReason.Syscall || trace.Resume is not (TraceResume.Calls or TraceResume.Emulate or TraceResume.EmulateStep))
            return exit;
        _slots.Tracing.Current.EnterCall(task);
        return new CpuExit(CpuExitReason.Interrupted);
    }

    /// <summary>A traced task's call has ended: its tracer may want to know, and a single step ends with it.</summary>
    private void EndTracedCall(GuestTask task, TraceState trace)
    {
        if (task.State >= TaskState.Zombie)
            return;
        if (trace.Resume == TraceResume.Calls)
        {
            trace.IsCallExitPending = true;
            task.HasSignalWork = true;
        }
        else if (trace.Resume == TraceResume.Step)
        {
            const int TRAP_BRKPT = 1;
            _slots.Signals.Current.Force(task, new SignalInfo(Signal.SIGTRAP, TRAP_BRKPT, Address: task.Cpu.Rip));
        }
    }

    /// <summary>
    /// Whether a turn has taken its time: where the host's clock counts, a program may spend a long time in few cycles, in calls that move much
    /// data, and timers and other tasks wait meanwhile. The first look notes the time.
    /// </summary>
    private bool IsTurnOver(ref long began)
    {
        if (_clock.IsVirtual)
            return false;
        long now = _clock.MonotonicNanoseconds;
        if (began == 0)
            began = now;
        if (now - began <= MostTurnNanoseconds)
            return false;
        _nextHostPoll = 0;
        return true;
    }

    /// <summary>Whether a call goes to the task's own handler of SIGSYS instead of the ABI.</summary>
    private bool IsDispatched(GuestTask task)
    {
        if (task.UserDispatch is not { } dispatch || !DispatchedCalls.Take(task, dispatch, _slots.Signals.Current, out bool waits))
            return false;
        if (waits)
            Park(task, isInCall: false, null);
        return true;
    }

    private void HandleSyscall(GuestTask task, CpuContext registers)
    {
        _cpu.AddCycles(_timing.SyscallCycles);
        SyscallFrame frame = ReadFrame(registers);
        task.Restart.Reset();
        ISyscallAbi abi = _slots.Abi.Current;
        ObserverEntry[]? observers = _observers.For(frame.Number);
        if (observers is not null)
            _observers.Enter(observers, task, in frame, abi.Describe(frame.Number));
        Complete(task, registers, in frame, abi.Invoke(task, in frame), abi, observers);
    }

    /// <summary>Enters the call of a task that no longer waits at once, before its turn comes.</summary>
    public void FinishCall(GuestTask task)
    {
        if (_waits.TakeResumed(task) is { } resumed)
            ResumeSyscall(task, resumed);
    }

    /// <summary>Enters a parked call's handler again. The registers still hold the call: RAX is written only when it ends.</summary>
    private void ResumeSyscall(GuestTask task, Waiter waiter)
    {
        SyscallFrame frame = ReadFrame(task.Cpu);
        ISyscallAbi abi = _slots.Abi.Current;
        Complete(task, task.Cpu, in frame, abi.Invoke(task, in frame), abi, waiter.Observers);
    }

    private void Complete(GuestTask task, CpuContext registers, in SyscallFrame frame, SysResult result, ISyscallAbi abi, ObserverEntry[]? observers)
    {
        if (result.IsCompleted)
        {
            if (task.Restart.Reason == WakeReason.Interrupted && result.Raw == -(long)Errno.EINTR)
                result = EndInterrupted(task, in frame);
            else if (task.Signals.HasSaved)
                EndMask(task);
            registers[GuestRegister.Rax] = (ulong)result.Raw;
            // A call of a task that is killed comes to no end.
            if (observers is not null && !task.IsKilled)
                _observers.Exit(observers, task, in frame, abi.Describe(frame.Number), result);
            if (result.Raw == -(long)Errno.ENOSYS)
                _unknown.Note(frame.Number, abi);
        }
        else if (result.IsWait)
        {
            Park(task, isInCall: true, observers);
            return;
        }

        if (task.Trace is { } trace)
            EndTracedCall(task, trace);
    }

    /// <summary>
    /// What a call that a signal has ended answers: the kernel's own error, from which the delivery of the signal makes EINTR or a new
    /// start (signal(7), "Interruption of system calls"). Programs never see it, tracers do.
    /// </summary>
    private static SysResult EndInterrupted(GuestTask task, in SyscallFrame frame)
    {
        // There may be nothing to deliver any more; the call goes on then.
        task.HasSignalWork = true;
        InterruptKind kind = task.Wait.Interrupt;
        if (kind is InterruptKind.NeverRestarted or InterruptKind.Uninterruptible)
            return Errno.EINTR;
        task.Restart.Interrupted = kind;
        task.Restart.Number = frame.Number;
        if (kind == InterruptKind.RestartBlock)
        {
            RestartBlock block = task.RestartBlock;
            block.IsSet = true;
            block.DeadlineNanoseconds = task.Restart.DeadlineNanoseconds;
            if (frame.Number != RestartBlock.SyscallNumber)
                block.Frame = frame;
        }

        return RestartState.ErrorOf(kind);
    }

    /// <summary>The set of blocked signals that a call had put in force ends with it.</summary>
    private void EndMask(GuestTask task)
    {
        task.Signals.HasSaved = false;
        _slots.Signals.Current.SetBlocked(task, task.Signals.Saved);
    }

    private void HandleFault(GuestTask task, in CpuExit exit)
    {
        FaultInfo fault = exit.Fault;
        FaultOutcome outcome = fault.NonCanonical ? FaultOutcome.NotMapped : _slots.Memory.Current.HandleFault(task, in fault);
        if (outcome == FaultOutcome.Mapped || (outcome == FaultOutcome.OutOfMemory && _shortage.Relieve(task)))
            return;
        if (outcome == FaultOutcome.Wait)
            Park(task, isInCall: false, null);
        else
            _slots.Processes.Current.RaiseFault(task, in exit, outcome);
    }

    private void Park(GuestTask task, bool isInCall, ObserverEntry[]? observers)
    {
        Waiter waiter = _waits.Park(task, isInCall, observers);
        (long voluntary, long involuntary) = task.Switches;
        task.Switches = (voluntary + 1, involuntary);
        _hasParked = true;
        if (task.HasSignalWork && task.HasDeliverableSignal)
        {
            // The signal came while the handler ran, before there was a wait to interrupt. The call ends before the signal is delivered.
            _waits.Interrupt(task);
            if (_waits.TakeResumed(task) is { } resumed)
                ResumeSyscall(task, resumed);
        }
        else if (_isDeterministic && waiter.HostHandles.Count > 0)
        {
            // The host's input counts as always there: nothing else may run before it, or the order would depend on its speed.
            PollHost(-1);
        }
    }

    private void Idle()
    {
        if (!_tasks.AnyAlive)
        {
            _end = new StopRequest(MachineEnd.Finished, null);
            return;
        }

        if (_idle is not null && _idle())
            return;
        long deadline = Math.Min(_waits.NextDeadline, _timers.NextDeadline);
        if (_clock.IsVirtual && deadline != long.MaxValue)
        {
            _clock.JumpTo(deadline);
            return;
        }

        if (_isDeterministic && !_waits.AnyHostWaiter)
        {
            _end = new StopRequest(MachineEnd.Deadlock, "every guest task waits for something that cannot happen any more");
            return;
        }

        PollHost(deadline == long.MaxValue ? -1 : Math.Max(0, deadline - _clock.MonotonicNanoseconds));
    }

    /// <summary>Asks the host for its ready handles; sleeps for it up to a time, outside the kernel lock.</summary>
    private void PollHost(long timeoutNanoseconds)
    {
        _waits.CollectHostHandles(_handles);
        if (timeoutNanoseconds != 0)
            _gate.Exit();
        HostFileId ready;
        try
        {
            ready = _hostWaiter.Wait(_handles.Span, timeoutNanoseconds);
        }
        finally
        {
            if (timeoutNanoseconds != 0)
                _gate.Enter();
        }

        if (!ready.IsNone)
            _waits.WakeHost(ready);
    }

    private void TakeRequests()
    {
        _end ??= _requests.Stop;
        if (_requests.TakeTerminalChange() && _slots.Terminals.IsBound)
            _slots.Terminals.Current.ConsoleChanged();
        while (_requests.TakeSignal() is { } request)
        {
            if (request.Pid != 0)
                _slots.Processes.Current.Send(request.Pid, 0, request.Signal);
            else
                SendToForeground(request.Signal);
        }
    }

    private void SendToForeground(in SignalInfo signal)
    {
        int group = _slots.Terminals.IsBound ? _slots.Terminals.Current.ForegroundGroup : 0;
        if (group == 0)
            group = _tasks.All.FirstOrDefault(task => task.State < TaskState.Zombie)?.Group.ProcessGroup ?? 0;
        foreach (int pid in _tasks.All.Where(task => task.Group.ProcessGroup == group).Select(task => task.Group.Pid).Distinct().ToArray())
            _slots.Processes.Current.Send(pid, 0, in signal);
    }

    private void KillAfterDefect(Exception e)
    {
        string what = $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}";
        if (_current is not { } task)
        {
            _end = new StopRequest(MachineEnd.Defect, $"defect in KPIO: {what}");
            _report(e.ToString());
            return;
        }

        (_defects ??= [])[task.Group.Pid] = what;
        _report($"defect in KPIO: process {task.Group.Pid} was killed: {e}");
        try
        {
            _slots.Processes.Current.Exit(task, (int)Signal.SIGKILL, wholeGroup: true);
        }
        catch (Exception second)
        {
            // Not even the end of the process works: without the process manager there is nothing to go on with.
            _report($"defect in KPIO while it killed process {task.Group.Pid}: {second}");
            _end = new StopRequest(MachineEnd.Defect, $"defect in KPIO: {what}");
        }

        _waits.Forget(task);
        _current = null;
        _clock.SwitchTo(null);
    }

    private static SyscallFrame ReadFrame(CpuContext registers) => new(
        (uint)registers[GuestRegister.Rax],
        registers[GuestRegister.Rdi],
        registers[GuestRegister.Rsi],
        registers[GuestRegister.Rdx],
        registers[GuestRegister.R10],
        registers[GuestRegister.R8],
        registers[GuestRegister.R9]);
}

/// <summary>What a run loop works with.</summary>
internal sealed record RunLoopParts(
    KernelSlots Slots,
    ICpu Cpu,
    ITimingModel Timing,
    TaskTable Tasks,
    WaitQueues Waits,
    KernelTimers Timers,
    MemoryShortage Shortage,
    MachineClock Clock,
    ObserverRegistry Observers,
    HostRequests Requests,
    KernelGate Gate,
    IHostWaiter HostWaiter,
    IKernelLog Log,
    Action<string> Report,
    bool IsDeterministic,
    Func<bool>? Idle);

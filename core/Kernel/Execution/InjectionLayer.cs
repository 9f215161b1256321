using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// Injects results, signals and delays into calls, on top of everything else of the interface; a machine that nothing is injected into has
/// none. What it knows of a call in progress lies with the task (<see cref="InjectionState"/>), so that calls are held back over a swap.
/// As under strace(1): a signal is queued when the call is made, and the call goes on; a task that is held back is like one in a
/// tracer's stop, which SIGKILL alone ends; a call that is made again after a signal is another invocation.
/// </summary>
internal sealed class InjectionLayer : ISyscallAbi
{
    private readonly ISyscallAbi _below;
    private readonly Injection?[] _injections = new Injection?[1024];
    private readonly Slot<IProcessManager> _processes;
    private readonly MachineClock _clock;

    public InjectionLayer(ISyscallAbi below, IReadOnlyList<Injection> injections, Slot<IProcessManager> processes, MachineClock clock)
    {
        _below = below;
        _processes = processes;
        _clock = clock;
        foreach (Injection injection in injections)
        {
            for (uint number = 0; number < (uint)_injections.Length; number++)
            {
                if (injection.Calls.Contains(number))
                    _injections[number] = injection;
            }
        }
    }

    public string Name => _below.Name;

    public AbiCatalog Catalog => _below.Catalog;

    public SyscallInfo? Describe(uint number) => _below.Describe(number);

    public SysResult Invoke(GuestTask task, in SyscallFrame frame)
    {
        if (task.Restart.Reason == WakeReason.None)
            return Begin(task, in frame);
        return task.Injection is { Stage: not InjectionStage.None } state && _injections[state.Number] is { } injection
            ? GoOn(task, state, injection, in frame)
            : _below.Invoke(task, in frame);
    }

    /// <summary>The guest makes a call.</summary>
    private SysResult Begin(GuestTask task, in SyscallFrame frame)
    {
        InjectionState? state = task.Injection;
        state?.Begin();
        uint number = frame.Number;
        if (number >= (uint)_injections.Length || _injections[number] is not { } injection)
            return _below.Invoke(task, in frame);
        state ??= task.Injection = new InjectionState();
        if (!injection.Covers(state.Count(number)))
            return _below.Invoke(task, in frame);
        state.Number = number;
        if (injection.DelayBeforeNanoseconds == 0)
            return Enter(task, state, injection, in frame);
        state.Stage = InjectionStage.BeforeCall;
        return Delay(task, state, injection.DelayBeforeNanoseconds);
    }

    /// <summary>The call was held back, or its handler waits.</summary>
    private SysResult GoOn(GuestTask task, InjectionState state, Injection injection, in SyscallFrame frame)
    {
        switch (state.Stage)
        {
            case InjectionStage.InCall:
                return Leave(task, state, injection, _below.Invoke(task, in frame));
            case InjectionStage.AfterCall:
                state.Stage = InjectionStage.None;

                // The run loop makes of EINTR what the call's own wait says.
                task.Restart.Reason = state.Reason;
                task.Wait.Begin(state.Interrupt);
                return state.Result is { } result ? result : SysResult.NoReturn;
            default:
                if (task.IsKilled)
                    return Drop(state);

                // For the handler it is the first entry.
                task.Restart.Reset();
                return Enter(task, state, injection, in frame);
        }
    }

    private SysResult Enter(GuestTask task, InjectionState state, Injection injection, in SyscallFrame frame)
    {
        if (injection.Signal != Signal.None)
        {
            _processes.Current.Send(task.Group.Pid, task.Tid, new SignalInfo(injection.Signal, SignalCode.SI_KERNEL));
            if (task.IsKilled)
                return Drop(state);
        }

        state.Stage = InjectionStage.InCall;
        if (injection.Result is not { } result)
            return Leave(task, state, injection, _below.Invoke(task, in frame));
        if (injection.Substitute is { } number)
            _below.Invoke(task, frame with { Number = number });
        state.IsReplaced = true;
        return Leave(task, state, injection, result);
    }

    private SysResult Leave(GuestTask task, InjectionState state, Injection injection, SysResult result)
    {
        if (result.IsWait)
            return result;
        state.Stage = InjectionStage.None;
        if (injection.DelayAfterNanoseconds == 0 || task.State >= TaskState.Zombie || task.IsKilled)
            return result;
        state.Stage = InjectionStage.AfterCall;
        state.Result = result.IsNoReturn ? null : result.Raw;
        state.Reason = task.Restart.Reason;
        state.Interrupt = task.Wait.Interrupt;
        return Delay(task, state, injection.DelayAfterNanoseconds);
    }

    private SysResult Delay(GuestTask task, InjectionState state, long nanoseconds)
    {
        state.IsDelayed = true;
        long now = _clock.MonotonicNanoseconds;
        long deadline = nanoseconds > long.MaxValue - now ? long.MaxValue : now + nanoseconds;
        return SysResult.Wait(task.Wait.Begin(InterruptKind.Uninterruptible).Until(ClockId.CLOCK_MONOTONIC, deadline));
    }

    /// <summary>The task is killed before its call is made.</summary>
    private static SysResult Drop(InjectionState state)
    {
        state.Stage = InjectionStage.None;
        return Errno.EINTR;
    }
}

using Kpio.Contracts.Process;
using Kpio.Contracts.State;

namespace Kpio.Kernel.Execution;

// Where the loop stands, for snapshots: a turn on the processor may be in its middle, and goes on there in the restored machine, so that
// the order of tasks and the cycles are those of a run without a snapshot.
internal sealed partial class RunLoop
{
    /// <summary>The task that was on the processor last, what is left of its turn when it is in the middle of one, and whether the turn before was cut short.</summary>
    public (GuestTask? Current, TurnState? Turn, bool IsPreempted) Position =>
        (_current, _current is { State: < TaskState.Zombie } ? _turn : null, _turn is not null || (_isPreempted && !_hasParked));

    /// <summary>Why there is no quiescent point now for a snapshot; null when there is one.</summary>
    public string? Obstacle => Debug is not null ? "a machine that is debugged cannot be kept" : _end is { End: not MachineEnd.Finished } ? "the machine is at its end" : null;

    /// <summary>Whether the loop can run once more after all programs have ended; not when it has ended for another reason.</summary>
    public bool StartOver()
    {
        if (_end is { End: not MachineEnd.Finished })
            return false;
        _end = null;
        return true;
    }

    /// <summary>Goes on from another machine's position. Before the loop runs.</summary>
    public void Restore(GuestTask? current, TurnState? turn, bool isPreempted)
    {
        _current = current;
        _restoredTurn = turn;
        _isPreempted = isPreempted;
        _isRestored = true;
    }

    /// <summary>What the machine was about when it was kept.</summary>
    private void GoOn()
    {
        _isRestored = false;

        // A read of the host's input had not come back: nothing else may run before it.
        if (_isDeterministic && _waits.AnyHostWaiter)
            PollHost(-1);
        if (_restoredTurn is not { } turn || _current is not { } task)
            return;
        _restoredTurn = null;
        _hasParked = false;
        RunTurn(task, _cpu.Cycles + turn.Cycles, turn.Steps, turn.Calls);
    }
}

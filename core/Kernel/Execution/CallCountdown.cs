using Kpio.Contracts.Values;
namespace Kpio.Kernel.Execution;

/// <summary>Something that is to be done when guests have made a number of system calls.</summary>
/// <param name="Calls">How many.</param>
/// <param name="Repeats">Whether it is done again after as many more.</param>
/// <param name="Action">What; on the run loop's thread, with no plugin's code on the stack.</param>
internal sealed record CallCountdown(long Calls, bool Repeats, Action Action);

/// <summary>Counts system calls down to the next thing that is to be done: one decrement a call, and nothing else as long as nothing is due.</summary>
internal sealed class CallCountdowns
{
    // Of a reference type: at every start a list of tuples would need the JIT (docs/adr/0006).
    private readonly PlainList<Waiting> _waiting = new();
    private long _done;
    private long _left = long.MaxValue;
    private long _next = long.MaxValue;

    /// <summary>Adds one, counted from now.</summary>
    public void Add(CallCountdown countdown)
    {
        _waiting.Add(new Waiting(countdown, Done + countdown.Calls));
        Aim();
    }

    /// <summary>A call has been made. True when something is due: then <see cref="Act"/>.</summary>
    public bool Count() => --_left <= 0;

    /// <summary>Does what is due.</summary>
    public void Act()
    {
        long now = Done;
        Waiting[] due = [.. _waiting.ToArray().Where(entry => entry.At <= now)];
        foreach (Waiting entry in due)
        {
            _waiting.Remove(entry);
            if (entry.What.Repeats)
                _waiting.Add(new Waiting(entry.What, now + entry.What.Calls));
        }

        Aim();
        foreach (Waiting entry in due)
            entry.What.Action();
    }

    private long Done => _done + (_next - _left);

    private void Aim()
    {
        _done = Done;
        _next = _left = _waiting.Count == 0 ? long.MaxValue : _waiting.ToArray().Min(static entry => entry.At) - _done;
    }

    /// <summary>One that is not due yet.</summary>
    /// <param name="What">It.</param>
    /// <param name="At">The count of calls at which it is.</param>
    private sealed record Waiting(CallCountdown What, long At);
}

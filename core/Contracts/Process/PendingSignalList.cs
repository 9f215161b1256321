using System.Collections;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>
/// Pending signals: a set, and for each signal in it what came with it, oldest first. Linux takes them by number, not by age, so
/// there is no order between different signals. Adding and taking cost the same however many there are. Arrays, not collections:
/// every start makes several lists, and generic code over <see cref="SignalInfo"/> is not precompiled.
/// </summary>
public sealed class PendingSignalList : IEnumerable<SignalInfo>
{
    private SignalInfo[]? _entries;

    /// <summary>For each entry the one behind it with the same signal, or the next free one; as all links here 1 stands for entry 0, and 0 for none.</summary>
    private int[] _next = [];
    private int[] _first = [];
    private int[] _last = [];
    private int _free;
    private int _used;

    /// <summary>How many entries there are: what counts against RLIMIT_SIGPENDING.</summary>
    public int Count { get; private set; }

    /// <summary>The signals that are pending.</summary>
    public SignalSet Set { get; private set; }

    /// <summary>Adds the youngest of its number.</summary>
    public void Add(in SignalInfo info)
    {
        int link = TakeFree();
        int signal = (int)info.Signal;
        _entries![link - 1] = info;
        _next[link - 1] = 0;
        if (_first[signal] == 0)
            _first[signal] = link;
        else
            _next[_last[signal] - 1] = link;
        _last[signal] = link;
        Set = Set.With(info.Signal);
        Count++;
    }

    /// <summary>Makes a signal pending without an entry: what Linux does when there is no room for one. It is taken with SI_USER and zeros.</summary>
    public void AddBare(Signal signal) => Set = Set.With(signal);

    /// <summary>Whether an entry of the signal carries <paramref name="timer"/>.</summary>
    public bool Contains(Signal signal, TimerId timer)
    {
        if (!Set.Contains(signal) || _first.Length == 0)
            return false;
        for (int link = _first[(int)signal]; link != 0; link = _next[link - 1])
        {
            if (_entries![link - 1].Timer == timer)
                return true;
        }

        return false;
    }

    /// <summary>Takes the oldest entry of a signal; false when it is not pending.</summary>
    public bool TryTake(Signal signal, out SignalInfo info)
    {
        info = new SignalInfo(signal, SignalCode.SI_USER);
        if (!Set.Contains(signal))
            return false;
        int link = _first.Length == 0 ? 0 : _first[(int)signal];
        if (link != 0)
        {
            info = _entries![link - 1];
            _first[(int)signal] = _next[link - 1];
            Release(link);
        }

        if (link == 0 || _first[(int)signal] == 0)
            Set = Set.Without(signal);
        return true;
    }

    /// <summary>Removes every signal of a set.</summary>
    public void Remove(SignalSet signals)
    {
        ulong bits = Set.Bits & signals.Bits;
        Set = new SignalSet(Set.Bits & ~bits);
        if (_first.Length == 0)
            return;
        for (int signal = 1; bits != 0; signal++, bits >>= 1)
        {
            if ((bits & 1) == 0)
                continue;
            for (int link = _first[signal]; link != 0;)
            {
                int next = _next[link - 1];
                Release(link);
                link = next;
            }

            _first[signal] = 0;
        }
    }

    /// <summary>Removes all.</summary>
    public void Clear() => Remove(new SignalSet(ulong.MaxValue));

    /// <summary>The entries by number, then by age.</summary>
    public IEnumerator<SignalInfo> GetEnumerator()
    {
        for (int signal = 1; signal < _first.Length; signal++)
        {
            for (int link = _first[signal]; link != 0; link = _next[link - 1])
                yield return _entries![link - 1];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int TakeFree()
    {
        if (_free != 0)
        {
            int link = _free;
            _free = _next[link - 1];
            return link;
        }

        if (_entries is null)
        {
            _entries = new SignalInfo[4];
            _next = new int[4];
            _first = new int[SignalNumbers.Count + 1];
            _last = new int[SignalNumbers.Count + 1];
        }
        else if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, _used * 2);
            Array.Resize(ref _next, _used * 2);
        }

        return ++_used;
    }

    private void Release(int link)
    {
        _next[link - 1] = _free;
        _free = link;
        Count--;
    }
}

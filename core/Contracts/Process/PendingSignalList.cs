using System.Collections;

namespace Kpio.Contracts.Process;

/// <summary>
/// Pending signals, oldest first. Not a List: every start makes several, and generic code over <see cref="SignalInfo"/> is not
/// precompiled.
/// </summary>
public sealed class PendingSignalList : IEnumerable<SignalInfo>
{
    private SignalInfo[]? _signals;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The signals.</summary>
    public ReadOnlySpan<SignalInfo> Span => _signals.AsSpan(0, Count);

    /// <summary>The signal <paramref name="index"/> by age.</summary>
    public SignalInfo this[int index] => index < Count ? _signals![index] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Adds the youngest.</summary>
    public void Add(SignalInfo info)
    {
        _signals ??= new SignalInfo[4];
        if (Count == _signals.Length)
            Array.Resize(ref _signals, Count * 2);
        _signals[Count++] = info;
    }

    /// <summary>Removes one and keeps the order of the others.</summary>
    public void RemoveAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        Count--;
        Array.Copy(_signals!, index + 1, _signals!, index, Count - index);
    }

    /// <summary>Removes every signal of a set.</summary>
    public void Remove(SignalSet signals)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (!signals.Contains(_signals![i].Signal))
                _signals[kept++] = _signals[i];
        }

        Count = kept;
    }

    /// <summary>Removes all.</summary>
    public void Clear() => Count = 0;

    /// <inheritdoc/>
    public IEnumerator<SignalInfo> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return _signals![i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>A few handles of the host, each once.</summary>
internal sealed class HostHandleList
{
    private HostFileId[] _handles = new HostFileId[4];

    public int Count { get; private set; }

    public ReadOnlySpan<HostFileId> Span => _handles.AsSpan(0, Count);

    public HostFileId this[int index] => _handles[index];

    public bool Contains(HostFileId handle)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_handles[i].Value == handle.Value)
                return true;
        }

        return false;
    }

    public void Add(HostFileId handle)
    {
        if (Contains(handle))
            return;
        if (Count == _handles.Length)
        {
            var larger = new HostFileId[Count * 2];
            for (int i = 0; i < Count; i++)
                larger[i] = _handles[i];
            _handles = larger;
        }

        _handles[Count++] = handle;
    }

    public void Clear() => Count = 0;
}

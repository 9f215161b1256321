using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Interpreter;

namespace Kpio.Platform.X64.Debugging;

/// <summary>
/// The breakpoints and watchpoints of all address spaces. The decoder ends blocks before breakpoints of any space, since blocks are
/// shared by all spaces that map their frame; the processor passes those of others by. Watched pages stay out of the TLB.
/// </summary>
internal sealed class DebugPoints
{
    private readonly BlockCache _blocks;
    private readonly List<Engine> _engines = [];
    private readonly Breakpoints _breakpoints = new();
    private readonly WatchedMemory _watched = new();

    public DebugPoints(BlockCache blocks, IEnumerable<Engine> engines)
    {
        _blocks = blocks;
        foreach (Engine engine in engines) Register(engine);
    }

    /// <summary>Whether anything of the space is watched.</summary>
    public bool IsWatched(AddressSpaceId space) => _watched.HasAny(space);

    public void Register(Engine engine)
    {
        _engines.Add(engine);
        engine.SpaceForgotten = Clear;
        engine.Watched = _watched.IsEmpty ? null : _watched;
    }

    public bool HasBreakpoint(AddressSpaceId space, ulong address) => _breakpoints.Contains(space, address);

    public void AddBreakpoint(AddressSpaceId space, ulong address)
    {
        if (!_breakpoints.Add(space, address)) return;
        _blocks.Breakpoints = _breakpoints;
        _blocks.DropAt(address);
    }

    public void RemoveBreakpoint(AddressSpaceId space, ulong address)
    {
        if (!_breakpoints.Remove(space, address)) return;
        _blocks.Breakpoints = _breakpoints.IsEmpty ? null : _breakpoints;
        _blocks.DropAt(address);
    }

    public void AddWatchpoint(in Watchpoint watchpoint)
    {
        _watched.Add(watchpoint);
        foreach (Engine engine in _engines)
        {
            engine.Watched = _watched;
            engine.FlushTranslations();
        }
    }

    public void RemoveWatchpoint(in Watchpoint watchpoint)
    {
        _watched.Remove(watchpoint);
        Unwatch();
    }

    /// <summary>The first access of an instruction to watched memory.</summary>
    public WatchedAccess FindAccess(AddressSpaceId space, ulong address, ulong length, bool reads, bool writes) =>
        _watched.Find(space, address, length, reads, writes);

    public void Clear(AddressSpaceId space)
    {
        while (_breakpoints.TryFindAny(space, out ulong address)) RemoveBreakpoint(space, address);
        if (!_watched.HasAny(space)) return;
        _watched.Clear(space);
        Unwatch();
    }

    private void Unwatch()
    {
        if (!_watched.IsEmpty) return;
        foreach (Engine engine in _engines) engine.Watched = null;
    }
}

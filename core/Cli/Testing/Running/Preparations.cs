using Kpio.Cli.Testing.Scenarios;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Cli.Testing.Running;

/// <summary>
/// Runs each setup when its first case wants it, once, and keeps what it has left until its last case has ended. From several threads: a second case
/// waits for the first one's setup.
/// </summary>
internal sealed class Preparations
{
    private readonly Dictionary<ScenarioSetup, Entry> _entries = [];
    private readonly List<byte[]> _hostEnvironment;
    private readonly MemoryPool _pool;

    /// <param name="hostEnvironment">The variables of this process.</param>
    /// <param name="pool">Where the machines' memory comes from.</param>
    public Preparations(List<byte[]> hostEnvironment, MemoryPool pool) => (_hostEnvironment, _pool) = (hostEnvironment, pool);

    /// <summary>How many setups are kept, those that failed counted in.</summary>
    public int Kept
    {
        get
        {
            lock (_entries)
                return _entries.Values.Count(static entry => entry.Machine is not null);
        }
    }

    /// <summary>What the setup has left.</summary>
    public PreparedMachine Take(ScenarioSetup setup)
    {
        Entry entry = Find(setup);
        lock (entry)
            return entry.Machine ??= Run(setup);
    }

    /// <summary>Some scenario will want its setup, and says so with <see cref="Leave"/> when it does no more.</summary>
    public void Expect(Scenario scenario)
    {
        if (scenario.Setup is { } setup)
            Interlocked.Increment(ref Find(setup).Users);
    }

    /// <summary>A scenario has ended for the last time.</summary>
    public void Leave(Scenario scenario)
    {
        if (scenario.Setup is not { } setup)
            return;
        lock (_entries)
        {
            if (_entries.TryGetValue(setup, out Entry? entry) && Interlocked.Decrement(ref entry.Users) <= 0)
            {
                _entries.Remove(setup);
                entry.Machine?.Dispose();
            }
        }
    }

    private PreparedMachine Run(ScenarioSetup setup)
    {
        using var run = new SetupRun(setup, _hostEnvironment, _pool);
        PreparedMachine prepared = run.Run();
        prepared.Share(setup.Common.Options.MemoryBytes);
        return prepared;
    }

    private Entry Find(ScenarioSetup setup)
    {
        lock (_entries)
        {
            if (!_entries.TryGetValue(setup, out Entry? entry))
                _entries[setup] = entry = new Entry();
            return entry;
        }
    }

    private sealed class Entry
    {
        public PreparedMachine? Machine;
        public int Users;
    }
}

using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Cli.Testing.Running;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Kernel.Hosting;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;

namespace Kpio.Cli.Sandbox.Shadow;

/// <summary>What a shadow did from a snapshot on.</summary>
/// <param name="Events">What ended, as many as the live machine has at most.</param>
/// <param name="Output">What it wrote otherwise than the live machine, or null.</param>
/// <param name="Message">Why it could not be done, or ended in another way; or null.</param>
internal sealed record ShadowRun(List<TaskEvent> Events, string? Output, string? Message);

/// <summary>The candidate: machines with another system call interface, or other plugins, that go on from snapshots of the live one.</summary>
internal sealed class ShadowCandidate
{
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(1);
    private readonly RunOptions _options;
    private readonly PlainList<PluginSource> _plugins;
    private readonly AccessTimes _accessTimes;

    /// <summary>Reads <c>--shadow</c>: an interface as <c>--abi</c> has it, or <c>NAME=PATH</c> for a plugin, and compiles what is a source.</summary>
    public ShadowCandidate(RunOptions live, PluginFiles files, AccessTimes accessTimes)
    {
        _accessTimes = accessTimes;
        _options = live.Copy();
        string text = live.Shadow!;
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            AbiPart.Apply(_options, text);
            _plugins = PluginCatalog.For(_options, files);
            using Machine machine = Make(_plugins);
            return;
        }

        PlainList<PluginSource> own = PluginCatalog.For(_options, files);
        PluginSource other = files.Open(text[(equals + 1)..]);
        PluginSource replaced = Find(own, text[..equals]) ?? throw new UsageException($"--shadow {text}: there is no plugin '{text[..equals]}'");
        _plugins = new PlainList<PluginSource>();
        for (int i = 0; i < own.Count; i++)
            _plugins.Add(own[i] == replaced ? other : own[i]);
        try
        {
            using Machine machine = Make(_plugins);
        }
        catch (MachineSetupException) when (File.Exists(other.Path))
        {
            // It has only a part of what the other one does: then that stays, and the later one counts.
            _plugins = own;
            _plugins.Add(other);
            using Machine machine = Make(_plugins);
        }
    }

    private PluginSource? Find(PlainList<PluginSource> plugins, string name)
    {
        using Machine machine = Make(plugins);
        return machine.Plugins.FirstOrDefault(plugin => plugin.Manifest.Name == name)?.Source;
    }

    /// <summary>Makes a machine that runs nothing, so that what is wrong with plugins is told before anything runs.</summary>
    private Machine Make(PlainList<PluginSource> plugins)
    {
        using HostMachine host = HostMachine.Create();
        return MachineFactory.Create(_options, host, plugins, log: null, report: static _ => { });
    }

    /// <summary>Goes on from a snapshot.</summary>
    /// <param name="snapshot">Where from.</param>
    /// <param name="uses">What the live machine did with its streams from there on.</param>
    /// <param name="answers">What they answered when it asked.</param>
    /// <param name="console">The live machine's streams.</param>
    /// <param name="most">How many events the live machine had.</param>
    public ShadowRun Run(MachineSnapshot snapshot, List<StreamUse> uses, List<StreamAnswer> answers, IHostConsole console, int most)
    {
        var notes = new List<string>();
        var replay = new ReplayedConsole(console, uses, answers);
        using var waiter = new MemoryWaiter();
        using HostMachine host = HostMachine.Create(replay, waiter, terminal: null);
        host.Interpose(_accessTimes.Over, _accessTimes.Over);
        using Machine machine = MachineFactory.Create(_options, host, _plugins, log: null, report: notes.Add);
        var recorder = new CallRecorder(machine, most, isFromTheMiddle: true);
        machine.Restore(snapshot);
        MachineExit exit;
        using (new TimeLimit(machine, MostTime))
            exit = machine.Run();
        List<TaskEvent> events = recorder.TakeCompleted();
        if (exit.End == MachineEnd.TimedOut)
            notes.Add($"it has not come as far as the live machine within {MostTime.TotalSeconds:0} s");
        else if (exit.Message is { } message && exit.End != MachineEnd.Stopped)
            notes.Add(message);
        return new ShadowRun(events.Count > most ? events[..most] : events, replay.Difference, notes.Count > 0 ? string.Join("; ", notes) : null);
    }
}

using System.Diagnostics;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Cli.Testing.Running;

/// <summary>
/// Runs scenarios, each on a machine of its own with its streams in memory, which those with a setup start from the machine that it has left. May be used from several threads at the same time. Whatever
/// the guest does, and whatever happens to its machine, the scenario fails and nothing else.
/// </summary>
internal sealed class ScenarioRunner : IDisposable
{
    private readonly List<byte[]> _hostEnvironment;
    private readonly Preparations _preparations;
    private readonly MemoryPool _pool = new();
    private readonly bool _updates;
    private readonly bool _digests;

    /// <param name="hostEnvironment">The variables of this process: they tell which folder is the user's home.</param>
    /// <param name="updates">Whether expectations that are files are written instead of compared.</param>
    /// <param name="digests">Whether runs are to be compared with each other.</param>
    public ScenarioRunner(List<byte[]> hostEnvironment, bool updates, bool digests)
    {
        _hostEnvironment = hostEnvironment;
        _preparations = new Preparations(hostEnvironment, _pool);
        _updates = updates;
        _digests = digests;
    }

    /// <summary>What setups have made.</summary>
    public Preparations Preparations => _preparations;

    /// <summary>Gives the memory of its machines back.</summary>
    public void Dispose() => _pool.Dispose();

    /// <summary>Runs a scenario once.</summary>
    public ScenarioRun Run(Scenario scenario)
    {
        var run = new ScenarioRun();
        long begin = Stopwatch.GetTimestamp();
        try
        {
            Run(scenario, run);
        }
        catch (Exception e) when (e is UsageException or MachineSetupException)
        {
            run.Failures.Add(e.Message);
        }
        catch (Exception e)
        {
            run.Failures.Add($"defect in KPIO: {e}");
        }

        run.Duration = Stopwatch.GetElapsedTime(begin);
        return run;
    }

    private void Run(Scenario scenario, ScenarioRun run)
    {
        RunOptions options = scenario.Options;
        PreparedMachine? prepared = null;
        if (scenario.Setup is { } setup && (prepared = _preparations.Take(setup)).Failures.Count > 0)
        {
            run.Failures.AddRange(prepared.Failures);
            return;
        }

        using var parts = new ScenarioMachine(options, scenario.Input, scenario.Terminal, run.Notes, _pool, frames: prepared?.Frames);
        (Machine machine, ScriptedTerminal? terminal) = (parts.Machine, parts.Terminal);
        if (prepared is null)
            RootMounts.Apply(machine, options, scenario.Source.Folder, _hostEnvironment);
        else if (!prepared.GiveTo(parts, scenario, run.Failures))
            return;
        if (options.Injections.Count > 0)
            InjectionArgument.Apply(machine, options.Injections);
        var calls = new CallWatch(machine, [.. scenario.Expect.Must, .. scenario.Expect.Never], run.Failures);
        using TraceText? trace = scenario.Expect.Trace is null ? null : new TraceText(machine, ScenarioMachine.MostOutput, parts.TooMuch);
        using TraceDigest? digest = _digests && options.Deterministic ? new TraceDigest(machine) : null;
        var swaps = new SwapPlan(machine, scenario.Swaps, parts.Files);
        if (prepared is { HasProgram: true })
        {
            ScenarioMachine.Put(scenario.Files, options, machine.Files);
        }
        else if (!parts.Start(options, prepared is null ? options.Mounts : new(), scenario.Files, out string message))
        {
            run.Failures.Add(message);
            return;
        }

        terminal?.Begin();
        MachineExit exit;
        using (new TimeLimit(machine, scenario.TimeLimit))
            exit = machine.Run();

        run.Cycles = machine.Cycles;
        run.Digest = digest?.Value ?? "";
        run.Output = terminal?.Shown ?? parts.Console.Output;
        run.Error = parts.Console.Error;
        run.Failures.AddRange(swaps.Check());
        var check = new ExpectationCheck(scenario, run, _updates);
        check.End(exit, terminal);
        check.Output();
        check.Files(machine);
        check.Calls(calls);
        if (trace is not null)
            check.Trace(trace.Finish());
    }
}

using System.Diagnostics;
using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;

namespace Kpio.Cli.Testing.Running;

/// <summary>
/// Runs scenarios, each on a machine of its own with its streams in memory. May be used from several threads at the same time. Whatever
/// the guest does, and whatever happens to its machine, the scenario fails and nothing else.
/// </summary>
internal sealed class ScenarioRunner
{
    /// <summary>How much of each output, and of the trace, is kept: a program that prints without end is stopped there.</summary>
    private const int MostOutput = 64 << 20;

    private readonly List<byte[]> _hostEnvironment;
    private readonly bool _updates;
    private readonly bool _digests;

    /// <param name="hostEnvironment">The variables of this process: they tell which folder is the user's home.</param>
    /// <param name="updates">Whether expectations that are files are written instead of compared.</param>
    /// <param name="digests">Whether runs are to be compared with each other.</param>
    public ScenarioRunner(List<byte[]> hostEnvironment, bool updates, bool digests)
    {
        _hostEnvironment = hostEnvironment;
        _updates = updates;
        _digests = digests;
    }

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
        var console = new MemoryConsole(scenario.Input) { MostBytes = MostOutput };
        ScriptedTerminal? terminal = scenario.Terminal is { } script ? new ScriptedTerminal(script, MostOutput) : null;
        using var waiter = new MemoryWaiter();
        using HostMachine host = HostMachine.Create(console, waiter, terminal);
        var files = new PluginFiles(run.Notes.Add);
        using Machine machine = MachineFactory.Create(options, host, PluginCatalog.For(options, files), log: null, report: run.Notes.Add, idle: terminal is null ? null : terminal.OnIdle);
        Action tooMuch = () => machine.Stop(MachineEnd.Stopped, $"it wrote more than {MostOutput >> 20} MiB");
        console.Overflowed = tooMuch;
        if (terminal is not null)
            (terminal.Changed, terminal.Overflowed) = (machine.NotifyTerminal, tooMuch);

        RootMounts.Apply(machine, options, scenario.Source.Folder, _hostEnvironment);
        if (options.Injections.Count > 0)
            InjectionArgument.Apply(machine, options.Injections);
        var calls = new CallWatch(machine, [.. scenario.Expect.Must, .. scenario.Expect.Never], run.Failures);
        using TraceText? trace = scenario.Expect.Trace is null ? null : new TraceText(machine, MostOutput, tooMuch);
        using TraceDigest? digest = _digests && options.Deterministic ? new TraceDigest(machine) : null;
        var swaps = new SwapPlan(machine, scenario.Swaps, files);
        if (!Start(scenario, machine, run))
            return;
        terminal?.Begin();
        MachineExit exit;
        using (new TimeLimit(machine, scenario.TimeLimit))
            exit = machine.Run();

        run.Cycles = machine.Cycles;
        run.Digest = digest?.Value ?? "";
        run.Output = terminal?.Shown ?? console.Output;
        run.Error = console.Error;
        run.Failures.AddRange(swaps.Check());
        var check = new ExpectationCheck(scenario, run, _updates);
        check.End(exit, terminal);
        check.Output();
        check.Files(machine);
        check.Calls(calls);
        if (trace is not null)
            check.Trace(trace.Finish());
    }

    private static bool Start(Scenario scenario, Machine machine, ScenarioRun run)
    {
        RunOptions options = scenario.Options;
        List<byte[]> environment = GuestEnvironment.CreatePlain(options);
        Errno error = machine.Start(
            new ProgramRequest
            {
                Path = GuestStrings.Encode(options.Program),
                SearchPath = GuestEnvironment.SearchPath(environment),
                Arguments = [.. options.Arguments.Select(GuestStrings.Encode)],
                Environment = environment,
                Mounts = RootMounts.Describe(options),
                Prepare = files => PutFiles(scenario, files),
                WorkingDirectory = GuestStrings.Encode(options.WorkingDirectory!),
                Credentials = Credentials.Of(options.User, options.Group),
            },
            out string culprit);
        if (error == Errno.None)
            return true;
        StartFailure.Explain(machine, options, culprit, error, out string message);
        run.Failures.Add($"the program could not be started: {message}");
        return false;
    }

    private static Errno PutFiles(Scenario scenario, MachineFiles files)
    {
        const uint PlainFile = 0x1A4; // 0644
        const uint PlainDirectory = 0x1ED; // 0755
        (uint user, uint group) = (scenario.Options.User, scenario.Options.Group);
        foreach (GuestFile file in scenario.Files)
        {
            byte[] path = GuestStrings.Encode(file.Path);
            Errno error;
            try
            {
                error = file switch
                {
                    { Content: { } content } => files.Write(path, content.Read(), file.Permissions ?? PlainFile, user, group),
                    { Link: { } target } => files.MakeLink(path, GuestStrings.Encode(target)),
                    _ => files.MakeDirectory(path, file.Permissions ?? PlainDirectory, user, group),
                };
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"{file.Content?.Path}: {ErrorText.Of(e)}", e);
            }

            if (error != Errno.None)
                throw new UsageException($"file {file.Path} cannot be made: {ErrorText.Of(error)}");
        }

        return Errno.None;
    }
}

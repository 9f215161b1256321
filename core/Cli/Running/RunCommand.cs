using System.Runtime.CompilerServices;
using Kpio.Cli.Checkpointing;
using Kpio.Cli.Plugins;
using Kpio.Cli.Swapping;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary><c>kpio run</c>: boots a machine, starts the program in it, and ends with its exit code.</summary>
internal static class RunCommand
{
    private const int OwnFailure = 125;

    private delegate RunOptions ArgumentParser(ReadOnlySpan<string> arguments, List<byte[]> environment);

    /// <summary>Runs the program and ends the process, at once where nobody watches the runtime.</summary>
    public static int ExecuteAndEnd(ReadOnlySpan<string> arguments, List<byte[]> environment)
    {
        int code = Execute(arguments, environment);

        // Event pipes and profilers write what they have gathered at the runtime's own end.
        if (!GuestStrings.IsWatched(environment))
            HostProcess.End(code);
        return code;
    }

    /// <summary>Runs the program and answers the exit code.</summary>
    public static int Execute(ReadOnlySpan<string> arguments) => Execute(arguments, GuestStrings.ReadEnvironment());

    /// <summary>Goes on with a machine that was kept, and ends the process.</summary>
    public static int RestoreAndEnd(ReadOnlySpan<string> arguments, List<byte[]> environment)
    {
        int code = Execute(arguments, environment, static (arguments, _) => RestoreArguments.Parse(arguments));
        if (!GuestStrings.IsWatched(environment))
            HostProcess.End(code);
        return code;
    }

    private static int Execute(ReadOnlySpan<string> arguments, List<byte[]> environment) =>
        Execute(arguments, environment, static (arguments, environment) => RunArguments.Parse(arguments, environment));

    private static int Execute(ReadOnlySpan<string> arguments, List<byte[]> environment, ArgumentParser parse)
    {
        using HostMachine host = HostMachine.Create();
        using var error = new ErrorWriter(host.Console, host.Waiter, host.Terminal);
        try
        {
            return Run(parse(arguments, environment), host, error, environment);
        }
        catch (Exception e) when (e is UsageException or MachineSetupException)
        {
            error.WriteLine($"kpio: {e.Message}");
            return OwnFailure;
        }
        catch (Exception e)
        {
            error.WriteLine($"kpio: defect in KPIO: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            if (Environment.GetEnvironmentVariable("KPIO_VERBOSE") is { Length: > 0 } || arguments.Contains("--verbose"))
                error.WriteLine(e.ToString());
            return OwnFailure;
        }
    }

    private static int Run(RunOptions options, HostMachine host, ErrorWriter error, List<byte[]> hostEnvironment)
    {
        if (options.Shadow is not null)
            return RunShadowed(options, host, error, hostEnvironment);

        // DESIGN §7: the log is shown when somebody looks for it; the seed's own variant always has its console.
        bool showsLog = options.Verbose || options.Trace || options.Abi == "kpio-tier-a";
        Action<string> report = message => error.WriteLine($"kpio: {message}");
        var files = new PluginFiles(report);
        using Machine machine = MachineFactory.Create(options, host, PluginCatalog.For(options, files), showsLog ? report : null, report);
        if (options.Restored is null)
            GuestStart.MountRoot(machine, options, hostEnvironment);

        using RunTracing? tracing = options.Trace || options.Statistics ? new RunTracing(machine, options, error) : null;
        if (options.Injections.Count > 0)
            InjectionArgument.Apply(machine, options.Injections);
        if (options.Restored is not null)
            Restore(machine, options);
        else if (Start(machine, options, hostEnvironment, error) is var code && code != 0)
            return code;

        if (options.CoreFolder is not null)
            WriteCores(machine, options, error);
        if (options.Checkpoints.Count > 0)
            PlanCheckpoints(machine, options, error);
        using IDisposable? debugging = options.Gdb is null ? null : StartDebugging(machine, options, error);
        using RunSwapping? swapping = options.ChangesPlugins ? StartSwapping(machine, options, files, tracing, error, showsLog ? report : null) : null;
        using var signals = new InteractiveSignals(machine, MachineFactory.UsesTerminal(options, host) ? host.TerminalControl : null);
        using IDisposable? timer = options.Timeout is { } time ? StopAfter(time, machine) : null;
        MachineExit exit = machine.Run();
        swapping?.Dispose();
        tracing?.Finish();
        if (exit.Message is { } text)
            error.WriteLine($"kpio: {text}");
        return exit.ExitCode;
    }

    /// <summary>Starts the program; anything but 0 is the exit code of a run that has not begun.</summary>
    private static int Start(Machine machine, RunOptions options, List<byte[]> hostEnvironment, ErrorWriter error)
    {
        int code = GuestStart.Begin(machine, options, hostEnvironment, out string message);
        if (code != 0)
            error.WriteLine($"kpio: {message}");
        return code;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Restore(Machine machine, RunOptions options) => options.Restored!.Restore(machine);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PlanCheckpoints(Machine machine, RunOptions options, ErrorWriter error) =>
        new CheckpointWriter(machine, options).Plan(message => error.WriteLine($"kpio: {message}"));

    // Apart, so that the timer's types are loaded only where they are needed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Timer StopAfter(TimeSpan time, Machine machine) =>
        new(_ => machine.Stop(MachineEnd.TimedOut, $"the time of {time.TotalSeconds:0.###} s is over"), null, time, Timeout.InfiniteTimeSpan);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteCores(Machine machine, RunOptions options, ErrorWriter error) => RunDebugging.WriteCores(machine, options, error);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RunSwapping StartSwapping(Machine machine, RunOptions options, PluginFiles files, RunTracing? tracing, ErrorWriter error, Action<string>? log) =>
        RunSwapping.Start(machine, options, files, tracing?.Statistics, error, log);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunShadowed(RunOptions options, HostMachine host, ErrorWriter error, List<byte[]> hostEnvironment) =>
        Sandbox.Shadow.ShadowCommand.Run(options, host, error, hostEnvironment);

    /// <summary>Not inlined, so that nothing of the debugger is loaded where it is not used.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RunDebugging StartDebugging(Machine machine, RunOptions options, ErrorWriter error) => RunDebugging.Start(machine, options, error);
}

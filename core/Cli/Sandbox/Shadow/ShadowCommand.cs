using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Cli.Testing.Running;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Platform.Host;

namespace Kpio.Cli.Sandbox.Shadow;

/// <summary><c>kpio run --shadow</c>: a deterministic run with a candidate that does the same beside it.</summary>
internal static class ShadowCommand
{
    /// <summary>Runs the program and answers the exit code.</summary>
    /// <exception cref="UsageException">Something cannot be had together with a shadow.</exception>
    public static int Run(RunOptions options, HostMachine host, ErrorWriter error, List<byte[]> hostEnvironment)
    {
        Check(options);
        options.Deterministic = true;
        options.Trace = true; // loads the tracers' plugin
        Action<string> report = message => error.WriteLine($"kpio: {message}");
        var files = new PluginFiles(report);
        var streams = new StreamLog();
        var accessTimes = new AccessTimes();
        host.Interpose(console => new LoggedConsole(console, streams));
        host.Interpose(accessTimes.Over, accessTimes.Over);
        var candidate = new ShadowCandidate(options, files, accessTimes);
        using Machine machine = MachineFactory.Create(options, host, PluginCatalog.For(options, files), log: null, report);
        GuestStart.MountRoot(machine, options, hostEnvironment);
        int code = GuestStart.Begin(machine, options, hostEnvironment, out string message);
        if (code != 0)
        {
            error.WriteLine($"kpio: {message}");
            return code;
        }

        return Run(options, machine, candidate, host, streams, report);
    }

    private static int Run(RunOptions options, Machine machine, ShadowCandidate candidate, HostMachine host, StreamLog streams, Action<string> report)
    {
        try
        {
            var session = new ShadowSession(machine, candidate, options.Shadow!, host.Console, streams, options.ShadowStops, report);
            machine.CaptureAfter(options.ShadowEvery, repeats: true, session.Compare);
            MachineExit exit;
            using (options.Timeout is { } time ? new TimeLimit(machine, time) : null)
                exit = machine.Run();
            session.Compare(null);
            if (exit.Message is { } text)
                report(text);
            (int stretches, long events, int different) = session.Counts;
            report($"shadow {options.Shadow}: {events} events in {stretches} stretch{(stretches == 1 ? "" : "es")} are the same; {(different == 0 ? "no stretch differs" : $"{different} stretch{(different == 1 ? " differs" : "es differ")}")}");
            return exit.ExitCode;
        }
        catch (SnapshotException e)
        {
            throw new UsageException($"--shadow {options.Shadow}: {e.Message}", e);
        }
    }

    private static void Check(RunOptions options)
    {
        string? other = options switch
        {
            { Trace: true } => "--trace",
            { Statistics: true } => "--stats",
            { Gdb: not null } => "--gdb",
            { CoreFolder: not null } => "--core",
            { ChangesPlugins: true } => "--swap, --swap-every, --control and --watch",
            { Injections.Count: > 0 } => "--inject",
            { Clock: ClockSource.Virtual } => "--clock",
            _ => null,
        };
        if (other is not null)
            throw new UsageException($"--shadow cannot be had together with {other}");
        foreach (MountChoice mount in options.Mounts)
        {
            if (mount.Type == "host" && !mount.ReadOnly)
                throw new UsageException($"--shadow cannot be had together with --mount {mount.Source}:{mount.Target}:rw: what the shadow does there would be done twice");
        }
    }
}

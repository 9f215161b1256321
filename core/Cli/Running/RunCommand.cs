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

    public static int Execute(ReadOnlySpan<string> arguments)
    {
        using HostMachine host = HostMachine.Create();
        using var error = new ErrorWriter(host.Console, host.Waiter);
        try
        {
            return Run(RunArguments.Parse(arguments), host, error);
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

    private static int Run(RunOptions options, HostMachine host, ErrorWriter error)
    {
        // DESIGN §7: the log is shown when somebody looks for it; the seed's own variant always has its console.
        bool showsLog = options.Verbose || options.Trace || options.Abi == "kpio-tier-a";
        Action<string> report = message => error.WriteLine($"kpio: {message}");
        using Machine machine = MachineFactory.Create(options, host, PluginCatalog.For(options), showsLog ? report : null, report);
        options.WorkingDirectory ??= options.Root == "host" ? Environment.CurrentDirectory : "/";
        RootMounts.Apply(machine, options, options.Root == "host" ? Path.GetFullPath(options.WorkingDirectory) : "/");

        using var tracing = new RunTracing(machine, options, error);
        List<byte[]> environment = GuestEnvironment.Create(options);
        byte[][] arguments = GuestStrings.EncodeArguments(options.Arguments);
        Errno result = machine.Start(
            new ProgramRequest
            {
                Path = arguments[0],
                SearchPath = GuestEnvironment.SearchPath(environment),
                Arguments = arguments,
                Environment = environment,
                Mounts = RootMounts.Describe(options),
                WorkingDirectory = GuestStrings.Encode(options.WorkingDirectory),
                Credentials = Contracts.Process.Credentials.Of(options.User, options.Group),
            },
            out string culprit);
        if (result != Errno.None)
        {
            int code = StartFailure.Explain(machine, options, culprit, result, out string message);
            error.WriteLine($"kpio: {message}");
            return code;
        }

        using var signals = new InteractiveSignals(machine);
        using Timer? timer = options.Timeout is { } time
            ? new Timer(_ => machine.Stop(MachineEnd.TimedOut, $"the time of {time.TotalSeconds:0.###} s is over"), null, time, Timeout.InfiniteTimeSpan)
            : null;
        MachineExit exit = machine.Run();
        tracing.Finish();
        if (exit.Message is { } text)
            error.WriteLine($"kpio: {text}");
        return exit.ExitCode;
    }
}

using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Cli.Testing.Running;

/// <summary>A machine with its streams in memory, on which a scenario or a setup runs.</summary>
internal sealed class ScenarioMachine : IDisposable
{
    /// <summary>How much of each output, and of the trace, is kept: a program that prints without end is stopped there.</summary>
    public const int MostOutput = 64 << 20;

    private readonly MemoryWaiter _waiter = new();
    private readonly HostMachine _host;

    /// <summary>Puts the machine together; nothing is mounted, and it has no program.</summary>
    /// <param name="options">The machine.</param>
    /// <param name="input">What standard input gives.</param>
    /// <param name="script">The terminal, or null.</param>
    /// <param name="notes">Takes what KPIO has to say of the run.</param>
    /// <param name="idle">Called when every task sleeps and the user at the terminal has nothing to do; true when it has asked something of the machine.</param>
    /// <param name="pool">Where its memory comes from and goes to.</param>
    /// <param name="frames">The frames of the machine that it is to become; null for memory of its own.</param>
    public ScenarioMachine(RunOptions options, byte[] input, TerminalScript? script, List<string> notes, MemoryPool pool, Func<bool>? idle = null, FrameStore? frames = null)
    {
        Console = new MemoryConsole(input) { MostBytes = MostOutput };
        Terminal = script is null ? null : new ScriptedTerminal(script, MostOutput);
        Files = new PluginFiles(notes.Add);
        _host = HostMachine.Create(Console, _waiter, Terminal);
        try
        {
            Machine = MachineFactory.Create(options, _host, PluginCatalog.For(options, Files), log: null, report: notes.Add, idle: WhenIdle(Terminal, idle), frames, pool);
        }
        catch
        {
            _host.Dispose();
            _waiter.Dispose();
            throw;
        }

        Console.Overflowed = TooMuch;
        if (Terminal is not null)
            (Terminal.Changed, Terminal.Overflowed) = (Machine.NotifyTerminal, TooMuch);
    }

    /// <summary>The machine.</summary>
    public Machine Machine { get; }

    /// <summary>Its standard streams when there is no terminal.</summary>
    public MemoryConsole Console { get; }

    /// <summary>Its terminal, or null.</summary>
    public ScriptedTerminal? Terminal { get; }

    /// <summary>Its plugins' files.</summary>
    public PluginFiles Files { get; }

    /// <summary>Ends the machine because it has written too much.</summary>
    public void TooMuch() => Machine.Stop(MachineEnd.Stopped, $"it wrote more than {MostOutput >> 20} MiB");

    /// <summary>Starts a program.</summary>
    /// <param name="options">The program.</param>
    /// <param name="mounts">Further mounts.</param>
    /// <param name="files">What is put into the guest's tree before.</param>
    /// <param name="message">Why it could not be started.</param>
    public bool Start(RunOptions options, PlainList<MountChoice> mounts, IReadOnlyList<GuestFile> files, out string message)
    {
        List<byte[]> environment = GuestEnvironment.CreatePlain(options);
        Errno error = Machine.Start(
            new ProgramRequest
            {
                Path = GuestStrings.Encode(options.Program),
                SearchPath = GuestEnvironment.SearchPath(environment),
                Arguments = [.. options.Arguments.Select(GuestStrings.Encode)],
                Environment = environment,
                Mounts = RootMounts.Describe(mounts),
                Prepare = tree => Put(files, options, tree),
                WorkingDirectory = GuestStrings.Encode(options.WorkingDirectory!),
                Credentials = Credentials.Of(options.User, options.Group),
            },
            out string culprit);
        message = "";
        if (error == Errno.None)
            return true;
        StartFailure.Explain(Machine, options, culprit, error, out string reason);
        message = $"the program could not be started: {reason}";
        return false;
    }

    /// <summary>Puts files into the guest's tree.</summary>
    /// <exception cref="UsageException">One cannot be made.</exception>
    public static Errno Put(IReadOnlyList<GuestFile> made, RunOptions options, MachineFiles files)
    {
        const uint PlainFile = 0x1A4; // 0644
        const uint PlainDirectory = 0x1ED; // 0755
        (uint user, uint group) = (options.User, options.Group);
        foreach (GuestFile file in made)
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

    public void Dispose()
    {
        Machine.Dispose();
        _host.Dispose();
        _waiter.Dispose();
    }

    private static Func<bool>? WhenIdle(ScriptedTerminal? terminal, Func<bool>? idle)
    {
        if (terminal is null || idle is null)
            return terminal is null ? idle : terminal.OnIdle;
        return () => terminal.OnIdle() || idle();
    }
}

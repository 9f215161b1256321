using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Kpio.Debugger.Cores;
using Kpio.Debugger.Server;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Running;

/// <summary>The stub for gdb that a run was asked for, with its <c>monitor</c> commands. In a class of its own: without <c>--gdb</c> its assembly is not loaded.</summary>
internal sealed class RunDebugging : IDisposable
{
    private readonly Machine _machine;
    private readonly TraceSwitch _trace;
    private readonly GdbServer _server;

    private RunDebugging(Machine machine, RunOptions options, ErrorWriter error, GdbEndpoint endpoint)
    {
        _machine = machine;
        _trace = new TraceSwitch(machine, options.TraceFormat, error);
        _server = new GdbServer(
            endpoint,
            message => error.WriteLine($"kpio: {message}"),
            [
                new MonitorCommand("stats", "how much the machine has done", _ => DescribeWork()),
                new MonitorCommand("trace", "trace on, trace off: system calls on kpio's standard error", SwitchTrace),
                new MonitorCommand("plugins", "the plugins that are loaded", _ => DescribePlugins()),
            ]);
    }

    /// <summary>Listens as <c>--gdb</c> says.</summary>
    public static RunDebugging Start(Machine machine, RunOptions options, ErrorWriter error)
    {
        GdbEndpoint endpoint = GdbEndpoint.Parse(options.Gdb!) ?? throw new UsageException($"--gdb {options.Gdb}: use a port below 65536, or the path of a socket");
        var debugging = new RunDebugging(machine, options, error, endpoint);
        try
        {
            debugging._server.Start(machine);
            return debugging;
        }
        catch (SocketException e)
        {
            debugging.Dispose();
            throw new UsageException($"--gdb {options.Gdb}: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Has core files written as <c>--core</c> says.</summary>
    public static void WriteCores(Machine machine, RunOptions options, ErrorWriter error)
    {
        string folder = Path.GetFullPath(options.CoreFolder!);
        if (!Directory.Exists(folder))
            throw new UsageException($"--core {options.CoreFolder}: there is no such folder");
        machine.WriteCores(new CoreFolder(folder, machine.Slots, message => error.WriteLine($"kpio: {message}")));
    }

    public void Dispose()
    {
        _trace.Flush();
        _server.Dispose();
    }

    private string DescribeWork() => string.Create(
        CultureInfo.InvariantCulture, $"{_machine.Instructions} instructions, {_machine.Cycles} cycles, {_machine.Tasks.Count} tasks");

    private string DescribePlugins()
    {
        var text = new StringBuilder();
        foreach (PluginGeneration plugin in _machine.Plugins)
            text.Append(CultureInfo.InvariantCulture, $"{plugin.Manifest.Name} {plugin.Manifest.Version}\n");
        return text.ToString();
    }

    private string SwitchTrace(IReadOnlyList<string> words) => (words.Count == 1 ? words[0] : "") switch
    {
        "on" => _trace.TurnOn() ?? "",
        "off" => _trace.TurnOff() ?? "",
        _ => "use: trace on, or trace off",
    };
}

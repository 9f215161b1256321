using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Kernel;
using Kpio.Platform.Host;

namespace Kpio.Cli.Commands;

/// <summary>A machine that runs nothing: for commands that only ask the plugins what they are.</summary>
internal static class CatalogMachine
{
    public static T Ask<T>(RunOptions options, Func<Machine, T> question)
    {
        using HostMachine host = HostMachine.Create();
        options.MemoryBytes = 64L << 20;
        var files = new PluginFiles(static message => Console.Error.WriteLine($"kpio: {message}"));
        using Machine machine = MachineFactory.Create(options, host, PluginCatalog.All(options, files), log: null, report: static _ => { });
        return question(machine);
    }
}

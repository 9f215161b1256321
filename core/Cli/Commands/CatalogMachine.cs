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
        using Machine machine = MachineFactory.Create(options, host, PluginCatalog.All(options), log: null, report: static _ => { });
        return question(machine);
    }
}

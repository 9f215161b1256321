using Kpio.Kernel;

namespace Kpio.Testing;

/// <summary>The product's own plugins, which lie beside the tests.</summary>
public static class BuiltInPlugins
{
    /// <summary>Those that every machine needs: <c>Vfs</c>, <c>Memory</c>, <c>Process</c>, <c>LinuxAbi</c>.</summary>
    public static IReadOnlyList<string> Required { get; } = ["Vfs", "Memory", "Process", "LinuxAbi"];

    /// <summary>The path of one of them by its short name (<c>Vfs</c>, <c>Tracing</c>, <c>KpioTierA</c>).</summary>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    public static string Path(string name)
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, $"Kpio.Plugins.{name}.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no built-in plugin '{name}'.", path);
    }

    /// <summary>One of them, loaded for good.</summary>
    public static PluginSource Open(string name) => PluginSource.BuiltIn(Path(name));

    /// <summary>One of them, loaded as somebody's: in a context of its own, that is collected when it was replaced.</summary>
    public static PluginSource OpenUnloadable(string name) => PluginSource.Assembly(Path(name));

    internal static MachinePlatform CreatePlatform(Contracts.Process.MachineOptions options, Contracts.Process.IEntropySource entropy)
    {
        var machine = new Platform.X64.X64Machine(options.MemoryBytes, entropy.Fill) { Model = options.Cpu };
        return new MachinePlatform
        {
            Memory = machine.PhysicalMemory,
            Mmu = machine.Mmu,
            GuestMemory = machine.GuestMemory,
            Timing = machine.Timing,
            CreateCpu = machine.CreateCpu,
            Release = machine.Dispose,
        };
    }
}

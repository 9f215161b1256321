using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>The product's own plugins: assemblies in <c>plugins/</c> beside the command, found by their path alone.</summary>
internal static class PluginCatalog
{
    private static readonly string[] Required = ["Vfs", "Memory", "Process", "LinuxAbi"];

    /// <summary>Those that a run needs. Variants and tracers are loaded when they are asked for: each assembly costs time at start.</summary>
    public static List<PluginSource> For(RunOptions options)
    {
        var plugins = new List<PluginSource>();
        foreach (string name in Required)
            plugins.Add(BuiltIn(name));
        if (options.Abi is "kpio-tier-a")
            plugins.Add(BuiltIn("KpioTierA"));
        if (options.Trace || options.Statistics)
            plugins.Add(BuiltIn("Tracing"));
        foreach (string path in options.Plugins)
            plugins.Add(PluginSource.Assembly(Path.GetFullPath(path)));
        if (options.Abi is { } abi && IsPath(abi))
            plugins.Add(PluginSource.Assembly(Path.GetFullPath(abi)));
        return plugins;
    }

    /// <summary>Every plugin that is there.</summary>
    public static List<PluginSource> All()
    {
        List<PluginSource> plugins = [.. Required.Select(BuiltIn)];
        foreach (string name in (string[])["KpioTierA", "Tracing"])
        {
            PluginSource plugin = BuiltIn(name);
            if (File.Exists(plugin.Path))
                plugins.Add(plugin);
        }

        return plugins;
    }

    /// <summary>Whether <c>--abi</c> names an assembly.</summary>
    public static bool IsPath(string abi) => abi.Contains('/', StringComparison.Ordinal) || abi.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    private static PluginSource BuiltIn(string name) =>
        PluginSource.BuiltIn(Path.Combine(AppContext.BaseDirectory, "plugins", $"Kpio.Plugins.{name}.dll"));
}

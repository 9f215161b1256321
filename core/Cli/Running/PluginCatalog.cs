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
        if (options.Abi is { } variant and not "linux" && !IsPath(variant))
            plugins.Add(BuiltIn("KpioTierA"));
        if (options.Trace || options.Statistics || options.Gdb is not null)
            plugins.Add(BuiltIn("Tracing"));
        AddForeign(plugins, options);
        return plugins;
    }

    /// <summary>Every plugin that is there, and those that the options name.</summary>
    public static List<PluginSource> All(RunOptions options)
    {
        List<PluginSource> plugins = [.. Required.Select(BuiltIn)];
        foreach (string name in (string[])["KpioTierA", "Tracing"])
        {
            PluginSource plugin = BuiltIn(name);
            if (File.Exists(plugin.Path))
                plugins.Add(plugin);
        }

        AddForeign(plugins, options);
        return plugins;
    }

    /// <summary>The plugin that <c>--abi PATH</c> names.</summary>
    public static PluginSource? FindAbi(IList<PluginSource> plugins, RunOptions options)
    {
        if (options.Abi is not { } abi || !IsPath(abi))
            return null;
        string path = Path.GetFullPath(abi);
        foreach (PluginSource plugin in plugins)
        {
            if (!plugin.IsBuiltIn && plugin.Path == path)
                return plugin;
        }

        return null;
    }

    /// <summary>Whether <c>--abi</c> names an assembly.</summary>
    public static bool IsPath(string abi) => abi.Contains('/', StringComparison.Ordinal) || abi.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);

    private static void AddForeign(List<PluginSource> plugins, RunOptions options)
    {
        foreach (string path in options.Plugins)
            plugins.Add(PluginSource.Assembly(Path.GetFullPath(path)));
        if (options.Abi is { } abi && IsPath(abi) && !options.Plugins.Exists(path => Path.GetFullPath(path) == Path.GetFullPath(abi)))
            plugins.Add(PluginSource.Assembly(Path.GetFullPath(abi)));
    }

    private static PluginSource BuiltIn(string name) =>
        PluginSource.BuiltIn(Path.Combine(AppContext.BaseDirectory, "plugins", $"Kpio.Plugins.{name}.dll"));
}

using System.Runtime.CompilerServices;
using Kpio.Cli.Plugins;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>The product's own plugins: assemblies in <c>plugins/</c> beside the command, found by their path alone.</summary>
internal static class PluginCatalog
{
    private static readonly string[] Required = ["Vfs", "Memory", "Process", "LinuxAbi"];

    /// <summary>Those that a run needs. Variants and tracers are loaded when they are asked for: each assembly costs time at start.</summary>
    public static List<PluginSource> For(RunOptions options, PluginFiles files)
    {
        var plugins = new List<PluginSource>();
        foreach (string name in Required)
            plugins.Add(BuiltIn(name));
        if (options.Abi is { } variant and not "linux" && !IsPath(variant))
            plugins.Add(BuiltIn("KpioTierA"));
        if (options.Trace || options.Statistics || options.Gdb is not null || options.Control is not null)
            plugins.Add(BuiltIn("Tracing"));
        if (options.Plugins.Count > 0 || options.Abi is not null)
            AddForeign(plugins, options, files);
        return plugins;
    }

    /// <summary>Every plugin that is there, and those that the options name.</summary>
    public static List<PluginSource> All(RunOptions options, PluginFiles files)
    {
        List<PluginSource> plugins = [.. Required.Select(BuiltIn)];
        foreach (string name in (string[])["KpioTierA", "Tracing"])
        {
            PluginSource plugin = BuiltIn(name);
            if (File.Exists(plugin.Path))
                plugins.Add(plugin);
        }

        if (options.Plugins.Count > 0 || options.Abi is not null)
            AddForeign(plugins, options, files);
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

    /// <summary>Whether <c>--abi</c> names a file, and not an interface.</summary>
    public static bool IsPath(string abi) =>
        abi.Contains('/', StringComparison.Ordinal) || abi.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || PluginFiles.IsSource(abi);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddForeign(List<PluginSource> plugins, RunOptions options, PluginFiles files)
    {
        foreach (string path in options.Plugins)
            plugins.Add(files.Open(path));
        if (options.Abi is { } abi && IsPath(abi) && !options.Plugins.Exists(path => Path.GetFullPath(path) == Path.GetFullPath(abi)))
            plugins.Add(files.Open(abi));
    }

    private static PluginSource BuiltIn(string name) =>
        PluginSource.BuiltIn(Path.Combine(AppContext.BaseDirectory, "plugins", $"Kpio.Plugins.{name}.dll"));
}

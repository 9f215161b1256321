using System.Runtime.CompilerServices;
using Kpio.Cli.Plugins;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>The product's own plugins: assemblies in <c>plugins/</c> beside the command, found by their path alone.</summary>
internal static class PluginCatalog
{
    private static readonly string[] Required = ["Vfs", "Memory", "Process", "LinuxAbi"];

    /// <summary>Those that a run needs. Variants and tracers are loaded when they are asked for: each assembly costs time at start.</summary>
    public static PlainList<PluginSource> For(RunOptions options, PluginFiles files)
    {
        var plugins = new PlainList<PluginSource>();
        foreach (string name in Required)
            plugins.Add(BuiltIn(name));
        if (UsesVariants(options))
            plugins.Add(BuiltIn("KpioTierA"));
        if (options.Trace || options.Statistics || options.Injections.Count > 0 || options.Gdb is not null || options.Control is not null)
            plugins.Add(BuiltIn("Tracing"));
        if (options.Plugins.Count > 0 || options.Abi is not null || options.Tiers.Count > 0)
            AddForeign(plugins, options, files);
        return plugins;
    }

    /// <summary>Every plugin that is there, and those that the options name.</summary>
    public static PlainList<PluginSource> All(RunOptions options, PluginFiles files)
    {
        PlainList<PluginSource> plugins = [.. Required.Select(BuiltIn)];
        foreach (string name in (string[])["KpioTierA", "Tracing"])
        {
            PluginSource plugin = BuiltIn(name);
            if (File.Exists(plugin.Path))
                plugins.Add(plugin);
        }

        if (options.Plugins.Count > 0 || options.Abi is not null || options.Tiers.Count > 0)
            AddForeign(plugins, options, files);
        return plugins;
    }

    /// <summary>The tiers of the system call interface that the options choose, of a machine with these plugins.</summary>
    public static PlainList<AbiTier> Tiers(PlainList<PluginSource> plugins, RunOptions options)
    {
        var tiers = new PlainList<AbiTier>();
        foreach (AbiPart part in AbiPart.All(options))
            tiers.Add(part.Selection is { } selection ? AbiTier.Only(selection) : part.IsFile ? AbiTier.Of(Find(plugins, part.Text)) : AbiTier.Named(part.Text));
        return tiers;
    }

    /// <summary>Whether <c>--abi</c> names a file, and not an interface.</summary>
    public static bool IsPath(string abi) => AbiPart.IsPath(abi);

    private static PluginSource Find(PlainList<PluginSource> plugins, string file)
    {
        string path = Path.GetFullPath(file);
        foreach (PluginSource plugin in plugins)
        {
            if (!plugin.IsBuiltIn && plugin.Path == path)
                return plugin;
        }

        throw new UsageException($"{file} is not among the plugins that are loaded");
    }

    private static bool UsesVariants(RunOptions options)
    {
        if (options.Abi is null && options.Tiers.Count == 0)
            return false;
        foreach (AbiPart part in AbiPart.All(options))
        {
            if (part.Selection is null && !part.IsFile && part.Text != "linux")
                return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddForeign(PlainList<PluginSource> plugins, RunOptions options, PluginFiles files)
    {
        var loaded = new HashSet<string>();
        foreach (string path in options.Plugins)
        {
            loaded.Add(Path.GetFullPath(path));
            plugins.Add(files.Open(path));
        }

        foreach (AbiPart part in AbiPart.All(options))
        {
            if (part.IsFile && loaded.Add(Path.GetFullPath(part.Text)))
                plugins.Add(files.Open(part.Text));
        }
    }

    private static PluginSource BuiltIn(string name) =>
        PluginSource.BuiltIn(Path.Combine(AppContext.BaseDirectory, "plugins", $"Kpio.Plugins.{name}.dll"));
}

using Kpio.Contracts.Plugins;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;

namespace Kpio.HotSwap.Tests;

/// <summary>
/// Two versions of the product's plugins, both compiled from source, that take turns: 1.1 and 1.2. Loaded in contexts that are unloaded when the
/// generation is retired, or taken once more from an assembly that is there.
/// </summary>
internal sealed class SwapVersions
{
    private static readonly string[] Versions = ["old", "new"];

    private readonly string _folder;
    private readonly string[] _plugins;
    private readonly PluginSource[]?[] _kept = new PluginSource[]?[Versions.Length];
    private int _turn;

    /// <summary>Compiles both versions of some plugins.</summary>
    public SwapVersions(string folder, params string[] plugins)
    {
        _folder = folder;
        _plugins = plugins;
        for (int i = 0; i < Versions.Length; i++)
        {
            foreach (string plugin in plugins)
                SourceVersions.Compile(plugin, i + 1, Path.Combine(folder, Versions[i]));
        }
    }

    /// <summary>All plugins in the other version.</summary>
    /// <param name="isLoaded">Whether their assemblies are loaded anew; else the services are made once more from those that were kept.</param>
    public List<PluginSwap> Next(bool isLoaded)
    {
        int version = _turn++ % Versions.Length;
        IEnumerable<PluginSource> sources = isLoaded
            ? _plugins.Select(plugin => PluginSource.Assembly(PathOf(version, plugin)))
            : _kept[version] ??= [.. _plugins.Select(plugin => Keep(PathOf(version, plugin)))];
        return [.. sources.Select(static source => new PluginSwap(source))];
    }

    private static PluginSource Keep(string path)
    {
        Type type = PluginSource.Assembly(path).LoadPlugin().GetType();
        return PluginSource.Instance(() => (IKernelPlugin)Activator.CreateInstance(type)!);
    }

    private string PathOf(int version, string plugin) => Path.Combine(_folder, Versions[version], $"Kpio.Plugins.{plugin}.dll");
}

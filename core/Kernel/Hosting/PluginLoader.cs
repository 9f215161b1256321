using System.Reflection;
using System.Runtime.Loader;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// Loads a plugin assembly with what it depends on. The shape is that of McMaster.NETCore.Plugins' loader, which the package source
/// does not serve, so that it can take this one's place; <see cref="PluginConfig.UseDefaultContext"/> is KPIO's own addition.
/// </summary>
public sealed class PluginLoader : IDisposable
{
    private readonly PluginConfig _config;
    private PluginLoadContext? _context;

    private PluginLoader(PluginConfig config) => _config = config;

    /// <summary>Whether <see cref="Dispose"/> unloads the assembly once nothing refers to it any more.</summary>
    public bool IsUnloadable => _config.IsUnloadable && !_config.UseDefaultContext;

    /// <summary>Makes a loader for the assembly at <paramref name="assemblyFile"/>, an absolute path.</summary>
    public static PluginLoader CreateFromAssemblyFile(string assemblyFile, Action<PluginConfig> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var config = new PluginConfig(assemblyFile);
        configure(config);
        return new PluginLoader(config);
    }

    /// <summary>Loads the plugin's own assembly.</summary>
    public Assembly LoadDefaultAssembly()
    {
        if (_config.UseDefaultContext)
            return AssemblyLoadContext.Default.LoadFromAssemblyPath(_config.MainAssemblyPath);
        _context ??= new PluginLoadContext(_config);
        return _context.LoadFromAssemblyPath(_config.MainAssemblyPath);
    }

    /// <summary>The load context, to see when it is gone; null before anything was loaded.</summary>
    internal WeakReference? Watch() => _context is null ? null : new WeakReference(_context, trackResurrection: true);

    /// <summary>Starts the unloading of an unloadable plugin.</summary>
    public void Dispose()
    {
        if (_context is { IsCollectible: true } context)
            context.Unload();
        _context = null;
    }
}

/// <summary>How an assembly is loaded.</summary>
public sealed class PluginConfig
{
    internal PluginConfig(string mainAssemblyPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(mainAssemblyPath);
        if (!Path.IsPathFullyQualified(mainAssemblyPath))
            throw new ArgumentException($"'{mainAssemblyPath}' is not an absolute path.", nameof(mainAssemblyPath));
        MainAssemblyPath = mainAssemblyPath;
    }

    /// <summary>The plugin's assembly.</summary>
    public string MainAssemblyPath { get; }

    /// <summary>Whether the assembly can be unloaded again.</summary>
    public bool IsUnloadable { get; set; }

    /// <summary>Assemblies that the plugin shares with the host by simple name, so that their types are the same on both sides.</summary>
    public ICollection<AssemblyName> SharedAssemblies { get; } = [];

    /// <summary>Whether the assembly goes into the default context: ahead-of-time code is used there, and nothing is ever unloaded.</summary>
    public bool UseDefaultContext { get; set; }
}

/// <summary>The context of one loaded plugin: its own copies of what it depends on, the host's of what is shared.</summary>
internal sealed class PluginLoadContext : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver _resolver;
    private readonly HashSet<string> _shared;

    public PluginLoadContext(PluginConfig config)
        : base(Path.GetFileNameWithoutExtension(config.MainAssemblyPath), config.IsUnloadable)
    {
        _resolver = new AssemblyDependencyResolver(config.MainAssemblyPath);
        _shared = config.SharedAssemblies.Select(name => name.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is { } name && _shared.Contains(name))
            return Default.LoadFromAssemblyName(assemblyName);
        string? path = _resolver.ResolveAssemblyToPath(assemblyName);
        return path is null ? null : LoadFromAssemblyPath(path);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = _resolver.ResolveUnmanagedDllToPath(unmanagedDllName);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }
}

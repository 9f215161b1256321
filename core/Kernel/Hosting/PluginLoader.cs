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

    /// <summary>Makes a loader for an assembly that lies in memory. What it depends on must be shared or the base library's.</summary>
    /// <param name="name">What it was made from, an absolute path.</param>
    /// <param name="image">The assembly.</param>
    /// <param name="symbols">Its symbols, or null.</param>
    /// <param name="configure">Sets the loader up.</param>
    public static PluginLoader CreateFromImage(string name, byte[] image, byte[]? symbols, Action<PluginConfig> configure)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(configure);
        var config = new PluginConfig(name) { Image = image, Symbols = symbols };
        configure(config);
        return new PluginLoader(config);
    }

    /// <summary>Loads the plugin's own assembly.</summary>
    public Assembly LoadDefaultAssembly() => _config.UseDefaultContext
        ? AssemblyLoadContext.Default.LoadFromAssemblyPath(_config.MainAssemblyPath)
        : LoadInContext();

    private Assembly LoadInContext()
    {
        _context ??= new PluginLoadContext(_config);
        return _config.Image is { } image ? _context.LoadFromImage(image, _config.Symbols) : _context.LoadFromFile(_config.MainAssemblyPath);
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

    /// <summary>The plugin's assembly, or what <see cref="Image"/> was made from.</summary>
    public string MainAssemblyPath { get; }

    /// <summary>The assembly itself, when it lies in memory.</summary>
    internal byte[]? Image { get; init; }

    /// <summary>Its symbols, or null.</summary>
    internal byte[]? Symbols { get; init; }

    /// <summary>Whether the assembly can be unloaded again.</summary>
    public bool IsUnloadable { get; set; }

    /// <summary>Assemblies that the plugin shares with the host by simple name, so that their types are the same on both sides.</summary>
    public ICollection<AssemblyName> SharedAssemblies { get; } = [];

    /// <summary>Whether the assembly goes into the default context: ahead-of-time code is used there, and nothing is ever unloaded.</summary>
    public bool UseDefaultContext { get; set; }
}

/// <summary>
/// The context of one loaded plugin: its own copies of what it depends on, the host's of what is shared. Files are read whole: the runtime
/// would map them, so that one that is written over changed below the plugin that runs from it, and would take the old one again for a
/// new generation of the same path.
/// </summary>
internal sealed class PluginLoadContext : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver? _resolver;
    private readonly HashSet<string> _shared;

    public PluginLoadContext(PluginConfig config)
        : base(Path.GetFileNameWithoutExtension(config.MainAssemblyPath), config.IsUnloadable)
    {
        _resolver = config.Image is null ? new AssemblyDependencyResolver(config.MainAssemblyPath) : null;
        _shared = config.SharedAssemblies.Select(name => name.Name!).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Loads an assembly with the symbols that lie beside it.</summary>
    public Assembly LoadFromFile(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        string symbols = Path.ChangeExtension(path, ".pdb");
        return LoadFromImage(image, File.Exists(symbols) ? File.ReadAllBytes(symbols) : null);
    }

    /// <summary>Loads an assembly that lies in memory.</summary>
    public Assembly LoadFromImage(byte[] image, byte[]? symbols)
    {
        using var assembly = new MemoryStream(image, writable: false);
        using MemoryStream? lines = symbols is null ? null : new MemoryStream(symbols, writable: false);
        return LoadFromStream(assembly, lines);
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is { } name && _shared.Contains(name))
            return Default.LoadFromAssemblyName(assemblyName);
        string? path = _resolver?.ResolveAssemblyToPath(assemblyName);
        return path is null ? null : LoadFromFile(path);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = _resolver?.ResolveUnmanagedDllToPath(unmanagedDllName);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }
}

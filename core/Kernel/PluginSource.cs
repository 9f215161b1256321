using Kpio.Contracts.Plugins;

namespace Kpio.Kernel;

/// <summary>What kind of thing a plugin was loaded from.</summary>
public enum PluginKind : byte
{
    /// <summary>An assembly of the product's own.</summary>
    BuiltIn,

    /// <summary>Somebody's assembly.</summary>
    Assembly,

    /// <summary>A C# source file, compiled in memory.</summary>
    Source,

    /// <summary>An object that was there already.</summary>
    Instance,
}

/// <summary>Where a plugin comes from.</summary>
public sealed class PluginSource
{
    private readonly string? _name;

    private PluginSource(PluginKind kind, string? name, string? path)
    {
        Kind = kind;
        _name = name;
        Path = path;
    }

    /// <summary>What it is loaded from.</summary>
    public PluginKind Kind { get; }

    /// <summary>What messages call it.</summary>
    public string Name => _name ?? System.IO.Path.GetFileNameWithoutExtension(Path)!;

    /// <summary>The path of the assembly or of the source file, when it is one.</summary>
    public string? Path { get; }

    /// <summary>Whether the assembly goes into the default load context: compiled ahead of time, and never unloaded.</summary>
    public bool IsBuiltIn => Kind == PluginKind.BuiltIn;

    /// <summary>What the assembly of a <see cref="PluginKind.Source"/> was compiled from, as it was read; empty for other kinds.</summary>
    public ReadOnlyMemory<byte> SourceText { get; private init; }

    internal Func<IKernelPlugin>? Factory { get; private init; }

    /// <summary>The compiled assembly of a source.</summary>
    internal byte[]? Image { get; private init; }

    /// <summary>Its symbols, for the lines in reports of failures.</summary>
    internal byte[]? Symbols { get; private init; }

    /// <summary>An assembly of the product's own, loaded for good.</summary>
    public static PluginSource BuiltIn(string path) => new(PluginKind.BuiltIn, null, path);

    /// <summary>Somebody's assembly, loaded in a context of its own. Each loading reads the file anew.</summary>
    public static PluginSource Assembly(string path) => new(PluginKind.Assembly, null, path);

    /// <summary>A source file that was compiled, loaded in a context of its own.</summary>
    /// <param name="path">The source file.</param>
    /// <param name="text">What was compiled.</param>
    /// <param name="image">The assembly.</param>
    /// <param name="symbols">Its symbols (a portable PDB), or null.</param>
    public static PluginSource Compiled(string path, ReadOnlyMemory<byte> text, byte[] image, byte[]? symbols)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(image);
        return new PluginSource(PluginKind.Source, null, path) { SourceText = text, Image = image, Symbols = symbols };
    }

    /// <summary>Loads the plugin to read what it says of itself, and lets it go again.</summary>
    /// <exception cref="Hosting.MachineSetupException">It cannot be loaded.</exception>
    public PluginManifest ReadManifest()
    {
        using Hosting.PluginGeneration plugin = new Hosting.PluginHost(new Hosting.KernelSlots(), []).Open(this);
        return plugin.Manifest;
    }

    /// <summary>Loads the plugin for good, outside of a machine: for tests of its services.</summary>
    /// <exception cref="Hosting.MachineSetupException">It cannot be loaded.</exception>
    public IKernelPlugin LoadPlugin()
    {
        Type type = new Hosting.PluginHost(new Hosting.KernelSlots(), []).Open(this).PluginType;
        return (IKernelPlugin)Activator.CreateInstance(type)!;
    }

    /// <summary>A plugin that is there already: for tests and embedding.</summary>
    public static PluginSource Instance(Func<IKernelPlugin> factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        return new PluginSource(PluginKind.Instance, factory.Method.DeclaringType?.Name ?? "plugin", null) { Factory = factory };
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// Loads plugins and binds what they provide. Each plugin gets a service provider of its own, so that nothing of it stays behind
/// in a container that lives longer. Not thread-safe: used while the machine is put together, and later with every CPU stopped.
/// </summary>
internal sealed class PluginHost : IDisposable
{
    private readonly KernelSlots _slots;
    private readonly IReadOnlyList<ServiceDescriptor> _kernelServices;
    private volatile PluginGeneration[] _plugins = []; // replaced whole at a swap, since others may be reading it

    public PluginHost(KernelSlots slots, IReadOnlyList<ServiceDescriptor> kernelServices)
    {
        _slots = slots;
        _kernelServices = kernelServices;
    }

    /// <summary>The loaded plugins in the order of loading.</summary>
    public IReadOnlyList<PluginGeneration> Plugins => _plugins;

    /// <summary>Loads all plugins, then makes and binds their services in an order that respects what they require.</summary>
    /// <exception cref="MachineSetupException">A plugin cannot be loaded, or something required is missing.</exception>
    public void Load(PlainList<PluginSource> sources)
    {
        var waiting = new PlainList<PluginGeneration>();
        for (int i = 0; i < sources.Count; i++)
        {
            PluginSource source = sources[i];
            PluginGeneration plugin = Open(source);
            if (Find(plugin.Manifest.Name) is not null)
                throw new MachineSetupException($"two plugins are named '{plugin.Manifest.Name}': {source.Path ?? source.Name} is the second");
            Replace(null, plugin);
            waiting.Add(plugin);
        }

        while (waiting.Count > 0)
        {
            int before = waiting.Count;
            for (int i = 0; i < waiting.Count; i++)
            {
                if (!IsSatisfied(waiting[i].Manifest))
                    continue;
                Bind(waiting[i]);
                waiting.RemoveAt(i--);
            }

            if (waiting.Count == before)
            {
                // Two plugins that require each other: their slots are read at call time, so that either may come first.
                PluginGeneration next = waiting[0];
                foreach (Type type in next.Manifest.Requires)
                {
                    if (_slots.FindSlot(type) is not { } slot || (!slot.IsBound && !waiting.Exists(other => Provides(other.Manifest, type))))
                        throw new MachineSetupException($"plugin '{next.Manifest.Name}' requires {type.Name}, which no loaded plugin provides");
                }

                Bind(next);
                waiting.RemoveAt(0);
            }
        }
    }

    /// <summary>Puts a new generation in an old one's place, or behind all others.</summary>
    public void Replace(PluginGeneration? outgoing, PluginGeneration incoming)
    {
        PluginGeneration[] before = _plugins;
        var plugins = new PluginGeneration[outgoing is null ? before.Length + 1 : before.Length];
        Array.Copy(before, plugins, before.Length);
        plugins[outgoing is null ? before.Length : Array.IndexOf(before, outgoing)] = incoming;
        _plugins = plugins;
    }

    /// <summary>Goes back to a list of plugins.</summary>
    public void Reset(IReadOnlyList<PluginGeneration> plugins)
    {
        _plugins = [.. plugins];
    }

    /// <summary>Collects the services that there may be several of from the plugins of now.</summary>
    public void CollectLists() => CollectLists(static plugin => plugin);

    /// <summary>Collects them from other generations of the plugins of now.</summary>
    public void CollectLists(Func<PluginGeneration, PluginGeneration> choose)
    {
        foreach (ListBinding list in _slots.Lists)
        {
            list.Clear();
            foreach (PluginGeneration loaded in _plugins)
            {
                PluginGeneration plugin = choose(loaded);
                if (Provides(plugin.Manifest, list.Service))
                    list.Collect(plugin.Services);
            }
        }
    }

    /// <summary>The plugin that came from there.</summary>
    public PluginGeneration Find(PluginSource source) => Array.Find(_plugins, plugin => plugin.Source == source)
        ?? throw new MachineSetupException($"plugin {source.Path ?? source.Name} is not among those that are loaded");

    public void Dispose()
    {
        for (int i = _plugins.Length - 1; i >= 0; i--)
            _plugins[i].Dispose();
        _plugins = [];
    }

    private static IKernelPlugin CreatePlugin(PluginSource source, Assembly assembly)
    {
        // A plugin has few public types; to ask for one by its name takes the runtime's type-name parser, part of which is not precompiled.
        Type? type = null;
        int found = 0;
        foreach (Type candidate in assembly.GetExportedTypes())
        {
            if (!typeof(IKernelPlugin).IsAssignableFrom(candidate) || candidate is not { IsAbstract: false, IsClass: true })
                continue;
            found++;
            type = candidate;
        }

        if (found == 0 && !source.IsBuiltIn && LayersPlugin.Find(source, assembly) is { } layers)
            return layers;
        if (found != 1)
            throw new MachineSetupException($"{source.Path} is no KPIO plugin: it has {found} public classes that implement IKernelPlugin, not one");
        // Not by Activator, whose cache the base library has not precompiled.
        ConstructorInfo constructor = type!.GetConstructor(Type.EmptyTypes)
            ?? throw new MachineSetupException($"{source.Path} is no KPIO plugin: {type.Name} has no public constructor without parameters");
        return (IKernelPlugin)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, null, null);
    }

    /// <summary>What goes wrong in somebody's plugin is that plugin's failure, and not a defect of KPIO.</summary>
    internal static bool IsFailureOf(PluginSource source, Exception exception) =>
        !source.IsBuiltIn && source.Path is not null && exception is not MachineSetupException;

    /// <summary>That failure in a line.</summary>
    internal static MachineSetupException Failure(PluginSource source, Exception exception)
    {
        Exception cause = exception.GetBaseException();
        return new MachineSetupException($"plugin {source.Path} has failed: {cause.GetType().Name}: {cause.Message.ReplaceLineEndings(" ")}", exception);
    }

    /// <summary>Loads a plugin and lets it register its services; none is made or bound yet.</summary>
    /// <exception cref="MachineSetupException">It cannot be loaded, or was built for other contracts.</exception>
    public PluginGeneration Open(PluginSource source)
    {
        try
        {
            return OpenPlugin(source);
        }
        catch (Exception e) when (IsFailureOf(source, e))
        {
            throw Failure(source, e);
        }
    }

    private PluginGeneration OpenPlugin(PluginSource source)
    {
        PluginLoader? loader = null;
        IKernelPlugin plugin;
        if (source.Factory is { } factory)
        {
            plugin = factory();
        }
        else
        {
            loader = source.Image is { } image
                ? PluginLoader.CreateFromImage(source.Path!, image, source.Symbols, static config => Configure(config, isBuiltIn: false))
                : PluginLoader.CreateFromAssemblyFile(source.Path!, config => Configure(config, source.IsBuiltIn));
            plugin = LoadPlugin(source, loader);
        }

        PluginManifest manifest = plugin.Manifest;
        if (!ContractVersion.Accepts(manifest.Contract))
            throw new MachineSetupException($"plugin '{manifest.Name}' was built for contract version {manifest.Contract}; this KPIO has {ContractVersion.Current}");

        var services = new ServiceCollection();
        for (int i = 0; i < _kernelServices.Count; i++)
            ((ICollection<ServiceDescriptor>)services).Add(_kernelServices[i]);
        _slots.AddTo(services);
        plugin.ConfigureServices(services);
        return new PluginGeneration(source, plugin, manifest, BuildProvider(services), loader);
    }

    private static void Configure(PluginConfig config, bool isBuiltIn)
    {
        config.UseDefaultContext = isBuiltIn;
        config.IsUnloadable = !isBuiltIn;
        if (!isBuiltIn)
            ShareContracts(config);
    }

    private static void ShareContracts(PluginConfig config)
    {
        config.SharedAssemblies.Add(typeof(IKernelPlugin).Assembly.GetName());
        config.SharedAssemblies.Add(typeof(IServiceCollection).Assembly.GetName());
    }

    private static IServiceProvider BuildProvider(ServiceCollection services) =>
        DirectServiceProvider.CanServe(services) ? new DirectServiceProvider(services) : BuildContainer(services);

    // Apart, so that the container's assembly is loaded only where it is needed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ServiceProvider BuildContainer(ServiceCollection services) =>
        services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = false, ValidateScopes = false });

    private static IKernelPlugin LoadPlugin(PluginSource source, PluginLoader loader)
    {
        try
        {
            return CreatePlugin(source, loader.LoadDefaultAssembly());
        }
        catch (Exception) when (source.Image is null && !File.Exists(source.Path))
        {
            throw new MachineSetupException($"plugin '{source.Name}' is missing: there is no file {source.Path}");
        }
        catch (BadImageFormatException e)
        {
            throw new MachineSetupException($"{source.Path} cannot be loaded as a plugin: it is no .NET assembly", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TypeLoadException or MissingMethodException)
        {
            throw new MachineSetupException($"{source.Path} cannot be loaded as a plugin: {Reason(e)}", e);
        }
    }

    // In words of our own: the base library's are left out of the build.
    private static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException missing => $"it needs {missing.FileName}, which is not there",
        FileLoadException other => $"{other.FileName} is of another version, or cannot be read",
        IOException or UnauthorizedAccessException => "it cannot be read",
        TypeLoadException type => $"its type {type.TypeName} does not fit this KPIO",
        _ => "it uses what this KPIO does not have",
    };

    private bool IsSatisfied(PluginManifest manifest)
    {
        for (int i = 0; i < manifest.Requires.Count; i++)
        {
            Type type = manifest.Requires[i];
            if (_slots.FindSlot(type) is not { } slot || (!slot.IsBound && !Provides(manifest, type)))
                return false;
        }

        return true;
    }

    /// <summary>Whether a plugin says that it provides the service.</summary>
    public static bool Provides(PluginManifest manifest, Type service)
    {
        for (int i = 0; i < manifest.Provides.Count; i++)
        {
            if (ReferenceEquals(manifest.Provides[i], service))
                return true;
        }

        return false;
    }

    /// <summary>The loaded plugin of that name, or null.</summary>
    public PluginGeneration? Find(string name)
    {
        for (int i = 0; i < _plugins.Length; i++)
        {
            if (_plugins[i].Manifest.Name == name)
                return _plugins[i];
        }

        return null;
    }

    private void Bind(PluginGeneration plugin)
    {
        try
        {
            BindServices(plugin);
        }
        catch (Exception e) when (IsFailureOf(plugin.Source, e))
        {
            throw Failure(plugin.Source, e);
        }
    }

    /// <summary>Makes a service that the plugin says it provides.</summary>
    public static object Make(PluginGeneration plugin, Type service) =>
        plugin.Services.GetService(service)
            ?? throw new MachineSetupException($"plugin '{plugin.Manifest.Name}' says that it provides {service.Name}, but registers no such service");

    private void BindServices(PluginGeneration plugin)
    {
        for (int i = 0; i < plugin.Manifest.Provides.Count; i++)
        {
            Type type = plugin.Manifest.Provides[i];
            if (_slots.FindSlot(type) is { } slot)
            {
                // Of two that provide the same the later one counts, whichever could be bound first.
                if (slot.Owner is null || _plugins.IndexOf(slot.Owner) < _plugins.IndexOf(plugin))
                    slot.Bind(plugin, Make(plugin, type));
            }
            else if (_slots.FindList(type) is { } list)
            {
                list.Collect(plugin.Services);
            }
            else
            {
                throw new MachineSetupException($"plugin '{plugin.Manifest.Name}' provides {type.Name}, which is no service that the kernel has a place for");
            }
        }
    }
}

using System.Reflection;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// Stands for an assembly that has no plugin class, but layers of the system call interface: public classes derived from
/// <see cref="LayeredSyscallAbi"/>, each with a public constructor that takes the interface below. A variant needs nothing else.
/// </summary>
internal sealed class LayersPlugin(PluginManifest manifest, IReadOnlyList<Type> layers) : IKernelPlugin
{
    public PluginManifest Manifest => manifest;

    /// <summary>The classes, lowest first: in the order in which the assembly has them.</summary>
    public IReadOnlyList<Type> Layers => layers;

    public void ConfigureServices(IServiceCollection services)
    {
        foreach (Type type in layers)
            services.AddSingleton<ISyscallLayer>(new Layer(layers.Count == 1 ? manifest.Name : type.Name, type));
    }

    /// <summary>The plugin for an assembly's layers, or null when it has none.</summary>
    public static LayersPlugin? Find(PluginSource source, Assembly assembly)
    {
        var layers = new List<Type>();
        foreach (Type type in assembly.GetExportedTypes())
        {
            if (!type.IsAbstract && typeof(LayeredSyscallAbi).IsAssignableFrom(type) && type.GetConstructor([typeof(ISyscallAbi)]) is not null)
                layers.Add(type);
        }

        if (layers.Count == 0)
            return null;
        layers.Sort(static (one, other) => one.MetadataToken.CompareTo(other.MetadataToken));

        // The contracts' assembly has the contracts' version: what it was compiled against says whether it fits.
        Version contract = ContractVersion.Current;
        foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
        {
            if (reference.Name == typeof(IKernelPlugin).Assembly.GetName().Name && reference.Version is { } version)
                contract = new Version(version.Major, version.Minor);
        }

        Version own = assembly.GetName().Version ?? new Version(0, 0);
        return new LayersPlugin(new PluginManifest(source.Name, own, contract, [typeof(ISyscallLayer)], []), layers);
    }

    private sealed class Layer(string name, Type type) : ISyscallLayer
    {
        public string Name => name;

        public ISyscallAbi Stack(ISyscallAbi below) =>
            (ISyscallAbi)type.GetConstructor([typeof(ISyscallAbi)])!.Invoke(BindingFlags.DoNotWrapExceptions, null, [below], null);
    }
}

using System.Reflection;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.HotSwap.Tests;

/// <summary>How a plugin fails.</summary>
public enum Sabotage
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>Its services cannot be made.</summary>
    Constructor,

    /// <summary>It has no service for its data.</summary>
    HasNoState,

    /// <summary>It throws instead of taking the data.</summary>
    RestoreThrowsAtOnce,

    /// <summary>It takes all the data and throws then.</summary>
    RestoreThrowsAtTheEnd,

    /// <summary>It answers an error.</summary>
    RestoreRefuses,

    /// <summary>It takes longer than allowed.</summary>
    IsSlow,
}

/// <summary>The product's own plugin for files, changed in one respect.</summary>
internal sealed class SabotagedPlugin : IKernelPlugin
{
    private readonly IKernelPlugin _plugin;
    private readonly Sabotage _sabotage;
    private readonly StateExtension? _writes;
    private readonly Action<IReadOnlyList<StateExtension>>? _reads;

    private SabotagedPlugin(IKernelPlugin plugin, PluginManifest manifest, Sabotage sabotage, StateExtension? writes, Action<IReadOnlyList<StateExtension>>? reads)
    {
        _plugin = plugin;
        _sabotage = sabotage;
        _writes = writes;
        _reads = reads;
        Manifest = manifest;
    }

    public PluginManifest Manifest { get; }

    public static PluginSource Vfs(
        Sabotage sabotage, Func<PluginManifest, PluginManifest>? change = null, StateExtension? writes = null, Action<IReadOnlyList<StateExtension>>? reads = null) => PluginSource.Instance(() =>
        {
            Type type = Assembly.LoadFrom(KpioMachineRunner.PluginPath("Vfs")).GetExportedTypes().Single(static type => typeof(IKernelPlugin).IsAssignableFrom(type));
            var plugin = (IKernelPlugin)Activator.CreateInstance(type)!;
            return new SabotagedPlugin(plugin, change?.Invoke(plugin.Manifest) ?? plugin.Manifest, sabotage, writes, reads);
        });

    public void ConfigureServices(IServiceCollection services)
    {
        _plugin.ConfigureServices(services);
        ServiceDescriptor state = services.Single(static service => service.ServiceType == typeof(IStatefulService<VfsState>));
        if (_sabotage == Sabotage.HasNoState)
            services.Remove(state);
        else if (_sabotage == Sabotage.Constructor)
            services.AddSingleton<Contracts.Vfs.IVfs>(static _ => throw new InvalidOperationException("made to fail"));
        else
            services.AddSingleton<IStatefulService<VfsState>>(provider => new SabotagedState((IStatefulService<VfsState>)state.ImplementationFactory!(provider), this));
    }

    private sealed class SabotagedState(IStatefulService<VfsState> below, SabotagedPlugin plugin) : IStatefulService<VfsState>
    {
        public VfsState Capture()
        {
            VfsState state = below.Capture();
            return plugin._writes is { } entry ? state with { Extensions = [.. state.Extensions, entry] } : state;
        }

        public bool Reads(StateExtension extension) => plugin._reads is not null;

        public Errno Restore(VfsState state)
        {
            plugin._reads?.Invoke(state.Extensions);
            switch (plugin._sabotage)
            {
                case Sabotage.RestoreThrowsAtOnce:
                    throw new InvalidOperationException("made to fail");
                case Sabotage.RestoreRefuses:
                    return Errno.EINVAL;
                case Sabotage.IsSlow:
                    Thread.Sleep(20);
                    break;
            }

            Errno error = below.Restore(state);
            if (plugin._sabotage == Sabotage.RestoreThrowsAtTheEnd)
                throw new InvalidOperationException("made to fail");
            return error;
        }
    }
}

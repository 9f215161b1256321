using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.KpioTierA;

/// <summary>The plugin <c>kpio-tier-a</c>: a layer over the Linux interface that behaves as the product's seed document says, to the letter.</summary>
public sealed class KpioTierAPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("kpio-tier-a", new Version(0, 1), new Version(0, 1), [typeof(ISyscallLayer)], []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<ISyscallLayer, TierALayer>();
}

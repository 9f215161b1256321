using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Tracing;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.Tracing;

/// <summary>Shows system calls: the kpio, strace, JSON and normalized formats, and statistics.</summary>
public sealed class TracingPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new(
        "tracing",
        typeof(TracingPlugin).Assembly.GetName().Version!,
        new Version(0, 1),
        [typeof(ITracerFactory)],
        [typeof(ISyscallAbi)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<ITracerFactory, TracerFactory>();
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Loader;
using Kpio.Plugins.LinuxAbi.Signals;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>The plugin <c>linux</c>: the system call interface of Linux 6.1 on x86_64 and the loader of its programs.</summary>
public sealed class LinuxAbiPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new(
        "linux",
        new Version(0, 1),
        new Version(0, 1),
        [typeof(ISyscallAbi), typeof(IProgramLoader), typeof(ISignalFrame)],
        [typeof(IVfs), typeof(IOpenFiles), typeof(IFileControl), typeof(IVfsMounts), typeof(IMemoryManager), typeof(IAddressSpaces)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<ISyscallAbi, LinuxSyscalls>();
        services.AddSingleton<SignalFrame>();
        services.AddSingleton<ISignalFrame>(static provider => provider.GetRequiredService<SignalFrame>());
        services.AddSingleton<ProgramLoader>();
        services.AddSingleton<IProgramLoader>(static provider => provider.GetRequiredService<ProgramLoader>());
        services.AddSingleton<IStatefulService<AbiState>>(static provider => provider.GetRequiredService<ProgramLoader>());
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Vfs;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Broken;

#if NoPlugin
public sealed class SomethingElse;
#else

public sealed class BrokenPlugin : IKernelPlugin
{
#if NoConstructor
    public BrokenPlugin(string name) => _ = name;
#elif FailingConstructor
    public BrokenPlugin() => throw new InvalidOperationException("the constructor\nhas failed");
#endif

#if NewerContract
    private static Version Contract => new(ContractVersion.Current.Major, ContractVersion.Current.Minor + 1);
#elif OtherContract
    private static Version Contract => new(ContractVersion.Current.Major + 1, 0);
#else
    private static Version Contract => ContractVersion.Current;
#endif

#if TakenName
    private const string Name = "vfs";
#else
    private const string Name = "broken";
#endif

#if MissingRequirement
    private static Type[] Requires => [typeof(IDisposable)];
#else
    private static Type[] Requires => [];
#endif

#if NoPlaceForService
    private static Type[] Provides => [typeof(IDisposable)];
#elif MissingService
    private static Type[] Provides => [typeof(IVfs)];
#elif FailingLayer || FailingCall
    private static Type[] Provides => [typeof(ISyscallLayer)];
#elif FailingService
    private static Type[] Provides => [typeof(IFileSystemType)];
#else
    private static Type[] Provides => [];
#endif

    public PluginManifest Manifest => new(Name, new Version(1, 0), Contract, Provides, Requires);

    public void ConfigureServices(IServiceCollection services)
    {
#if FailingServices
        throw new InvalidOperationException("the services\nhave failed");
#elif FailingService
        services.AddSingleton<IFileSystemType>(_ => throw new InvalidOperationException("the service\nhas failed"));
#elif FailingLayer || FailingCall
        services.AddSingleton<ISyscallLayer, Layer>();
#endif
    }
}

#if TwoPlugins
public sealed class SecondPlugin : IKernelPlugin
{
    public PluginManifest Manifest => new("second", new Version(1, 0), ContractVersion.Current, [], []);

    public void ConfigureServices(IServiceCollection services)
    {
    }
}
#endif

#if FailingLayer || FailingCall
internal sealed class Layer : ISyscallLayer
{
    public string Name => "broken";

    public ISyscallAbi Stack(ISyscallAbi below) => new Calls(below);
}

internal sealed class Calls(ISyscallAbi below) : LayeredSyscallAbi("broken", below)
{
#if FailingCall
    [Syscall("getppid")]
    private static SysResult Handle(Kpio.Contracts.Process.GuestTask task) => throw new InvalidOperationException("a defect in a call");
#else
    [Syscall("no_such_call")]
    private static SysResult Handle(Kpio.Contracts.Process.GuestTask task) => SysResult.Zero;
#endif
}
#endif
#endif

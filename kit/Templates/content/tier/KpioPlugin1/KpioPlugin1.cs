using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace KpioPlugin1;

/// <summary>What KPIO finds in the assembly: the plugin's name, versions and services.</summary>
public sealed class Plugin : IKernelPlugin
{
    public PluginManifest Manifest { get; } = new("kpioplugin1", new Version(1, 0), new Version(0, 1), [typeof(ISyscallLayer)], []);

    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<ISyscallLayer, Tier>();
}

/// <summary>The variant: chosen by <c>--abi kpioplugin1</c>, or by the plugin's path.</summary>
internal sealed class Tier : ISyscallLayer
{
    public string Name => "kpioplugin1";

    public ISyscallAbi Stack(ISyscallAbi below) => new Calls(below);
}

/// <summary>Linux, but for what has a method here.</summary>
internal sealed class Calls(ISyscallAbi below) : LayeredSyscallAbi("kpioplugin1", below)
{
    // By its name alone, a method stands for the call of the ABI below.
    [Syscall("getuid", Note = "everybody is user 1000")]
    private static SysResult GetUid(GuestTask task) => 1000;

    // With a number and a description it is a new call.
    [Syscall(600, "add", "first:Int second:Int -> Int", Note = "the sum")]
    private static SysResult Add(GuestTask task, int first, int second) => (long)first + second;
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Shouting;

/// <summary>The plugin.</summary>
public sealed class ShoutingPlugin : IKernelPlugin
{
    public PluginManifest Manifest { get; } = new("shouting-plugin", new Version(1, 0), new Version(0, 1), [typeof(ISyscallLayer)], []);

    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<ISyscallLayer, ShoutingLayer>();
}

/// <summary>Chosen by <c>--abi shouting</c>, or by this assembly's path.</summary>
internal sealed class ShoutingLayer : ISyscallLayer
{
    public string Name => "shouting";

    public ISyscallAbi Stack(ISyscallAbi below) => new ShoutingSyscalls(below);
}

/// <summary>Linux with capital letters in what is written, without umask, and with a call that adds.</summary>
[Syscall("umask", Remove = true)]
internal sealed class ShoutingSyscalls(ISyscallAbi below) : LayeredSyscallAbi("shouting", below)
{
    [Syscall("write", Note = "small letters become capital ones")]
    private SysResult Write(GuestTask task, in SyscallFrame frame)
    {
        const int Most = 4096;
        var buffer = new UserBuffer(task, frame.Argument1, Math.Min(frame.Argument2, Most));
        Span<byte> text = stackalloc byte[Most];
        text = text[..(int)buffer.Length];
        if (!buffer.TryRead(text, out SysResult stop))
            return stop;
        foreach (ref byte letter in text)
        {
            if (letter is >= (byte)'a' and <= (byte)'z')
                letter -= 32;
        }

        return buffer.TryWrite(text, out stop) ? Below.Invoke(task, in frame) : stop;
    }

    [Syscall(600, "add", "first:Int second:Int -> Int", Note = "the sum")]
    private static SysResult Add(GuestTask task, int first, int second) => first + second;
}

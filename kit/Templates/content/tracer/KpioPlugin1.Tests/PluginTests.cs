using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace KpioPlugin1.Tests;

/// <summary>What every observer promises: it changes nothing, and is swapped without anybody's noticing.</summary>
public sealed class Conformance : ObserverConformance
{
    protected override PluginSource Plugin { get; } = PluginTests.Plugin;
}

/// <summary>What this one does.</summary>
public sealed class PluginTests
{
    public static PluginSource Plugin { get; } = PluginSource.Assembly(Path.Combine(AppContext.BaseDirectory, "KpioPlugin1.dll"));

    // A program of our own: no file of the host's is needed.
    private static readonly byte[] Guest = AssembledGuest.Make(static guest =>
    {
        guest.Call(39); // getpid
        guest.Call(39);
        guest.Print("hello\n");
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void CallsAreCounted(long swapEvery)
    {
        GuestRun run = new KernelFixture
        {
            Root = RootKind.Empty,
            Plugins = [Plugin],
            Files = new Dictionary<string, byte[]> { ["guest"] = Guest },
            SwapEvery = swapEvery,
            Swaps = [new PluginSwap(Plugin)],
        }.Run("/run/kpio-test/guest");
        Assert.Equal((0, "hello\n"), (run.ExitCode, run.OutputText));
        Assert.Equal("kpio: exit: 1\nkpio: getpid: 2\nkpio: write: 1\n", run.ErrorText);
    }
}

using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace KpioPlugin1.Tests;

/// <summary>What every variant of the ABI promises.</summary>
public sealed class Conformance : SyscallLayerConformance
{
    protected override PluginSource Plugin { get; } = PluginTests.Plugin;
}

/// <summary>What this one does.</summary>
public sealed class PluginTests
{
    public static PluginSource Plugin { get; } = PluginSource.Assembly(Path.Combine(AppContext.BaseDirectory, "KpioPlugin1.dll"));

    [Fact]
    public void ProgramsGetTheVariant()
    {
        byte[] guest = AssembledGuest.Make(static guest =>
        {
            guest.Call(102); // getuid
            guest.Expect(1000, 1);
            guest.Call(600, 40, 2); // add
            guest.Expect(42, 2);
        });
        GuestRun run = new KernelFixture
        {
            Root = RootKind.Empty,
            Plugins = [Plugin],
            Abi = Plugin,
            Files = new Dictionary<string, byte[]> { ["guest"] = guest },
        }.Run("/run/kpio-test/guest");
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        Assert.Contains(run.Trace, static call => call is { Name: "add", Result: 42 });
    }
}

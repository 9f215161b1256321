using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Many swaps under load, between versions that were compiled from source: nothing is lost, nothing leaks.</summary>
public sealed class SwapLoadTests
{
    private static readonly string[] Changing = ["Memory", "Process"];

    /// <summary>How often all plugins are replaced.</summary>
    private static int Swaps => LongForm.IsOn ? 10_000 : 24;

    /// <summary>After how many swaps two plugins are compiled and loaded anew; in between their versions take turns with those that are there.</summary>
    private static int Fresh => LongForm.IsOn ? 500 : 8;

    [Fact]
    public async Task TasksFilesAndMemoryStayWhatTheyAre()
    {
        using var scratch = new ScratchDirectory();
        string[] counts = LongForm.IsOn ? ["500", "1000", "20"] : ["100", "200", "20"];
        var run = new ProgramRun(GuestProgram.Build("load/blocked.c"), counts) { Timeout = TimeSpan.FromHours(3) };
        RunResult native = new NativeRunner().Run(run, scratch);
        Leftovers? plain = null, left = null;
        scratch.Empty();
        new KpioMachineRunner { Inspect = (machine, memory) => plain = Leftovers.Of(machine, memory) }.Run(run, scratch);

        scratch.Empty();
        using var assemblies = new ScratchDirectory();
        var reports = new List<SwapReport>();
        long early = 0, late = 0;
        string[] fresh = [];
        var runner = new KpioMachineRunner
        {
            Inspect = (machine, memory) => left = Leftovers.Of(machine, memory),
            Started = machine => new Repeater(() =>
            {
                int count = reports.Count;
                if (count == Swaps)
                {
                    scratch.Write("stop", "");
                    return;
                }

                if (count % Fresh == 0)
                    fresh = [.. Changing.Select(plugin => SourceVersions.Compile(plugin, count + 1, Path.Combine(assemblies.Path, count.ToString(System.Globalization.CultureInfo.InvariantCulture))))];
                bool isFresh = count % Fresh == 0;
                reports.Add(machine.Swapper.Swap(
                    [
                        .. fresh.Select(path => new PluginSwap(isFresh ? PluginSource.Assembly(path) : PluginSource.BuiltIn(KpioMachineRunner.PluginPath(Path.GetFileName(path).Split('.')[2])))),
                        new PluginSwap(PluginSource.BuiltIn(KpioMachineRunner.PluginPath("Vfs"))),
                        new PluginSwap(PluginSource.BuiltIn(KpioMachineRunner.PluginPath("LinuxAbi"))),
                    ],
                    new SwapOptions { TimeLimit = TimeSpan.FromMinutes(1) }));
                if (count == Swaps / 3)
                    early = GC.GetTotalMemory(forceFullCollection: true);
                if (count == Swaps - 1)
                    late = GC.GetTotalMemory(forceFullCollection: true);
            }),
        };
        RunResult result = runner.Run(run with { Arguments = [.. run.Arguments, "stop"] }, scratch);
        Assert.Equal((native.ExitCode, native.OutputText, ""), (result.ExitCode, result.OutputText, result.ErrorText));
        Assert.Equal(plain, left);

        foreach (SwapReport report in reports)
            await report.Completion;
        SwappedPlugin[] gone = [.. reports.SelectMany(static report => report.Plugins).Where(static plugin => plugin.Old != RetiredState.Resident)];
        Assert.Equal(Changing.Length * (Swaps / Fresh), gone.Length);
        Assert.All(gone, static plugin => Assert.Equal(RetiredState.Collected, plugin.Old));
        Assert.Contains(gone, static plugin => plugin.From!.Minor > 1);
        Assert.InRange(late, 0, early + (16 << 20));
        TimeSpan[] pauses = [.. reports.Select(static report => report.Pause).Order()];
        Console.WriteLine($"{reports.Count} swaps: pause median {pauses[pauses.Length / 2].TotalMilliseconds:0.00} ms, longest {pauses[^1].TotalMilliseconds:0.00} ms; memory {early >> 10} KiB early, {late >> 10} KiB late");
    }
}

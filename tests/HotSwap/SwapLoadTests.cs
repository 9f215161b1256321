using System.Globalization;
using Kpio.Contracts.Platform;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>
/// Many swaps under load, between two versions that were compiled from source: nothing is lost, nothing leaks. The load is
/// <c>tests/Guests/load/storm.sh</c>: tasks blocked in five calls beside one that works with many open files, a pipeline of 20 stages through
/// sha256sum, programs with threads and futexes.
/// </summary>
public sealed class SwapLoadTests
{
    /// <summary>How often all plugins are replaced.</summary>
    private static int Swaps { get; } = LongForm.Number("KPIO_SWAP_COUNT", @short: 24, @long: 10_000);

    /// <summary>Each how many swaps the new versions are loaded as new assemblies, in contexts that are unloaded again.</summary>
    private static int LoadedEach { get; } = LongForm.Number("KPIO_SWAP_LOADED", @short: 7, @long: 51);

    private static string[] Changing => LongForm.IsOn ? ["Vfs", "Memory", "Process", "LinuxAbi"] : ["Memory", "Process"];

    private static (string Tasks, string Files, string Lines) Load => LongForm.IsOn ? ("1000", "1000", "60000") : ("100", "200", "3000");

    [Fact]
    public async Task TasksFilesChecksumsAndMemoryStayWhatTheyAre()
    {
        using var scratch = new ScratchDirectory();
        string stop = Path.Combine(scratch.Path, "stop");
        var run = new ProgramRun(
            BusyBox,
            ["sh", RepositoryRoot.Combine("tests", "Guests", "load", "storm.sh"), BusyBox, GuestProgram.Build("load/blocked.c"), Load.Tasks, Load.Files, Load.Lines, stop, .. Threads])
        {
            Timeout = TimeSpan.FromHours(3),
        };
        scratch.Write("stop", "");
        RunResult native = new NativeRunner().Run(run, scratch);
        Leftovers? plain = null, left = null;
        scratch.Empty();
        scratch.Write("stop", "");
        new KpioMachineRunner { Inspect = (machine, memory) => plain = Leftovers.Of(machine, memory) }.Run(run, scratch);

        scratch.Empty();
        using var assemblies = new ScratchDirectory();
        var versions = new SwapVersions(assemblies.Path, Changing);
        var figures = new SwapFigures(Swaps);
        var options = new SwapOptions { TimeLimit = TimeSpan.FromMinutes(1) };
        IPhysicalMemory? frames = null;
        var runner = new KpioMachineRunner
        {
            MemoryMade = memory => frames = memory,
            Inspect = (machine, memory) => left = Leftovers.Of(machine, memory),
            Started = machine => new Repeater(() =>
            {
                int count = figures.Swaps;
                if (count == Swaps)
                {
                    scratch.Write("stop", "");
                    return;
                }

                if (count == 0)
                {
                    // The assemblies that are kept are not new to a user's machine: their code has run, too, before pauses are measured.
                    for (int i = 0; i < 8; i++)
                        machine.Swapper.Swap(versions.Next(isLoaded: false), options);
                    WaitFor(machine, int.Parse(Load.Tasks, CultureInfo.InvariantCulture));
                }

                bool isLoaded = count % LoadedEach == 0;
                figures.Add(machine.Swapper.Swap(versions.Next(isLoaded), options with { BeforeStep = figures.Enter }), isLoaded);
                if (figures.Swaps % Math.Max(1, Swaps / 20) == 0)
                    figures.Sample(frames!);
            },
            () => scratch.Write("stop", "")),
        };
        RunResult result = runner.Run(run, scratch);
        await figures.Print($"pipelines {Read("pipelines")}, rounds of threads {Read("threads")}");
        Assert.Equal((native.ExitCode, native.OutputText, ""), (result.ExitCode, result.OutputText, result.ErrorText));
        Assert.Equal(plain, left);
        await figures.Check();

        string Read(string file) => File.ReadAllText(Path.Combine(scratch.Path, file)).Trim();
    }

    private static string BusyBox { get; } =
        new[] { "/usr/bin/busybox", "/bin/busybox" }.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("busybox is not installed: apt install busybox-static");

    private static IEnumerable<string> Threads =>
        new[] { "threads/bounded_queue.c", "threads/barrier_phases.c", "threads/mutex_counter.c" }.Select(static source => GuestProgram.Build(source, GuestVariant.Glibc));

    private static void WaitFor(Machine machine, int tasks)
    {
        while (machine.Invoke(() => machine.Tasks.Count) < tasks)
            Thread.Sleep(10);
    }
}

using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Swaps from outside, while a program runs: what they answer, and that the program does not notice.</summary>
public sealed class SwapTests
{
    private static readonly string[] All = ["Vfs", "Memory", "Process", "LinuxAbi"];

    private static readonly Lazy<string> Expected = new(() =>
    {
        using var scratch = new ScratchDirectory();
        return new NativeRunner().Run(Program, scratch).OutputText;
    });

    /// <summary>How often each step is made to fail.</summary>
    private static int Failures => LongForm.IsOn ? 100 : 10;

    /// <summary>Fifty tasks that wait in five calls, some with children, while one writes into a hundred files.</summary>
    private static ProgramRun Program => new(Blocked, "50", "100", "600") { Timeout = TimeSpan.FromSeconds(120) };

    private static string Blocked { get; } = GuestProgram.Build("load/blocked.c");

    /// <summary>New assemblies, loaded beside the old ones; the old ones go when they are no longer in force, but for the first, which stay.</summary>
    [Fact]
    public async Task CallsAndDataGoOverToNewAssemblies()
    {
        var reports = new List<SwapReport>();
        using var scratch = new ScratchDirectory();
        var runner = new KpioMachineRunner
        {
            Started = machine => new Repeater(() =>
            {
                if (reports.Count < 2)
                    reports.Add(machine.Swapper.Swap([.. All.Select(Assembly)], Patient));
                else
                    scratch.Write("stop", "");
            },
            () => scratch.Write("stop", "")),
        };
        RunResult result = runner.Run(Program with { Arguments = [.. Program.Arguments, "stop"] }, scratch);
        Assert.Equal((0, Expected.Value, ""), (result.ExitCode, result.OutputText, result.ErrorText));
        SwapReport first = reports[0];
        Assert.Equal(["vfs", "memory", "process", "linux"], first.Plugins.Select(static plugin => plugin.Name));
        Assert.All(first.Plugins, static plugin => Assert.Equal((plugin.To, 2), (plugin.From, plugin.Generation)));
        Assert.True(first.CallsCarriedOver > 0 && first.StateRecords > 150 && first.StateBytes > 4096 && first.Pause > TimeSpan.Zero, "an empty report");
        foreach (SwapReport report in reports)
            await report.Completion;
        Assert.All(first.Plugins, static plugin => Assert.Equal(RetiredState.Resident, plugin.Old));
        Assert.All(reports.Skip(1).SelectMany(static report => report.Plugins), static plugin => Assert.Equal(RetiredState.Collected, plugin.Old));
        Assert.All(reports, static report => Assert.NotNull(report.LostAfterwards));
    }

    /// <summary>A step that fails, at any moment of the program, undoes the swap; the old generation goes on.</summary>
    [Theory]
    [InlineData(SwapStep.Load)]
    [InlineData(SwapStep.Quiesce)]
    [InlineData(SwapStep.Capture)]
    [InlineData(SwapStep.Restore)]
    [InlineData(SwapStep.Rebind)]
    public void AFailureInAnyStepUndoesTheSwap(SwapStep step)
    {
        int failures = 0;
        var random = new Random(5);
        RunResult result = RunUntilStopped((machine, stop) =>
        {
            PluginGeneration[] before = [.. machine.Plugins];
            if (failures < Failures)
            {
                Thread.Sleep(random.Next(8));
                var options = Patient with { BeforeStep = at => FailAt(at, step) };
                SwapException failure = Assert.Throws<SwapException>(() => machine.Swapper.Swap([.. All.Select(BuiltIn)], options));
                Assert.Equal(step, failure.Step);
                failures++;
                Assert.Equal(before, machine.Plugins);
            }
            else
            {
                // It still can be done.
                machine.Swapper.Swap([.. All.Select(BuiltIn)], Patient);
                stop();
            }
        });
        Assert.Equal(("", Failures), (result.ErrorText, failures));
    }

    /// <summary>After the commit point nothing can undo it any more.</summary>
    [Theory]
    [InlineData(SwapStep.Resume)]
    [InlineData(SwapStep.Retire)]
    public void AFailureAfterTheCommitPointIsReported(SwapStep step)
    {
        int failures = 0;
        var random = new Random(6);
        RunResult result = RunUntilStopped(
            (machine, stop) =>
            {
                Thread.Sleep(random.Next(8));
                if (failures == Failures)
                {
                    stop();
                    return;
                }

                Assert.Equal(4, machine.Swapper.Swap([.. All.Select(BuiltIn)], Patient with { BeforeStep = at => FailAt(at, step) }).Plugins.Count);
                failures++;
            });
        Assert.Equal(string.Concat(Enumerable.Repeat($"kpio: the swap is in force, but step {step} has failed: InvalidOperationException: made to fail\n", Failures)), result.ErrorText);
    }

    /// <summary>A plugin whose own part fails half-way, each in its way.</summary>
    [Theory]
    [InlineData(Sabotage.Constructor, SwapStep.Load)]
    [InlineData(Sabotage.RestoreThrowsAtOnce, SwapStep.Restore)]
    [InlineData(Sabotage.RestoreThrowsAtTheEnd, SwapStep.Restore)]
    [InlineData(Sabotage.RestoreRefuses, SwapStep.Restore)]
    [InlineData(Sabotage.IsSlow, SwapStep.Restore)]
    public void APluginThatFailsIsDropped(Sabotage sabotage, SwapStep step)
    {
        int failures = 0;
        RunResult result = RunUntilStopped((machine, stop) =>
        {
            Thread.Sleep(2);
            if (failures == Failures)
            {
                stop();
                return;
            }

            var options = new SwapOptions { TimeLimit = sabotage == Sabotage.IsSlow ? TimeSpan.FromMilliseconds(5) : TimeSpan.FromSeconds(10) };
            PluginSwap[] swaps = [BuiltIn("Memory"), new PluginSwap(SabotagedPlugin.Vfs(sabotage)), BuiltIn("Process")];
            SwapException failure = Assert.Throws<SwapException>(() => machine.Swapper.Swap(swaps, options));
            Assert.Contains(failure.Step, sabotage == Sabotage.IsSlow ? [SwapStep.Quiesce, SwapStep.Capture, step] : new[] { step });
            failures++;
        });
        Assert.Equal(("", Failures), (result.ErrorText, failures));
    }

    /// <summary>What cannot be taken over whole is refused before anything is stopped.</summary>
    [Fact]
    public void WhatWouldLoseSomethingIsRefused()
    {
        bool isDone = false;
        Run(machine =>
        {
            if (isDone)
                return;
            isDone = true;
            Assert.Equal(
                "plugin 'vfs' 1.0 does not provide IPipes, as 1.0 does",
                Refusal(machine, new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, static manifest => manifest with { Provides = [.. manifest.Provides.Where(type => type != typeof(IPipes))] }))));
            Assert.Equal(
                "plugin 'vfs' would lose the data of 'vfs': it has no IStatefulService<VfsState>",
                Refusal(machine, new PluginSwap(SabotagedPlugin.Vfs(Sabotage.HasNoState))));
            Assert.Equal(
                "plugin 'pipes' cannot take over a part of what works on VfsState: it lacks IVfs",
                Refusal(machine, new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, static manifest => manifest with { Name = "pipes", Provides = [typeof(IPipes)] }))));
            Assert.Equal(
                "plugin 'vfs' was built for contract version 9.0; this KPIO has 0.1",
                Refusal(machine, new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, static manifest => manifest with { Contract = new Version(9, 0) }))));
            Assert.Equal(
                "plugin 'vfs' requires IDisposable, which no loaded plugin provides",
                Refusal(machine, new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, static manifest => manifest with { Requires = [typeof(IDisposable)] }))));
            Assert.Equal(
                "there is no plugin 'net' to replace; there are: vfs, memory, process, linux",
                Refusal(machine, BuiltIn("Vfs") with { Replaces = "net" }));
            Assert.Equal("plugin 'vfs' takes over what another one of the same list does", Refusal(machine, BuiltIn("Vfs"), BuiltIn("Vfs")));
            Assert.Equal("there is nothing to swap", Refusal(machine));
            Assert.Contains("is missing: there is no file /nowhere.dll", Refusal(machine, new PluginSwap(PluginSource.Assembly("/nowhere.dll"))), StringComparison.Ordinal);
        });
        Assert.True(isDone);
    }

    /// <summary>Swaps on the machine's own thread come between the loading of another one and its turn: it happens all the same, from what is there then.</summary>
    [Fact]
    public void SwapsFromBothSidesDoNotHarmEachOther()
    {
        int outside = 0, inPlace = 0;
        using var scratch = new ScratchDirectory();
        var runner = new KpioMachineRunner
        {
            SwapEvery = 60,
            Swapped = _ => inPlace++,
            Started = machine => new Repeater(() =>
            {
                Assert.All(machine.Swapper.Swap([.. All.Select(BuiltIn)], Patient).Plugins, static plugin => Assert.True(plugin.Generation > 1));
                outside++;
            }),
        };
        RunResult result = runner.Run(Program, scratch);
        Assert.Equal((0, Expected.Value, ""), (result.ExitCode, result.OutputText, result.ErrorText));
        Assert.True(outside > 1 && inPlace > 10, $"{outside} swaps from outside, {inPlace} in place");
    }

    /// <summary>What a plugin writes for others is kept by those that do not know it, for as many generations as it takes; what is required is not lost either.</summary>
    [Fact]
    public void EntriesOfOthersAreHandedOn()
    {
        var kept = new StateExtension("somebody", 3, Required: false, new byte[] { 1, 2, 3 });
        IReadOnlyList<StateExtension>? seen = null;
        int step = 0;
        Run(machine =>
        {
            switch (step++)
            {
                case 0:
                    machine.Swapper.Swap([new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, writes: kept))], Patient);
                    machine.Swapper.Swap([BuiltIn("Vfs")], Patient);
                    machine.Swapper.Swap([BuiltIn("Vfs"), BuiltIn("Memory")], Patient);
                    machine.Swapper.Swap([new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, reads: entries => seen = entries))], Patient);
                    break;
                case 1:
                    machine.Swapper.Swap([new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, writes: kept with { Required = true }))], Patient);
                    Assert.Equal("plugin 'vfs' cannot read what plugin 'somebody' wrote into VfsState and requires", Refusal(machine, BuiltIn("Vfs")));
                    machine.Swapper.Swap([new PluginSwap(SabotagedPlugin.Vfs(Sabotage.None, reads: static _ => { }))], Patient);
                    break;
                default:
                    Thread.Sleep(1);
                    break;
            }
        });
        Assert.Equal([kept], seen);
    }

    /// <summary>No time limit that a busy machine could exceed.</summary>
    private static SwapOptions Patient { get; } = new() { TimeLimit = TimeSpan.FromMinutes(1) };

    private static void FailAt(SwapStep at, SwapStep step)
    {
        if (at == step)
            throw new InvalidOperationException("made to fail");
    }

    private static string Refusal(Machine machine, params PluginSwap[] swaps) =>
        Assert.Throws<SwapException>(() => machine.Swapper.Swap(swaps)).Message;

    /// <summary>A generation of its own assembly, which can be unloaded.</summary>
    private static PluginSwap Assembly(string plugin) => new(PluginSource.Assembly(KpioMachineRunner.PluginPath(plugin)));

    /// <summary>A generation of the assembly that is loaded for good.</summary>
    private static PluginSwap BuiltIn(string plugin) => new(PluginSource.BuiltIn(KpioMachineRunner.PluginPath(plugin)));

    /// <summary>Runs the program while another thread does something again and again; it prints what it prints natively.</summary>
    private static RunResult Run(Action<Machine> again)
    {
        using var scratch = new ScratchDirectory();
        var runner = new KpioMachineRunner { Started = machine => new Repeater(() => again(machine)) };
        RunResult result = runner.Run(Program, scratch);
        Assert.Equal((0, Expected.Value, ""), (result.ExitCode, result.OutputText, result.ErrorText));
        return result;
    }

    /// <summary>The same for as long as it takes; what the machine reports is the caller's to check.</summary>
    private static RunResult RunUntilStopped(Action<Machine, Action> again)
    {
        using var scratch = new ScratchDirectory();
        void Stop() => scratch.Write("stop", "");
        var runner = new KpioMachineRunner { Started = machine => new Repeater(() => again(machine, Stop), Stop) };
        RunResult result = runner.Run(Program with { Arguments = [.. Program.Arguments, "stop"], Timeout = TimeSpan.FromMinutes(30) }, scratch);
        Assert.Equal((0, Expected.Value), (result.ExitCode, result.OutputText));
        return result;
    }
}

using System.Diagnostics;
using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.State;
using Kpio.Kernel.Execution;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.HotSwap;

/// <summary>
/// Replaces plugins while guests run (docs/hot-swap.md). The steps are <see cref="SwapUnit"/>'s; here is their order, the stop of the
/// guests, and what happens when one fails: the guests run on with the old generation and notice nothing.
/// </summary>
public sealed class HotSwapper
{
    private readonly MachineSetup _setup;
    private readonly PluginHost _host;
    private readonly KernelSlots _slots;
    private readonly AbiStack _abi;
    private readonly TracerList _tracers;
    private readonly KernelGate _gate;
    private readonly ICpu _cpu;
    private readonly IHostWaiter _waiter;
    private readonly WaitQueues _waits;
    private readonly Action<string> _report;
    private readonly object _oneAtATime = new();

    internal HotSwapper(MachineSetup setup, PluginHost host, KernelSlots slots, AbiStack abi, TracerList tracers, KernelGate gate, ICpu cpu, WaitQueues waits)
    {
        _setup = setup;
        _host = host;
        _slots = slots;
        _abi = abi;
        _tracers = tracers;
        _gate = gate;
        _cpu = cpu;
        _waiter = setup.Waiter;
        _waits = waits;
        _report = setup.Report ?? (static _ => { });
    }

    /// <summary>Swaps plugins, all or none. From any thread but the machine's own; one swap at a time.</summary>
    /// <exception cref="SwapException">It did not happen; the machine is as before.</exception>
    public SwapReport Swap(IReadOnlyList<PluginSwap> swaps, SwapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(swaps);
        options ??= new SwapOptions();
        lock (_oneAtATime)
        {
            return Swap(swaps, options, exchange =>
            {
                _waiter.Interrupt();
                if (!_gate.TryRun(_cpu, options.TimeLimit, exchange))
                    throw new SwapException(SwapStep.Quiesce, $"the guests could not be stopped within {options.TimeLimit.TotalSeconds:0.###} s");
            });
        }
    }

    /// <summary>The same on the machine's own thread, between two instructions of a guest, with no plugin's code on the stack.</summary>
    internal SwapReport SwapInPlace(IReadOnlyList<PluginSwap> swaps, SwapOptions options) => Swap(swaps, options, static exchange => exchange());

    private SwapReport Swap(IReadOnlyList<PluginSwap> swaps, SwapOptions options, Action<Action> quiesce)
    {
        if (swaps.Count == 0)
            throw new SwapException(SwapStep.Load, "there is nothing to swap");
        var unit = new SwapUnit(swaps, _host, _slots, _abi, _tracers);
        SwapStep step = SwapStep.Load;
        SwapReport? report = null;
        try
        {
            long begin = Stopwatch.GetTimestamp();
            Enter(SwapStep.Load);
            unit.Load(options.Warms);
            if (options.Warms && unit.NeedsRehearsal)
                Rehearsal.Perform(_setup, _host.Plugins, _abi, unit.Replacements);
            TimeSpan preparation = Stopwatch.GetElapsedTime(begin);
            Enter(SwapStep.Quiesce);
            long cyclesBefore = _cpu.Cycles;
            long asked = Stopwatch.GetTimestamp();
            quiesce(() =>
            {
                long stopped = Stopwatch.GetTimestamp();
                long cyclesToStop = _cpu.Cycles - cyclesBefore;
                int calls = _waits.ParkedCalls;
                Enter(SwapStep.Capture);
                unit.Capture();
                CheckTime();
                Enter(SwapStep.Restore);
                try
                {
                    unit.Restore();
                    CheckTime();
                    Enter(SwapStep.Rebind);
                }
                catch
                {
                    unit.Undo();
                    throw;
                }

                unit.Rebind();
                step = SwapStep.Resume;
                report = Describe(unit);
                report.Preparation = preparation;
                report.CyclesToStop = cyclesToStop;
                report.CallsCarriedOver = calls;
                report.Pause = Stopwatch.GetElapsedTime(stopped);

                void CheckTime()
                {
                    if (Stopwatch.GetElapsedTime(asked) > options.TimeLimit)
                        throw new SwapException(step, $"the data took longer than {options.TimeLimit.TotalSeconds:0.###} s");
                }
            });
        }
        catch (Exception e)
        {
            unit.Drop();
            if (e is SwapException)
                throw;
            Exception cause = e.GetBaseException();
            throw new SwapException(step, e is MachineSetupException ? e.Message : $"{cause.GetType().Name} in step {step}: {cause.Message.ReplaceLineEndings(" ")}", e);
        }

        Finish(unit, report!, options);
        return report!;

        void Enter(SwapStep next)
        {
            step = next;
            options.BeforeStep?.Invoke(next);
        }
    }

    /// <summary>What follows the commit point: nothing of it can undo the swap, and no failure of it is the guests'.</summary>
    private void Finish(SwapUnit unit, SwapReport report, SwapOptions options)
    {
        var costs = RuntimeCosts.Now();
        Announce(SwapStep.Resume);
        StateSize size = unit.Measure();
        (report.StateRecords, report.StateBytes) = (size.Records, size.Bytes);
        Announce(SwapStep.Retire);
        List<SwapUnit.Retired> retired = unit.Retire(_report);
        report.Completion = GenerationWatch.Complete(report, retired, costs);

        void Announce(SwapStep step)
        {
            try
            {
                options.BeforeStep?.Invoke(step);
            }
            catch (Exception e)
            {
                _report($"the swap is in force, but step {step} has failed: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }
    }

    private static SwapReport Describe(SwapUnit unit)
    {
        var plugins = new List<SwappedPlugin>();
        foreach (PluginReplacement replacement in unit.Replacements)
        {
            PluginGeneration? old = replacement.Outgoing;
            replacement.Incoming.Number = (old?.Number ?? 0) + 1;
            plugins.Add(new SwappedPlugin(replacement.Incoming.Manifest.Name, old?.Manifest.Version, replacement.Incoming.Manifest.Version, replacement.Incoming.Number)
            {
                Old = old is null ? RetiredState.InUse : old.IsUnloadable ? RetiredState.Unloading : RetiredState.Resident,
            });
        }

        return new SwapReport(plugins);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kpio.Contracts.Platform;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>What many swaps came to: pauses, generations that were collected, memory along the way. Reports are not kept: ten thousand of them would be what grows.</summary>
internal sealed class SwapFigures
{
    /// <summary>What managed memory may grow by. In the short form other tests run in the same process.</summary>
    private static long Slack => LongForm.IsOn ? 4 << 20 : 16 << 20;

    private readonly List<double> _pauses;
    private readonly List<double> _loadedPauses = [];
    private readonly List<double> _ownPauses;
    private readonly List<double> _preparations;
    private readonly Dictionary<SwapStep, List<double>> _steps = [];
    private readonly List<SwapReport> _pending = [];
    private readonly List<(long Managed, long Frames)> _samples = [];
    private readonly Dictionary<RetiredState, int> _retired = [];
    private (SwapStep Step, long Begin) _step;
    private long _calls;
    private long _records;
    private int _sameVersion;
    private double _waited;

    public SwapFigures(int swaps)
    {
        _pauses = new List<double>(swaps);
        _ownPauses = new List<double>(swaps);
        _preparations = new List<double>(swaps);
        for (SwapStep step = SwapStep.Load; step < SwapStep.Retire; step++)
            _steps[step] = new List<double>(swaps);
    }

    public int Swaps => _pauses.Count;

    /// <param name="report">A swap.</param>
    /// <param name="isLoaded">Whether its assemblies were loaded anew.</param>
    public void Add(SwapReport report, bool isLoaded)
    {
        double pause = report.Pause.TotalMilliseconds;
        _pauses.Add(pause);
        if (isLoaded)
            _loadedPauses.Add(pause);
        _ownPauses.Add(Math.Max(0, pause - _waited));
        _preparations.Add(report.Preparation.TotalMilliseconds);
        _calls += report.CallsCarriedOver;
        _records = Math.Max(_records, report.StateRecords);
        _sameVersion += report.Plugins.Count(static plugin => plugin.From == plugin.To);
        _pending.Add(report);
    }

    /// <summary>Takes the time of each step, and how long the swap's thread waited for a processor of the host: for <see cref="SwapOptions.BeforeStep"/>.</summary>
    public void Enter(SwapStep step)
    {
        if (step is SwapStep.Capture or SwapStep.Rebind)
            _waited = Waited() - (step == SwapStep.Capture ? 0 : _waited);
        long now = Stopwatch.GetTimestamp();
        if (step != SwapStep.Load)
            _steps[_step.Step].Add(Stopwatch.GetElapsedTime(_step.Begin, now).TotalMilliseconds);
        _step = (step, now);
    }

    /// <summary>Measures the memory of the process, after a collection, and that of the guests.</summary>
    public void Sample(IPhysicalMemory frames)
    {
        Settle();
        _samples.Add((GC.GetTotalMemory(forceFullCollection: true), frames.UsedFrames));
    }

    /// <summary>Writes them where <c>tests/swap-storm.sh</c> finds them, and onto the test's output.</summary>
    public async Task Print(string load)
    {
        await Complete();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"load\t{Swaps} swaps between two source versions; meanwhile {load}\n");
        Line("pause", _pauses);
        Line("pause, without the time in which the swap's thread waited for a processor of the host", _ownPauses);
        Line($"pause of the {_loadedPauses.Count} swaps to assemblies that were loaded anew", _loadedPauses);
        Line("preparation while guests run", _preparations);
        foreach ((SwapStep step, List<double> times) in _steps)
            Line($"  step {step}", times);
        text.Append(CultureInfo.InvariantCulture, $"load\tcalls carried over by a swap: {_calls / Swaps}; records at most: {_records}\n");
        text.Append(CultureInfo.InvariantCulture, $"load\told generations: {string.Join(", ", _retired.Select(static state => $"{state.Value} {state.Key}"))}\n");
        text.Append(CultureInfo.InvariantCulture, $"load\tmanaged memory in KiB: {string.Join(' ', _samples.Select(static sample => sample.Managed >> 10))}\n");
        text.Append(CultureInfo.InvariantCulture, $"load\tframes of guests in use: {string.Join(' ', _samples.Select(static sample => sample.Frames))}\n");
        SwapStorm.Write(text.ToString());
        Console.Write(text);

        void Line(string what, List<double> times)
        {
            double[] sorted = [.. times.Order()];
            text.Append(CultureInfo.InvariantCulture, $"load\t{what}: median {sorted[sorted.Length / 2]:0.00} ms, 99 of 100 within {sorted[sorted.Length * 99 / 100]:0.00} ms, worst {sorted[^1]:0.00} ms\n");
        }
    }

    /// <summary>Fails when something leaks, and in the long form when a pause was too long: no test of continuous integration depends on time.</summary>
    public async Task Check()
    {
        await Complete();
        Assert.Equal(0, _sameVersion);
        Assert.True(_retired.GetValueOrDefault(RetiredState.Collected) > 0, "no generation could be collected");
        Assert.Equal(0, _retired.GetValueOrDefault(RetiredState.Leaked) + _retired.GetValueOrDefault(RetiredState.Unloading));

        // The load goes up and down: the least of the first half and of the second are compared.
        int half = _samples.Count / 2;
        Assert.InRange(_samples.Skip(half).Min(static sample => sample.Managed), 0, _samples.Take(half).Min(static sample => sample.Managed) + Slack);
        if (!LongForm.IsOn)
            return;
        Assert.InRange(_samples.Skip(half).Min(static sample => sample.Frames), 0, _samples.Take(half).Min(static sample => sample.Frames) * 5 / 4);

        // On a busy host any thread may have to wait for a processor at any place: that is not the swap's time.
        double[] pauses = [.. _ownPauses.Order()];
        Assert.InRange(pauses[pauses.Length / 2], 0, 2);
        Assert.InRange(pauses[^1], 0, 50);
    }

    /// <summary>Milliseconds that this thread has waited in a queue for a processor, as far as the host says (proc(5), schedstat).</summary>
    private static double Waited()
    {
        const string Statistics = "/proc/thread-self/schedstat";
        return File.Exists(Statistics) ? long.Parse(File.ReadAllText(Statistics).Split(' ')[1], CultureInfo.InvariantCulture) / 1e6 : 0;
    }

    private async Task Complete()
    {
        foreach (SwapReport report in _pending)
            await report.Completion;
        Settle();
    }

    /// <summary>Counts what became of generations whose end is known.</summary>
    private void Settle()
    {
        _pending.RemoveAll(report =>
        {
            if (!report.Completion.IsCompleted)
                return false;
            foreach (SwappedPlugin plugin in report.Plugins)
                _retired[plugin.Old] = _retired.GetValueOrDefault(plugin.Old) + 1;
            return true;
        });
    }
}

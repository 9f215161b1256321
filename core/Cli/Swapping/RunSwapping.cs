using Kpio.Cli.Checkpointing;
using Kpio.Cli.Control;
using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Contracts.Tracing;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Swapping;

/// <summary>The swaps that a run was asked for, its control socket and its watch over files. In a class of its own: a run without them loads nothing of it.</summary>
internal sealed class RunSwapping : IDisposable
{
    private readonly MachineSwaps _swaps;
    private TraceSwitch? _trace;
    private ControlServer? _server;
    private PluginWatcher? _watcher;

    private RunSwapping(MachineSwaps swaps) => _swaps = swaps;

    /// <summary>Prepares what was asked for. With the first program started and the machine not yet running.</summary>
    /// <exception cref="UsageException">A plugin is not there or does not compile, or the socket cannot be had.</exception>
    public static RunSwapping Start(Machine machine, RunOptions options, PluginFiles files, TracerHandle<ISyscallStatistics>? statistics, ErrorWriter error, Action<string>? log)
    {
        void Report(string message) => error.WriteLine($"kpio: {message}");
        var swapping = new RunSwapping(new MachineSwaps(machine, files, log));
        try
        {
            foreach (ScheduledSwap swap in options.Swaps)
                swapping._swaps.SwapAfter(swap.Calls, [.. swap.Wishes.Select(wish => swapping._swaps.Resolve(wish, Report))]);
            if (options.SwapEvery is { } calls)
                swapping._swaps.SwapAllEvery(calls);
            if (options.Control is { } path)
            {
                swapping._trace = new TraceSwitch(machine, options.TraceFormat, error);
                swapping._server = ControlServer.Start(path, new ControlRequests(machine, swapping._swaps, new CheckpointWriter(machine, options), swapping._trace, statistics), Report);
            }

            if (options.WatchesPlugins)
                swapping._watcher = PluginWatcher.Start(swapping._swaps, Report);
            return swapping;
        }
        catch
        {
            swapping.Dispose();
            throw;
        }
    }

    /// <summary>The machine has ended: nobody reaches it any more.</summary>
    public void Close()
    {
        _swaps.Close();
        _watcher?.Dispose();
        _server?.Dispose();
        _trace?.Flush();
        (_watcher, _server, _trace) = (null, null, null);
    }

    public void Dispose() => Close();
}

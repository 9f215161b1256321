using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;

namespace Kpio.Cli.Swapping;

/// <summary>
/// The swaps of a run, wherever they come from: <c>--swap</c>, the control socket, files that change. Each is written into KPIO's log. From
/// any thread, one swap at a time; after <see cref="Close"/> nothing touches the machine any more.
/// </summary>
internal sealed class MachineSwaps
{
    private readonly Machine _machine;
    private readonly PluginFiles _files;
    private readonly Action<string>? _log;
    private readonly Dictionary<string, PluginSource> _builtIn = [];
    private readonly object _using = new();
    private bool _isClosed;

    /// <summary>Makes it for a machine that does not run yet.</summary>
    public MachineSwaps(Machine machine, PluginFiles files, Action<string>? log)
    {
        _machine = machine;
        _files = files;
        _log = log;
        foreach (PluginGeneration plugin in machine.Plugins)
        {
            if (plugin.Source.IsBuiltIn)
                _builtIn.Add(plugin.Manifest.Name, plugin.Source);
        }
    }

    /// <summary>Finds, and compiles, what is to be put in.</summary>
    /// <param name="wish">What is wanted.</param>
    /// <param name="report">Told what the compiler says.</param>
    /// <exception cref="UsageException">There is no such file or built-in plugin, or it does not compile.</exception>
    public PluginSwap Resolve(SwapWish wish, Action<string> report)
    {
        if (wish.IsBuiltIn)
        {
            return _builtIn.TryGetValue(wish.Name!, out PluginSource? source)
                ? new PluginSwap(source, wish.Name)
                : throw new UsageException($"there is no built-in plugin '{wish.Name}' in this machine; there are: {string.Join(", ", _builtIn.Keys)}");
        }

        if (!File.Exists(wish.Path))
            throw new UsageException($"there is no file {Path.GetFullPath(wish.Path)}");
        return new PluginSwap(_files.Open(wish.Path, report), wish.Name);
    }

    /// <summary>Swaps while the machine runs. From any thread but the machine's own.</summary>
    /// <exception cref="SwapException">It did not happen.</exception>
    public SwapReport Swap(IReadOnlyList<PluginSwap> swaps)
    {
        SwapReport report = Use(() => _machine.Swapper.Swap(swaps));
        Log(report);
        return report;
    }

    /// <summary>Swaps at a place of the program. Before the machine runs.</summary>
    public void SwapAfter(long calls, IReadOnlyList<PluginSwap> swaps) => _machine.SwapAfter(calls, repeats: false, () => swaps, Log);

    /// <summary>Replaces every plugin by a new generation of itself, again and again. Before the machine runs.</summary>
    public void SwapAllEvery(long calls) =>
        _machine.SwapAfter(calls, repeats: true, () => [.. _machine.Plugins.Select(static plugin => new PluginSwap(plugin.Source, plugin.Manifest.Name))], Log);

    /// <summary>Asks the machine something between two steps of its guests. From any thread but its own.</summary>
    /// <exception cref="SwapException">The machine has ended.</exception>
    public T Ask<T>(Func<Machine, T> question) => Use(() => _machine.Invoke(() => question(_machine)));

    /// <summary>Does something with the machine that stops its guests by itself. From any thread but its own.</summary>
    /// <exception cref="SwapException">The machine has ended.</exception>
    public T With<T>(Func<Machine, T> action) => Use(() => action(_machine));

    /// <summary>The machine has ended: waits for a swap that is under way, and lets no other begin.</summary>
    public void Close()
    {
        lock (_using)
        {
            _isClosed = true;
        }
    }

    /// <summary>Writes a line into KPIO's log.</summary>
    public void Log(string message) => _log?.Invoke(message);

    private void Log(SwapReport report) => _log?.Invoke(SwapText.Line(report));

    private T Use<T>(Func<T> action)
    {
        lock (_using)
        {
            return _isClosed ? throw new SwapException("the machine has ended") : action();
        }
    }
}

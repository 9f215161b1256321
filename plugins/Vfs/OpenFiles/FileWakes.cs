using Kpio.Contracts.Process;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>
/// How drivers say that a file's readiness changed. The kernel wakes whoever waits for the file's key; what became ready goes along
/// beside it to the files that collect events, which would otherwise take every wake for an edge of everything.
/// </summary>
internal sealed class FileWakes
{
    private const PollEvents Anything = (PollEvents)uint.MaxValue;

    private readonly IWaitQueues _queues;

    public FileWakes(IWaitQueues queues, FileSignals signals)
    {
        _queues = queues;
        Signals = signals;
    }

    /// <summary>The signals that tell a file's owner.</summary>
    public FileSignals Signals { get; }

    public IWaitQueues Queues => _queues;

    /// <summary>What became ready, while a wake of <see cref="Wake"/> is under way; everything else.</summary>
    public PollEvents Current { get; private set; } = Anything;

    /// <summary>Wakes whoever waits for the file; answers how many tasks that were.</summary>
    public int Wake(OpenFile file, PollEvents became)
    {
        PollEvents outer = Current;
        Current = became;
        int woken = _queues.Wake(KeyOf(file));
        Current = outer;
        return woken;
    }

    public static WaitKey KeyOf(OpenFile file) => new(WaitKind.File, (ulong)file.Id.Value);
}

using Kpio.Kernel.Checkpoint;
using Kpio.Kernel.Execution;

namespace Kpio.Kernel;

// Snapshots: a machine kept in memory at one moment, and machines made from it (docs/checkpoint.md).
public sealed partial class Machine
{
    private static readonly TimeSpan MostTimeToStop = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Keeps the machine as it is, at a point between two instructions of a guest. The machine goes on. From any thread but the machine's own; between
    /// <see cref="Start"/> and <see cref="Run"/> from that one too.
    /// </summary>
    /// <param name="whileStopped">Called with the snapshot before the guests go on; it may call <see cref="Stop"/>, and then they do not.</param>
    /// <exception cref="SnapshotException">It cannot be kept, or not now.</exception>
    public MachineSnapshot Capture(Action<MachineSnapshot>? whileStopped = null)
    {
        MachineSnapshot? snapshot = null;
        _setup.Waiter.Interrupt();
        bool isDone = _gate.TryRun(_cpu, MostTimeToStop, () =>
        {
            snapshot = CaptureInPlace();
            whileStopped?.Invoke(snapshot);
        });
        if (!isDone)
            throw new SnapshotException($"the guests could not be stopped within {MostTimeToStop.TotalSeconds:0} s");
        return snapshot!;
    }

    /// <summary>
    /// The same on the machine's own thread: from <see cref="MachineSetup.Idle"/>, or after <see cref="Run"/> when all programs have ended. A machine
    /// that is made from the latter is given another program (<see cref="Start"/>).
    /// </summary>
    /// <exception cref="SnapshotException">It cannot be kept.</exception>
    public MachineSnapshot CaptureInPlace() =>
        MachineCapture.Take(SnapshotParts(), _first ?? throw new SnapshotException("the machine has no program"));

    /// <summary>
    /// Keeps the machine each time that guests have made a number of system calls: at the same place of the same program every time.
    /// Before <see cref="Run"/>.
    /// </summary>
    /// <param name="calls">After how many calls.</param>
    /// <param name="repeats">Whether it is done again after as many more.</param>
    /// <param name="take">Takes the snapshot; on the machine's thread, which waits for it. It may call <see cref="Stop"/>.</param>
    /// <param name="failed">Told in a line why there is none; null tells <see cref="MachineSetup.Report"/>.</param>
    public void CaptureAfter(long calls, bool repeats, Action<MachineSnapshot> take, Action<string>? failed = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        ArgumentNullException.ThrowIfNull(take);
        _loop.CallsDone.Add(new CallCountdown(calls, repeats, () =>
        {
            MachineSnapshot snapshot;
            try
            {
                snapshot = CaptureInPlace();
            }
            catch (SnapshotException e)
            {
                (failed ?? _setup.Report)?.Invoke($"the machine cannot be kept: {e.Message}");
                return;
            }

            take(snapshot);
        }));
    }

    /// <summary>
    /// Makes this machine into the one that was kept, instead of mounts and <see cref="Start"/>; then <see cref="Run"/> goes on with it. Its setup may
    /// differ in the plugins and layers of the system call interface, in names and in what it prints; tracers that were added before go on
    /// with what those of their kind had gathered. Files of the host are opened again by their paths.
    /// </summary>
    /// <exception cref="SnapshotException">It cannot be done; this machine can only be disposed of.</exception>
    public void Restore(MachineSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (_first is not null)
            throw new SnapshotException("a machine that has a program already cannot be restored");
        _first = MachineRestore.Perform(SnapshotParts(), snapshot);

        // The window may have another size by now.
        if (snapshot.Header.HasTerminal)
            _requests.NotifyTerminal();
    }

    private SnapshotParts SnapshotParts() =>
        new(_setup, _platform, _cpu, _tasks, _waits, _timers, _clock, _entropy, _loop, _observers, _tracers, Slots, _plugins, _userMemory);
}

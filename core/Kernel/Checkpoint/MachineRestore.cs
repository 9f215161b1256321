using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Kernel.Execution;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Makes a machine that has just been put together, without mounts and without a program, into the one that was kept: frames, clocks, tasks and
/// timers first, then the plugins' records, which may ask for all of these, and at last the waiting calls.
/// </summary>
internal static class MachineRestore
{
    private const int KernelStateVersion = 1;

    /// <summary>Restores the machine and answers its first task.</summary>
    /// <exception cref="SnapshotException">It cannot be done; the machine must be disposed of.</exception>
    public static GuestTask Perform(SnapshotParts parts, MachineSnapshot snapshot)
    {
        try
        {
            return Restore(parts, snapshot);
        }
        catch (Exception e) when (e is not (SnapshotException or OutOfMemoryException))
        {
            // What a file says may be anything; a plugin that stumbles over it says no more than that.
            throw new SnapshotException($"its records cannot be taken over ({e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    private static GuestTask Restore(SnapshotParts parts, MachineSnapshot snapshot)
    {
        Check(parts, snapshot);
        MachineState state = snapshot.Records.Make(parts.Cpu.CreateContext, parts.UserMemory);
        KernelState kernel = state.Kernel;
        if (kernel.Version != KernelStateVersion)
            throw new SnapshotException($"its kernel state has version {kernel.Version}, and this version of KPIO reads {KernelStateVersion}");
        RestoreMemory(parts, snapshot, state);
        ((ICpuSnapshots)parts.Cpu).Counts = kernel.Counts;
        foreach (GuestTask task in kernel.Tasks)
            parts.Tasks.Add(task);
        parts.Tasks.Tids = kernel.Tids;
        parts.Clock.Restore(kernel.Clock, kernel.Current);
        if (parts.Entropy is SeededEntropy entropy)
            entropy.State = kernel.Entropy is { Count: 4 } words ? [.. words] : throw Damaged();
        if (!parts.Timers.Restore(kernel.Timers, kernel.LastTimer))
            throw Damaged();
        if (parts.Tracers.Restore(state.Tracers) is { } tracer)
            throw new SnapshotException($"the tracer {tracer} cannot take over what it had gathered");
        if (!parts.Waits.Restore(kernel.Waits, parts.Observers.All))
            throw Damaged();
        var handles = new HostHandles(parts.Setup, snapshot.IsStored);
        new PluginRecords(parts.Slots, parts.Plugins).Restore(
            [.. state.Plugins.Select(record => record.State is VfsState vfs ? record with { State = handles.Reopen(vfs) } : record)]);
        if (kernel.Current is not null && kernel.Turn is not null && !kernel.Tasks.Contains(kernel.Current))
            throw Damaged();
        if (kernel.InputPosition is { } position)
            _ = parts.Setup.Console.Seek(new HostFileId(1), position, 0);
        parts.Loop.Restore(kernel.Current, kernel.Turn, kernel.IsPreempted);
        return kernel.First;
    }

    private static void Check(SnapshotParts parts, MachineSnapshot snapshot)
    {
        if (parts.Platform.Memory is not IMemorySnapshots || parts.Cpu is not ICpuSnapshots)
            throw new SnapshotException("this machine's memory and processor cannot be restored");
        if (parts.Tasks.Count > 0 || parts.Platform.Memory.UsedFrames > 0)
            throw new SnapshotException("a machine that has a program already cannot be restored");
        MachineOptions options = parts.Setup.Options;
        if (snapshot.Header.HasTerminal && !HasTerminal(parts.Setup))
            throw new SnapshotException("the user's terminal was its console: it goes on on a terminal alone");
        if (options.Deterministic != snapshot.Options.Deterministic)
            throw new SnapshotException(snapshot.Options.Deterministic ? "it is of a deterministic machine, and this one is not" : "it is of a machine that is not deterministic, and this one is");
        if (options.Cpu != snapshot.Options.Cpu)
            throw new SnapshotException("its processor is another model than this machine's");
        if (!options.Deterministic && parts.Setup.Clock != snapshot.Clock)
            throw new SnapshotException("its clock is another one than this machine's");
    }

    private static bool HasTerminal(MachineSetup setup)
    {
        foreach (HostService service in setup.HostServices)
        {
            if (service.Contract == typeof(IHostTerminal))
                return true;
        }

        return false;
    }

    /// <summary>Gives the frames back, with a look at each place that names one: what guests reach through them is the host's memory.</summary>
    private static void RestoreMemory(SnapshotParts parts, MachineSnapshot snapshot, MachineState state)
    {
        var spaces = new List<AddressSpaceId>();
        var references = new List<FrameNumber>();
        foreach (PluginRecord record in state.Plugins)
        {
            if (record.State is MemoryState memory)
            {
                spaces.AddRange(memory.Spaces.Select(static space => space.Space));
                references.AddRange(memory.SharedObjects.SelectMany(static shared => shared.Pages.Values));
            }
            else if (record.State is VfsState vfs)
            {
                references.AddRange(vfs.MappedFiles.SelectMany(static file => file.Pages).Select(static page => page.Frame));
            }
        }

        foreach (GuestTask task in state.Kernel.Tasks)
        {
            bool isAlive = task.State < TaskState.Zombie;
            if ((isAlive || !task.Group.AddressSpace.IsNone) && !spaces.Contains(task.Group.AddressSpace))
                throw Damaged();
            if (isAlive && task.Cpu.AddressSpace != task.Group.AddressSpace)
                throw Damaged();
        }

        Errno error = ((IMemorySnapshots)parts.Platform.Memory).Restore(snapshot.Memory, spaces, references);
        if (error != Errno.None)
        {
            throw error == Errno.ENOMEM
                ? new SnapshotException($"this machine's memory of {parts.Platform.Memory.TotalFrames * FrameNumber.Size >> 20} MiB is too small for it")
                : new SnapshotException("its frames are damaged");
        }
    }

    private static SnapshotException Damaged() => new("its records are damaged");
}

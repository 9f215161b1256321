using Kpio.Contracts.Process;
using Kpio.Kernel.Execution;

namespace Kpio.Kernel.Debugging;

/// <summary>The place of a writer of core files in the kernel, empty unless the user wants them.</summary>
internal sealed class CoreDumps(TaskTable tasks) : ICoreDump
{
    private ICoreWriter? _writer;
    private DebugMemory? _memory;

    public bool IsWanted => _writer is not null;

    public void Use(ICoreWriter writer, DebugMemory memory)
    {
        _writer = writer;
        _memory = memory;
    }

    public bool Write(GuestTask task, in SignalInfo info)
    {
        if (_writer is null || _memory is null)
            return false;

        // The thread that took the signal first, as Linux has it and debuggers expect.
        var threads = new List<GuestTask> { task };
        foreach (int tid in task.Group.Threads)
        {
            if (tasks.Find(tid) is { State: < TaskState.Zombie } other && !ReferenceEquals(other, task))
                threads.Add(other);
        }

        return _writer.Write(task, in info, threads, _memory);
    }
}

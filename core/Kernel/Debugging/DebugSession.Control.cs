using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Debugging;

/// <content>What a debugger does to the machine: from within <see cref="IDebugger.OnStop"/>, <see cref="Wake"/> and <see cref="IsEnding"/> from anywhere.</content>
public sealed partial class DebugSession
{
    /// <summary>Breakpoints, watchpoints.</summary>
    public IDebugCpu Cpu { get; }

    /// <summary>The plugins' services.</summary>
    public KernelSlots Slots { get; }

    /// <summary>Guest memory.</summary>
    public DebugMemory Memory { get; }

    /// <summary>The machine's tasks.</summary>
    public ITaskTable Tasks { get; }

    /// <summary>Whether the machine is to end: the debugger should come back at once.</summary>
    public bool IsEnding => _requests.Stop is not null;

    /// <summary>Makes the run loop look at <see cref="IDebugger.IsAsking"/> soon.</summary>
    public void Wake() => _requests.Wake();

    /// <summary>The tasks of a process that have not ended.</summary>
    public IReadOnlyList<GuestTask> ThreadsOf(ThreadGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var threads = new List<GuestTask>();
        foreach (int tid in group.Threads)
        {
            if (Tasks.Find(tid) is { State: < TaskState.Zombie } task)
                threads.Add(task);
        }

        return threads;
    }

    /// <summary>Takes a process under control; its tasks are held.</summary>
    public void Attach(ThreadGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.IsDebugged = true;
        foreach (GuestTask task in ThreadsOf(group))
            SetMode(task, DebugMode.Held);
    }

    /// <summary>Lets go of a process: its tasks run, and nothing of it stops any more.</summary>
    public void Detach(ThreadGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        group.IsDebugged = false;
        if (!group.AddressSpace.IsNone && group.Sharing.Processes == 1)
            Cpu.Clear(group.AddressSpace);
        foreach (GuestTask task in ThreadsOf(group))
        {
            // A call that the debugger was told of goes on by itself: the instruction is made again.
            if (_tasks.Remove(task, out DebuggedTask? state) && state.IsBeforeCall)
                task.Cpu.Rip -= SyscallLength;
        }
    }

    /// <summary>Says how a task goes on when the debugger comes back; <paramref name="range"/> is where it goes on stepping (the end is exclusive).</summary>
    public void SetMode(GuestTask task, DebugMode mode, (ulong Start, ulong End) range = default)
    {
        DebuggedTask state = StateOf(task);
        state.Mode = mode;
        state.Range = range;
    }

    /// <summary>Has a signal delivered to the task, without asking the debugger again.</summary>
    public void Deliver(GuestTask task, in SignalInfo info)
    {
        ArgumentNullException.ThrowIfNull(task);
        task.Signals.Pending.Add(in info);
        task.HasSignalWork = true;
        StateOf(task).Approved = info.Signal;
        _waits.Interrupt(task);
    }

    /// <summary>Ends a process as SIGKILL does, once the debugger has come back.</summary>
    public void Kill(ThreadGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        Detach(group);
        Slots.Processes.Current.Send(group.Pid, 0, new SignalInfo(Signal.SIGKILL, SignalCode.SI_KERNEL));
    }

    /// <summary>
    /// RAX as ptrace(2) shows it, and the number of the system call in which or behind which the task stands (orig_rax), or -1: a task
    /// that waits in a call shows the kernel's own error, with which the call will be made again.
    /// </summary>
    public (ulong Rax, long Call) ReadCall(GuestTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        ulong rax = task.Cpu[GuestRegister.Rax];
        if (StateOf(task).IsBeforeCall)
            return (unchecked((ulong)-(long)Errno.ENOSYS), (uint)rax);
        if (_waits.IsInCall(task))
            return ((ulong)RestartState.ErrorOf(task.Wait.Interrupt).Raw, (uint)rax);
        if (task.Restart.Interrupted != InterruptKind.NeverRestarted)
            return (rax, task.Restart.Number);
        return (rax, StateOf(task).Call ?? -1L);
    }

    /// <summary>Ends the wait of a task in a system call, as a signal does, so that its registers may be changed.</summary>
    public void EndWait(GuestTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (_waits.IsInCall(task) && _waits.Interrupt(task))
            _loop.FinishCall(task);
    }

    /// <summary>Sets orig_rax: before a call another number, behind one that a signal has ended whether it is made again (-1: it is not).</summary>
    public void WriteCall(GuestTask task, long call)
    {
        ArgumentNullException.ThrowIfNull(task);
        DebuggedTask state = StateOf(task);
        state.Call = call < 0 ? null : (uint)call;
        if (state.IsBeforeCall)
        {
            task.Cpu[GuestRegister.Rax] = (uint)call;
            return;
        }

        task.Restart.Number = (uint)call;
        task.Restart.Interrupted = call < 0 ? InterruptKind.NeverRestarted : -(long)task.Cpu[GuestRegister.Rax] switch
        {
            512 => InterruptKind.Restartable,
            514 => InterruptKind.RestartUnlessHandled,
            516 => InterruptKind.RestartBlock,
            _ => InterruptKind.NeverRestarted,
        };
        task.HasSignalWork |= task.Restart.Interrupted != InterruptKind.NeverRestarted;
    }

    /// <summary>Sets RAX; before a call it has no meaning, as in Linux.</summary>
    public void WriteRax(GuestTask task, ulong value)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!StateOf(task).IsBeforeCall)
            task.Cpu[GuestRegister.Rax] = value;
    }

    private const ulong SyscallLength = 2;
}

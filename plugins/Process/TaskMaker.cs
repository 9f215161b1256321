using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>clone(2) in all its forms: checks what is asked, then makes the task so that nothing can fail half-way.</summary>
internal sealed class TaskMaker
{
    private const int NPROC = 6; // RLIMIT_NPROC
    private const int NOFILE = 7; // RLIMIT_NOFILE

    private readonly ProcessServices _services;
    private readonly CpuLimits _limits;

    private readonly Tracing _tracing;

    public TaskMaker(ProcessServices services, CpuLimits limits, Tracing tracing)
    {
        _tracing = tracing;
        _services = services;
        _limits = limits;
    }

    public SysResult Clone(GuestTask task, in CloneRequest request)
    {
        if (task.Restart.Reason != WakeReason.None)
            return GoOn(task);
        CloneFlags flags = request.Flags;
        Errno error = Check(task, in request);
        if (error != Errno.None)
            return error;
        int pidFd = -1;
        if (Has(flags, CloneFlags.CLONE_PIDFD) && !TryReserve(task, request.PidFd, out pidFd, out SysResult stop))
            return stop;
        AddressSpaceId space = task.Group.AddressSpace;
        if ((flags & CloneFlags.CLONE_VM) == 0 && !_services.Spaces.Current.Fork(space).TryGet(out space, out error))
            return error;
        int tid = request.SetTid != 0 ? request.SetTid : _services.Tasks.NextTid();
        GuestTask child = Make(task, in request, tid, space);
        _services.Tasks.Add(child);
        if (!ReferenceEquals(child.Group, task.Group))
            _limits.Apply(child.Group);
        if (pidFd >= 0 && _services.SpecialFiles.Current.CreateProcess(tid, default).TryGet(out FileId file, out _))
            task.Descriptors.Set(pidFd, new Descriptor(file, CloseOnExec: true));
        WriteTids(task, child, in request);
        child.HoldsVforkParent = (flags & CloneFlags.CLONE_VFORK) != 0;
        TraceEvent told = task.Trace is { } trace ? _tracing.Follow(task, trace, child, in request) : TraceEvent.None;
        _services.Observers.OnStart(task, child);
        _services.Scheduler.Current.Ready(child);
        task.Restart.Progress = tid;
        task.Restart.Extra = (long)(child.HoldsVforkParent ? CloneStep.Begun : CloneStep.Done);
        return told != TraceEvent.None ? _tracing.StopInCall(task, told, (ulong)tid) : GoOn(task);
    }

    /// <summary>What is left of a call: a tracer that is told of it, a child of vfork(2) that goes its way. Entered again after each; a signal that ends the process cuts it short.</summary>
    private SysResult GoOn(GuestTask task)
    {
        RestartState call = task.Restart;
        if (task.IsKilled)
            return call.Progress;
        if (call.Extra == (long)CloneStep.Begun)
        {
            call.Extra = (long)CloneStep.Waits;
            if (_services.Tasks.Find((int)call.Progress) is { HoldsVforkParent: true })
                return SysResult.Wait(task.Wait.Begin(InterruptKind.Uninterruptible).On(WaitKind.Vfork, (ulong)call.Progress));
        }

        if (call.Extra == (long)CloneStep.Waits)
        {
            call.Extra = (long)CloneStep.Done;
            if (task.Trace is { } trace && (trace.Options & TraceOptions.PTRACE_O_TRACEVFORKDONE) != 0)
                return _tracing.StopInCall(task, TraceEvent.PTRACE_EVENT_VFORK_DONE, (ulong)call.Progress);
        }

        return call.Progress;
    }

    /// <summary>How far a call has come once the child is there.</summary>
    private enum CloneStep
    {
        Begun = 1,
        Waits,
        Done,
    }

    /// <summary>What copy_process of the kernel refuses, in its order.</summary>
    private Errno Check(GuestTask task, in CloneRequest request)
    {
        CloneFlags flags = request.Flags;
        if ((flags & (CloneFlagSets.Namespaces | CloneFlags.CLONE_INTO_CGROUP)) != 0)
            return task.Credentials.IsPrivileged || flags.HasFlag(CloneFlags.CLONE_NEWUSER) ? Errno.EINVAL : Errno.EPERM;
        if (Has(flags, CloneFlags.CLONE_THREAD) && !Has(flags, CloneFlags.CLONE_SIGHAND))
            return Errno.EINVAL;
        if (Has(flags, CloneFlags.CLONE_SIGHAND) && !Has(flags, CloneFlags.CLONE_VM))
            return Errno.EINVAL;
        if (Has(flags, CloneFlags.CLONE_SIGHAND) && Has(flags, CloneFlags.CLONE_CLEAR_SIGHAND))
            return Errno.EINVAL;
        if (Has(flags, CloneFlags.CLONE_PIDFD) && (flags & (CloneFlags.CLONE_THREAD | CloneFlags.CLONE_DETACHED)) != 0)
            return Errno.EINVAL;
        if (Has(flags, CloneFlags.CLONE_PARENT) && task.Group.ParentPid == 0)
            return Errno.EINVAL; // a sibling of the first process would have no parent either
        if (Has(flags, CloneFlags.CLONE_SETTLS) && request.Tls >= UserBuffer.AddressLimit)
            return Errno.EPERM;
        if (request.SetTid != 0)
        {
            if (!task.Credentials.IsPrivileged)
                return Errno.EPERM;
            if (_services.Tasks.Find(request.SetTid) is not null)
                return Errno.EEXIST;
        }

        return IsAtLimit(task) ? Errno.EAGAIN : Errno.None;
    }

    /// <summary>The number that the descriptor of CLONE_PIDFD will have, written to the guest while the call can still fail.</summary>
    private static bool TryReserve(GuestTask task, ulong address, out int fd, out SysResult stop)
    {
        fd = 0;
        while (task.Descriptors.TryGet(fd, out _))
            fd++;
        stop = Errno.EMFILE;
        if ((ulong)fd >= task.Group.Limits[NOFILE].Soft)
            return false;
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(bytes, fd);
        return task.Memory.TryWrite(task, address, bytes, out stop);
    }

    /// <summary>RLIMIT_NPROC binds every user but root; it counts tasks, not processes (getrlimit(2)).</summary>
    private bool IsAtLimit(GuestTask task)
    {
        if (_services.Options.MaximumTasks is { } most && _services.Tasks.Count >= most)
            return true;
        ulong limit = task.Group.Limits[NPROC].Soft;
        if (task.Credentials.RealUser == 0 || task.Credentials.IsPrivileged || (ulong)_services.Tasks.Count < limit)
            return false;
        ulong count = 0;
        foreach (GuestTask other in _services.Tasks.All)
            count += other.Credentials.RealUser == task.Credentials.RealUser ? 1UL : 0;
        return count >= limit;
    }

    private GuestTask Make(GuestTask task, in CloneRequest request, int tid, AddressSpaceId space)
    {
        CloneFlags flags = request.Flags;
        CpuContext registers = _services.Contexts.Create();
        registers.CopyFrom(task.Cpu);
        registers.AddressSpace = space;
        registers[GuestRegister.Rax] = 0;
        if (request.Stack != 0)
            registers[GuestRegister.Rsp] = request.Stack;
        if (Has(flags, CloneFlags.CLONE_SETTLS))
            registers.FsBase = request.Tls;
        ThreadGroup group = Has(flags, CloneFlags.CLONE_THREAD) ? task.Group : MakeGroup(task, in request, tid, space);
        var child = new GuestTask(tid, group, registers, _services.UserMemory)
        {
            Descriptors = Has(flags, CloneFlags.CLONE_FILES) ? Share(task.Descriptors) : _services.Descriptors.Current.Copy(task.Descriptors),
            FileSystem = Has(flags, CloneFlags.CLONE_FS) ? Share(task.FileSystem) : task.FileSystem.Copy(_services.Files.Current),
            SemaphoreUndo = Has(flags, CloneFlags.CLONE_SYSVSEM) && _services.Semaphores is { IsBound: true } semaphores ? semaphores.Current.Share(task) : null,
            Credentials = task.Credentials,
            Name = task.Name,
            ClearChildTid = Has(flags, CloneFlags.CLONE_CHILD_CLEARTID) ? request.ChildTid : 0,
            HasSignalWork = task.HasSignalWork,
        };
        child.Signals.Blocked = task.Signals.Blocked;
        child.Signals.Fault = task.Signals.Fault;
        if (!Has(flags, CloneFlags.CLONE_VM) || Has(flags, CloneFlags.CLONE_VFORK))
        {
            child.Signals.AlternateStack = task.Signals.AlternateStack;
            child.Signals.AlternateStackSize = task.Signals.AlternateStackSize;
            child.Signals.AlternateStackFlags = task.Signals.AlternateStackFlags;
        }
        else
        {
            child.Signals.ResetAlternateStack();
        }

        // rseq(2): a thread registers an area of its own; a forked process has its copy.
        if (!Has(flags, CloneFlags.CLONE_VM))
        {
            child.RseqAddress = task.RseqAddress;
            child.RseqSignature = task.RseqSignature;
        }

        group.Threads.Add(tid);
        return child;
    }

    private ThreadGroup MakeGroup(GuestTask task, in CloneRequest request, int pid, AddressSpaceId space)
    {
        ThreadGroup parent = task.Group;
        CloneFlags flags = request.Flags;
        bool isSibling = Has(flags, CloneFlags.CLONE_PARENT);
        _services.Clock.Now(ClockId.CLOCK_BOOTTIME).TryGet(out long now, out _);
        var group = new ThreadGroup(pid, isSibling ? parent.ParentPid : parent.Pid)
        {
            ParentTid = isSibling ? parent.ParentTid : task.Tid,
            ExitSignal = isSibling ? parent.ExitSignal : request.ExitSignal,
            ProcessGroup = parent.ProcessGroup,
            Session = parent.Session,
            ControllingTerminal = parent.ControllingTerminal,
            AddressSpace = space,
            ExecutablePath = parent.ExecutablePath,
            Layout = parent.Layout,
            Personality = parent.Personality,
            StartTimeNanoseconds = now,
        };
        if (Has(flags, CloneFlags.CLONE_VM))
        {
            group.Sharing = parent.Sharing;
            group.Sharing.Processes++;
        }
        else
        {
            group.Sharing.MembarrierRegistrations = parent.Sharing.MembarrierRegistrations;
            group.Sharing.Executable = parent.Sharing.Executable;
            _services.Files.Current.AddReference(parent.Sharing.Executable);
        }

        if (Has(flags, CloneFlags.CLONE_SIGHAND))
            group.SignalActions = parent.SignalActions;
        else if (Has(flags, CloneFlags.CLONE_CLEAR_SIGHAND))
            SignalDefaults.CopyIgnored(parent.SignalActions, group.SignalActions);
        else
            parent.SignalActions.CopyTo(group.SignalActions, 0);
        parent.Limits.CopyTo(group.Limits, 0);
        foreach (KeyValuePair<int, ulong> control in parent.ProcessControls)
            group.ProcessControls[control.Key] = control.Value;
        _services.Tasks.Find(group.ParentPid)?.Group.Children.Add(pid);
        return group;
    }

    /// <summary>Where a tid cannot be written nothing happens, as in the kernel.</summary>
    private static void WriteTids(GuestTask task, GuestTask child, in CloneRequest request)
    {
        Span<byte> tid = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(tid, child.Tid);
        if (Has(request.Flags, CloneFlags.CLONE_PARENT_SETTID))
            task.Memory.TryWrite(task, request.ParentTid, tid, out _);
        if (Has(request.Flags, CloneFlags.CLONE_CHILD_SETTID))
            child.Memory.TryWrite(child, request.ChildTid, tid, out _);
    }

    private static DescriptorTable Share(DescriptorTable table)
    {
        table.Sharers++;
        return table;
    }

    private static FileSystemContext Share(FileSystemContext context)
    {
        context.Sharers++;
        return context;
    }

    private static bool Has(CloneFlags flags, CloneFlags flag) => (flags & flag) != 0;
}

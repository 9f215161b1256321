using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Signals;

/// <summary>Sends the signals of open files to their owners (fcntl(2), O_ASYNC; send_sigio of fs/fcntl.c).</summary>
internal sealed class FileSignals
{
    private readonly ITaskTable _tasks;
    private readonly Slot<IProcessManager>? _processes;

    /// <param name="tasks">The machine's tasks.</param>
    /// <param name="processes">Who sends; null where there are no processes.</param>
    public FileSignals(ITaskTable tasks, Slot<IProcessManager>? processes)
    {
        _tasks = tasks;
        _processes = processes;
    }

    /// <summary>Something became of a file: its owner is told when it asked for it.</summary>
    public void Tell(OpenFile file, FileBand band)
    {
        if (file.Signals is { IsAsync: true } wanted)
            Send(wanted, wanted.Descriptor, band);
    }

    /// <summary>Tells several files' owners, whose file was opened last first.</summary>
    public void Tell(PlainList<OpenFile> files, FileBand band)
    {
        for (int i = files.Count - 1; i >= 0; i--)
            Tell(files[i], band);
    }

    /// <summary>Sends a signal to an owner, whoever asked for it.</summary>
    public void Send(FileSignalState wanted, int descriptor, FileBand band)
    {
        if (wanted.Owner.Id == 0 || _processes is null)
            return;
        if (wanted.Owner.Kind == FileOwnerKind.Group)
        {
            foreach (int pid in Members(wanted.Owner.Id))
            {
                if (_tasks.Find(pid) is { } member)
                    Send(wanted, member, 0, descriptor, band);
            }
        }
        else if (_tasks.Find(wanted.Owner.Id) is { } target)
        {
            Send(wanted, target, wanted.Owner.Kind == FileOwnerKind.Thread ? target.Tid : 0, descriptor, band);
        }
    }

    /// <summary>Whether a thread, process, group or session has the number (find_vpid).</summary>
    public bool IsTaken(int id)
    {
        if (_tasks.Find(id) is not null)
            return true;
        foreach (GuestTask task in _tasks.All)
        {
            if (task.Group.ProcessGroup == id || task.Group.Session == id)
                return true;
        }

        return false;
    }

    /// <summary>Whether the owner is there still.</summary>
    public bool IsThere(FileOwner owner) => owner.Kind switch
    {
        FileOwnerKind.Group => Members(owner.Id).Count > 0,
        FileOwnerKind.Process => _tasks.Find(owner.Id)?.Group.Pid == owner.Id,
        _ => _tasks.Find(owner.Id) is not null,
    };

    private void Send(FileSignalState wanted, GuestTask target, int tid, int descriptor, FileBand band)
    {
        Credentials receiver = target.Credentials;
        bool allowed = wanted.EffectiveUser == 0
            || wanted.EffectiveUser == receiver.SavedUser
            || wanted.EffectiveUser == receiver.RealUser
            || wanted.User == receiver.SavedUser
            || wanted.User == receiver.RealUser;
        if (!allowed)
            return;
        IProcessManager processes = _processes!.Current;
        if (wanted.Signal != Signal.None)
        {
            // Signals whose codes mean something else tell that a file sent them, and not what of it.
            int code = HasOwnCodes(wanted.Signal) ? SignalCode.SI_SIGIO : (int)band;
            var info = new SignalInfo(wanted.Signal, code, Address: EventsOf(band), Value: (uint)descriptor);
            if (processes.Send(target.Group.Pid, tid, in info) == Errno.None)
                return;
        }

        // The plain signal, also when the queue has no room for the other.
        processes.Send(target.Group.Pid, tid, new SignalInfo(Signal.SIGIO, SignalCode.SI_KERNEL));
    }

    private static bool HasOwnCodes(Signal signal) => signal is Signal.SIGILL or Signal.SIGFPE or Signal.SIGSEGV or Signal.SIGBUS
        or Signal.SIGTRAP or Signal.SIGCHLD or Signal.SIGSYS;

    /// <summary>si_band: what poll(2) would say.</summary>
    private static ulong EventsOf(FileBand band)
    {
        const PollEvents Readable = PollEvents.POLLIN | PollEvents.POLLRDNORM;
        const PollEvents Message = (PollEvents)0x400; // POLLMSG
        return (ulong)(band switch
        {
            FileBand.Input => Readable,
            FileBand.Output => PollEvents.POLLOUT | PollEvents.POLLWRNORM | PollEvents.POLLWRBAND,
            FileBand.Message => Readable | Message,
            FileBand.Error => PollEvents.POLLERR,
            FileBand.Priority => PollEvents.POLLPRI | PollEvents.POLLRDBAND,
            _ => PollEvents.POLLHUP | PollEvents.POLLERR,
        });
    }

    private List<int> Members(int group)
    {
        var pids = new List<int>();
        foreach (GuestTask task in _tasks.All)
        {
            if (task.Tid == task.Group.Pid && task.Group.ProcessGroup == group)
                pids.Add(task.Tid);
        }

        return pids;
    }
}

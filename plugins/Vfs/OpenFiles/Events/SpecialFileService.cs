using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Proc;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>Makes files that are no more than a descriptor for something else.</summary>
internal sealed class SpecialFileService : ISpecialFiles
{
    private readonly VfsCore _core;

    public SpecialFileService(VfsCore core) => _core = core;

    private SpecialDrivers Drivers => _core.Special;

    public Result<FileId> CreateCounter(ulong value, bool isSemaphore, OpenFlags flags) =>
        Create(Drivers.Counters, new EventCounter { Value = value, IsSemaphore = isSemaphore }, flags);

    public Result<FileId> CreateSignals(SignalSet signals, OpenFlags flags) =>
        Create(Drivers.Signals, new SignalFile { Signals = WithoutUnblockable(signals) }, flags);

    public Errno SetSignals(FileId id, SignalSet signals)
    {
        if (_core.Files.Find(id)?.Special is not SignalFile file)
            return Errno.EINVAL;
        file.Signals = WithoutUnblockable(signals);
        return Errno.None;
    }

    public Result<FileId> CreateProcess(int pid, OpenFlags flags)
    {
        if (_core.Services.Tasks.Find(pid)?.Group is not { } group || group.Pid != pid)
            return Errno.ESRCH;
        return Create(Drivers.Processes, new ProcessFile(pid, group.StartTimeNanoseconds), flags);
    }

    public Result<int> ProcessOf(FileId id, bool orDirectory)
    {
        if (_core.Files.Find(id) is not { } file)
            return Errno.EBADF;
        if (file.Special is ProcessFile)
            return Drivers.Processes.Find(file) is { } group ? group.Pid : Errno.ESRCH;
        if (!orDirectory || file.Mount?.Tree is not ProcFs)
            return Errno.EBADF;
        ProcNode node = ProcNode.Parse(file.Node);
        if (node is not { Entry: ProcEntry.Directory, IsThread: false })
            return Errno.EBADF;
        return _core.Services.Tasks.Find(node.Tid) is null ? Errno.ESRCH : node.Tid;
    }

    public Result<FileId> CreateTimer(ClockId clock, OpenFlags flags)
    {
        if (!Create(Drivers.Timers, null, flags).TryGet(out FileId id, out Errno error))
            return error;
        OpenFile file = _core.Files.Find(id)!;
        error = Drivers.Timers.Attach(file, clock);
        if (error == Errno.None)
            return id;
        _core.Files.Remove(file);
        return error;
    }

    public Result<TimerSetting> SetTimer(FileId id, long expiryNanoseconds, long intervalNanoseconds)
    {
        if (_core.Files.Find(id) is not { Special: TimerFile } file)
            return Errno.EINVAL;
        TimerSetting old = Drivers.Timers.SettingOf(file);
        Drivers.Timers.Set(file, expiryNanoseconds, intervalNanoseconds);
        return old;
    }

    public Result<(TimerSetting Setting, ClockId Clock)> GetTimer(FileId id) =>
        _core.Files.Find(id) is { Special: TimerFile timer } file ? (Drivers.Timers.SettingOf(file), timer.Clock) : Errno.EINVAL;

    private Result<FileId> Create(SpecialDriver driver, object? special, OpenFlags flags)
    {
        if (_core.NewFile(driver, OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK)) is not { } file)
            return Errno.ENFILE;
        file.Special = special;
        return file.Id;
    }

    private static SignalSet WithoutUnblockable(SignalSet signals) => new(signals.Bits & ~SignalSet.Unblockable.Bits);
}

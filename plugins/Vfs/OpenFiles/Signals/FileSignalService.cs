using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Signals;

/// <summary>F_SETOWN, F_SETSIG and O_ASYNC of fcntl(2).</summary>
internal sealed class FileSignalService : IFileSignals
{
    private readonly OpenFileTable _files;
    private readonly FileSignals _signals;

    public FileSignalService(OpenFileTable files, FileSignals signals)
    {
        _files = files;
        _signals = signals;
    }

    public Errno SetAsync(GuestTask task, FileId id, int descriptor, bool isOn)
    {
        if (Find(id) is not { } file)
            return Errno.EBADF;
        if (!file.Driver.SendsSignals(file).TryGet(out FileOwner usual, out Errno error))
            return error;
        FileSignalState state = StateOf(file);
        if (!isOn)
        {
            // O_ASYNC of open(2) stays, which has never meant anything.
            if (state.IsAsync)
                Stop(file);
            return Errno.None;
        }

        if (usual.Kind == FileOwnerKind.Process)
            usual = usual with { Id = task.Group.Pid };
        if (state.Owner.Id == 0 && usual.Id != 0)
            state = state with { Owner = usual, User = task.Credentials.RealUser, EffectiveUser = task.Credentials.EffectiveUser };
        file.Signals = state with { IsAsync = true, Descriptor = descriptor };
        file.Flags |= OpenFlags.O_ASYNC;
        return Errno.None;
    }

    /// <summary>Ends the sending of signals.</summary>
    public static void Stop(OpenFile file)
    {
        if (file.Signals is not { IsAsync: true } state)
            return;
        file.Signals = state with { IsAsync = false };
        file.Flags &= ~OpenFlags.O_ASYNC;
    }

    public Result<FileOwner> GetOwner(FileId id)
    {
        if (Find(id) is not { } file)
            return Errno.EBADF;
        FileOwner owner = StateOf(file).Owner;
        return _signals.IsThere(owner) ? owner : owner with { Id = 0 };
    }

    public Errno SetOwner(GuestTask task, FileId id, FileOwner owner)
    {
        if (Find(id) is not { } file)
            return Errno.EBADF;
        if (owner.Id != 0 && !_signals.IsTaken(owner.Id))
            return Errno.ESRCH;
        Credentials sender = task.Credentials;
        file.Signals = StateOf(file) with { Owner = owner, User = sender.RealUser, EffectiveUser = sender.EffectiveUser };
        return Errno.None;
    }

    public Result<Signal> GetSignal(FileId id) => Find(id) is { } file ? StateOf(file).Signal : Errno.EBADF;

    public Errno SetSignal(FileId id, Signal signal)
    {
        if (Find(id) is not { } file)
            return Errno.EBADF;
        file.Signals = StateOf(file) with { Signal = signal };
        return Errno.None;
    }

    private static FileSignalState StateOf(OpenFile file) => file.Signals ?? new FileSignalState();

    private OpenFile? Find(FileId id) => _files.Find(id) is { } file && (file.Flags & OpenFlags.O_PATH) == 0 ? file : null;
}

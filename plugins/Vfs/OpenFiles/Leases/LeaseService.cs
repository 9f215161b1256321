using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.OpenFiles.Leases;

/// <summary>F_SETLEASE, F_GETLEASE and F_NOTIFY of fcntl(2).</summary>
internal sealed class LeaseService : IFileLeases
{
    private readonly VfsCore _core;

    public LeaseService(VfsCore core) => _core = core;

    public Errno SetLease(GuestTask task, FileId id, int descriptor, LeaseKind kind)
    {
        if (Find(id) is not { } file)
            return Errno.EBADF;
        Credentials caller = task.Credentials;
        if (!file.Driver.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.User != caller.FileSystemUser && !caller.IsPrivileged)
            return Errno.EACCES;
        if (attributes.Kind != FileKind.Regular || file.Mount is not { Generated: null })
            return Errno.EINVAL;
        error = _core.Leases.Set(file, descriptor, kind);
        if (error == Errno.None && kind != LeaseKind.None)
            BecomeOwner(file, task);
        return error;
    }

    public Result<LeaseKind> GetLease(FileId id) => Find(id) is { } file ? _core.Leases.Get(file) : Errno.EBADF;

    public Errno Notify(GuestTask task, FileId id, int descriptor, uint events)
    {
        if (Find(id) is not { } file)
            return Errno.EBADF;
        if (!file.IsDirectory)
            return Errno.ENOTDIR;
        long owner = _core.Locks.OwnerOf(task);
        DirectoryNotices notices = _core.Watches.Notices;
        if ((events & ~DirectoryNotices.Repeated) == 0)
        {
            notices.Remove(file, owner);
            return Errno.None;
        }

        notices.Add(file, owner, descriptor, events);
        BecomeOwner(file, task);
        return Errno.None;
    }

    private static void BecomeOwner(OpenFile file, GuestTask task)
    {
        FileSignalState signals = file.Signals ?? new FileSignalState();
        if (signals.Owner.Id != 0)
            return;
        file.Signals = signals with
        {
            Owner = new FileOwner(FileOwnerKind.Process, task.Group.Pid),
            User = task.Credentials.RealUser,
            EffectiveUser = task.Credentials.EffectiveUser,
        };
    }

    public Errno DenyWriters(FileId id) => _core.Files.Find(id) is { } file ? _core.Programs.Begin(file) : Errno.EBADF;

    private OpenFile? Find(FileId id) => _core.Files.Find(id) is { } file && (file.Flags & OpenFlags.O_PATH) == 0 ? file : null;
}

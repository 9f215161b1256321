using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>shmget(2), shmat(2), shmdt(2) and shmctl(2).</summary>
internal sealed partial class LinuxSyscalls
{
    // The values of shmctl(2), semctl(2) and msgctl(2) overlap, so that they are kept here and not in the sets of names.
    private const int IpcRemove = 0;
    private const int IpcSet = 1;
    private const int IpcStat = 2;
    private const int IpcInfo = 3;
    private const int SHM_LOCK = 11;
    private const int SHM_UNLOCK = 12;
    private const int SHM_STAT = 13;
    private const int SHM_INFO = 14;
    private const int SHM_STAT_ANY = 15;
    private const int SHMMNI = 4096;
    private const ulong SHMMAX = ulong.MaxValue - (1UL << 24);

    private SysResult Shmget(GuestTask task, int key, ulong size, int flags) => SysResult.From(_sharedSegments.Current.Get(task, key, size, (uint)flags));

    private SysResult Shmat(GuestTask task, int shmid, ulong address, int flags) =>
        SysResult.From(_sharedSegments.Current.Attach(task, shmid, address, (uint)flags));

    private SysResult Shmdt(GuestTask task, ulong address) => _sharedSegments.Current.Detach(task, address);

    private SysResult Shmctl(GuestTask task, int shmid, int command, ulong buffer)
    {
        if (shmid < 0 || command < 0)
            return Errno.EINVAL;
        ISharedSegments segments = _sharedSegments.Current;
        IpcUse use;
        switch (command)
        {
            case IpcRemove:
                return segments.Remove(task, shmid);
            case IpcSet:
                return new UserPointer<Shmid64Ds>(task, buffer).TryRead(out Shmid64Ds wanted, out SysResult stop)
                    ? segments.Change(task, shmid, wanted.shm_perm.uid, wanted.shm_perm.gid, wanted.shm_perm.mode)
                    : stop;
            case SHM_LOCK or SHM_UNLOCK:
                return segments.SetLocked(task, shmid, command == SHM_LOCK);
            case IpcInfo:
                use = segments.Use;
                var limits = new Shminfo64 { shmmax = SHMMAX, shmmin = 1, shmmni = SHMMNI, shmseg = SHMMNI, shmall = SHMMAX };
                return new UserPointer<Shminfo64>(task, buffer).TryWrite(in limits, out stop) ? Math.Max(0, use.HighestIndex) : stop;
            case SHM_INFO:
                use = segments.Use;
                var info = new ShmInfo { used_ids = use.Count, shm_tot = (ulong)use.Total, shm_rss = (ulong)use.TotalBytes };
                return new UserPointer<ShmInfo>(task, buffer).TryWrite(in info, out stop) ? Math.Max(0, use.HighestIndex) : stop;
            case IpcStat or SHM_STAT or SHM_STAT_ANY:
                if (!segments.GetStatus(task, shmid, LookupOf(command, IpcStat, SHM_STAT)).TryGet(out SegmentStatus? status, out Errno error))
                    return error;
                var described = new Shmid64Ds
                {
                    shm_perm = Describe(status.Id, status.Permissions),
                    shm_segsz = status.Size,
                    shm_atime = status.AttachTime,
                    shm_dtime = status.DetachTime,
                    shm_ctime = status.ChangeTime,
                    shm_cpid = status.CreatorPid,
                    shm_lpid = status.LastPid,
                    shm_nattch = (ulong)status.Attachments,
                };
                if (!new UserPointer<Shmid64Ds>(task, buffer).TryWrite(in described, out stop))
                    return stop;
                return command == IpcStat ? SysResult.Zero : status.Id;
            default:
                return Errno.EINVAL;
        }
    }

    private static IpcLookup LookupOf(int command, int byId, int byIndex) =>
        command == byId ? IpcLookup.Id : command == byIndex ? IpcLookup.Index : IpcLookup.IndexAny;

    private static Ipc64Perm Describe(int id, IpcPermissions permissions) => new()
    {
        key = permissions.Key,
        uid = permissions.User,
        gid = permissions.Group,
        cuid = permissions.CreatorUser,
        cgid = permissions.CreatorGroup,
        mode = permissions.Mode,
        seq = (ushort)(id >> 15),
    };
}

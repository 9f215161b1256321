using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>semget(2), semop(2), semtimedop(2) and semctl(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const int SEM_GETPID = 11;
    private const int SEM_GETVAL = 12;
    private const int SEM_GETALL = 13;
    private const int SEM_GETNCNT = 14;
    private const int SEM_GETZCNT = 15;
    private const int SEM_SETVAL = 16;
    private const int SEM_SETALL = 17;
    private const int SEM_STAT = 18;
    private const int SEM_INFO = 19;
    private const int SEM_STAT_ANY = 20;
    private const int SEMOPM = 500;
    private const int SEMMNI = 32000;
    private const int SEMMSL = 32000;
    private const int SEMVMX = 32767;

    private SysResult Semget(GuestTask task, int key, int nsems, int flags) => SysResult.From(_semaphores.Current.Get(task, key, nsems, (uint)flags));

    private SysResult Semop(GuestTask task, int semid, UserPointer<Sembuf> sops, ulong nsops) => Operate(task, semid, sops, nsops, -1);

    private SysResult Semtimedop(GuestTask task, int semid, UserPointer<Sembuf> sops, ulong nsops, UserPointer<Timespec> timeout)
    {
        if (timeout.IsNull)
            return Operate(task, semid, sops, nsops, -1);
        if (!timeout.TryRead(out Timespec time, out SysResult stop))
            return stop;
        return IsValid(in time) ? Operate(task, semid, sops, nsops, ToNanoseconds(in time)) : Errno.EINVAL;
    }

    private SysResult Operate(GuestTask task, int semid, UserPointer<Sembuf> sops, ulong nsops, long timeoutNanoseconds)
    {
        if (nsops < 1 || semid < 0)
            return Errno.EINVAL;
        if (nsops > SEMOPM)
            return Errno.E2BIG;
        Span<SemaphoreOperation> operations = stackalloc SemaphoreOperation[(int)nsops];
        for (int i = 0; i < operations.Length; i++)
        {
            if (!sops.At(i).TryRead(out Sembuf operation, out SysResult stop))
                return stop;
            operations[i] = new SemaphoreOperation(operation.sem_num, operation.sem_op, (ushort)operation.sem_flg);
        }

        return _semaphores.Current.Operate(task, semid, operations, timeoutNanoseconds);
    }

    private SysResult Semctl(GuestTask task, int semid, int semnum, int command, ulong argument)
    {
        if (semid < 0)
            return Errno.EINVAL;
        ISemaphoreSets sets = _semaphores.Current;
        SysResult stop;
        switch (command)
        {
            case IpcRemove:
                return sets.Change(task, semid, remove: true, 0, 0, 0);
            case IpcSet:
                return new UserPointer<Semid64Ds>(task, argument).TryRead(out Semid64Ds wanted, out stop)
                    ? sets.Change(task, semid, remove: false, wanted.sem_perm.uid, wanted.sem_perm.gid, wanted.sem_perm.mode)
                    : stop;
            case IpcInfo or SEM_INFO:
                IpcUse use = sets.Use;
                var limits = new Seminfo
                {
                    semmap = SEMMNI * SEMMSL,
                    semmni = SEMMNI,
                    semmns = SEMMNI * SEMMSL,
                    semmnu = SEMMNI * SEMMSL,
                    semmsl = SEMMSL,
                    semopm = SEMOPM,
                    semume = SEMOPM,
                    semusz = command == SEM_INFO ? use.Count : 20,
                    semvmx = SEMVMX,
                    semaem = command == SEM_INFO ? (int)use.Total : SEMVMX,
                };
                return new UserPointer<Seminfo>(task, argument).TryWrite(in limits, out stop) ? Math.Max(0, use.HighestIndex) : stop;
            case IpcStat or SEM_STAT or SEM_STAT_ANY:
                if (!sets.GetStatus(task, semid, LookupOf(command, IpcStat, SEM_STAT)).TryGet(out SemaphoreSetStatus? status, out Errno error))
                    return error;
                var described = new Semid64Ds
                {
                    sem_perm = Describe(status.Id, status.Permissions),
                    sem_otime = status.OperationTime,
                    sem_ctime = status.ChangeTime,
                    sem_nsems = (ulong)status.Count,
                };
                if (!new UserPointer<Semid64Ds>(task, argument).TryWrite(in described, out stop))
                    return stop;
                return command == IpcStat ? SysResult.Zero : status.Id;
            case SEM_GETALL or SEM_SETALL:
                return AllValues(task, semid, argument, command == SEM_SETALL);
            case SEM_SETVAL:
                int value = (int)argument;
                if (value is < 0 or > SEMVMX)
                    return Errno.ERANGE;
                return semnum < 0 ? Errno.EINVAL : sets.SetValues(task, semid, semnum, [(ushort)value]);
            case SEM_GETVAL:
                if (semnum < 0)
                    return Errno.EINVAL;
                Span<ushort> one = stackalloc ushort[1];
                error = sets.GetValues(task, semid, semnum, one);
                return error != Errno.None ? error : one[0];
            case SEM_GETPID or SEM_GETNCNT or SEM_GETZCNT:
                return semnum < 0 ? Errno.EINVAL : SysResult.From(sets.Ask(task, semid, semnum, command));
            default:
                return Errno.EINVAL;
        }
    }

    private SysResult AllValues(GuestTask task, int semid, ulong array, bool isSetting)
    {
        ISemaphoreSets sets = _semaphores.Current;

        // The size is needed first; who may not read may still set.
        if (!sets.GetStatus(task, semid, IpcLookup.Id).TryGet(out SemaphoreSetStatus? status, out Errno error))
            return error;
        var values = new ushort[status.Count];
        Span<byte> bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan());
        SysResult stop;
        if (isSetting)
            return task.Memory.TryRead(task, array, bytes, out stop) ? sets.SetValues(task, semid, -1, values) : stop;
        error = sets.GetValues(task, semid, -1, values);
        if (error != Errno.None)
            return error;
        return task.Memory.TryWrite(task, array, bytes, out stop) ? SysResult.Zero : stop;
    }
}

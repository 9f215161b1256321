using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// futex(2). What a word is known by: in private memory its address space and address; in a shared mapping the mapped object and the
/// position in it, so that processes which have it at different addresses meet.
/// </summary>
internal sealed partial class Futexes : IFutexes, IFutexLocks
{
    public const uint AnyBits = uint.MaxValue;
    public const uint Waiters = 0x8000_0000; // FUTEX_WAITERS
    public const uint OwnerDied = 0x4000_0000; // FUTEX_OWNER_DIED
    public const uint TidMask = 0x3FFF_FFFF; // FUTEX_TID_MASK

    private const long Parked = 1;

    private readonly ProcessServices _services;

    public Futexes(ProcessServices services) => _services = services;

    public SysResult Wait(GuestTask task, FutexWord word, uint value, uint bits, in FutexDeadline deadline)
    {
        RestartState restart = task.Restart;
        if (restart.Progress == Parked)
        {
            return restart.Reason switch
            {
                WakeReason.TimedOut => Errno.ETIMEDOUT,
                WakeReason.Interrupted => Errno.EINTR,
                _ => SysResult.Zero,
            };
        }

        if (!TryRead(task, word.Address, out uint current, out SysResult stop) || !TryGetKey(task, word, WaitKind.Futex, out WaitKey key, out stop))
            return stop;
        if (current != value)
            return Errno.EAGAIN;
        restart.Progress = Parked;
        restart.DeadlineNanoseconds = deadline.Nanoseconds;
        // Whether the time is a span or a point: a wait that has one goes on through restart_syscall(2), and ends for a handler whatever its flags.
        InterruptKind kind = deadline.Nanoseconds != long.MaxValue ? InterruptKind.RestartBlock : InterruptKind.Restartable;
        WaitSet wait = task.Wait.Begin(kind).Matching(bits).On(key);
        if (deadline.Nanoseconds != long.MaxValue)
            wait.Until(deadline.Clock, deadline.Nanoseconds);
        return SysResult.Wait(wait);
    }

    public SysResult Wake(GuestTask task, FutexWord word, int most, uint bits)
    {
        if (!TryGetKey(task, word, WaitKind.Futex, out WaitKey key, out SysResult stop))
            return stop;
        return WaitsForLock(key) ? Errno.EINVAL : _services.FutexQueues.Wake(key, most, bits);
    }

    public SysResult Requeue(GuestTask task, FutexWord word, FutexWord target, int wake, int move, uint? expected)
    {
        if (!TryGetKey(task, word, WaitKind.Futex, out WaitKey from, out SysResult stop) || !TryGetKey(task, target, WaitKind.Futex, out WaitKey to, out stop))
            return stop;
        if (expected is { } value)
        {
            if (!TryRead(task, word.Address, out uint current, out stop))
                return stop;
            if (current != value)
                return Errno.EAGAIN;
        }

        if (WaitsForLock(from))
            return Errno.EINVAL;
        int woken = _services.FutexQueues.Wake(from, wake, AnyBits);
        return woken + _services.FutexQueues.Move(from, to, move);
    }

    public SysResult WakeOperation(GuestTask task, FutexWord first, FutexWord second, int wakeFirst, int wakeSecond, in FutexOperation operation)
    {
        if (!TryGetKey(task, first, WaitKind.Futex, out WaitKey key, out SysResult stop)
            || !TryGetKey(task, second, WaitKind.Futex, out WaitKey secondKey, out stop)
            || !TryRead(task, second.Address, out uint word, out stop))
            return stop;
        int old = (int)word;
        int argument = operation.Argument;
        int? changed = operation.Operation switch
        {
            0 => argument,
            1 => old + argument,
            2 => old | argument,
            3 => old & ~argument,
            4 => old ^ argument,
            _ => null,
        };
        bool? holds = operation.Comparison switch
        {
            0 => old == operation.Compared,
            1 => old != operation.Compared,
            2 => old < operation.Compared,
            3 => old <= operation.Compared,
            4 => old > operation.Compared,
            5 => old >= operation.Compared,
            _ => null,
        };
        if (changed is not { } value || holds is not { } wakesSecond)
            return Errno.ENOSYS;
        if (!TryWrite(task, second.Address, (uint)value, out stop))
            return stop;
        int woken = _services.FutexQueues.Wake(key, wakeFirst, AnyBits);
        return wakesSecond ? woken + _services.FutexQueues.Wake(secondKey, wakeSecond, AnyBits) : woken;
    }

    public SysResult Lock(GuestTask task, FutexWord word, in FutexDeadline deadline, bool tries)
    {
        if (!TryRead(task, word.Address, out uint current, out SysResult stop) || !TryGetKey(task, word, WaitKind.FutexLock, out WaitKey key, out stop))
            return stop;
        uint owner = current & TidMask;
        if (task.Restart.Progress == Parked)
        {
            // Whoever gave the lock away has written this task's tid.
            if (owner == (uint)task.Tid)
                return SysResult.Zero;
            if (task.Restart.Reason == WakeReason.TimedOut)
                return Errno.ETIMEDOUT;
            if (task.Restart.Reason == WakeReason.Interrupted)
                return Errno.EINTR;
        }

        if (owner == (uint)task.Tid)
            return Errno.EDEADLK;
        if (owner == 0)
        {
            uint waiters = _services.FutexQueues.First(key) is null ? 0 : Waiters;
            return TryWrite(task, word.Address, (uint)task.Tid | (current & OwnerDied) | waiters, out stop) ? SysResult.Zero : stop;
        }

        if (_services.Tasks.Find((int)owner) is not { State: < TaskState.Zombie })
            return Errno.ESRCH;
        if (tries)
            return Errno.EAGAIN;
        if (!TryWrite(task, word.Address, current | Waiters, out stop))
            return stop;
        task.Restart.Progress = Parked;
        WaitSet wait = task.Wait.Begin(InterruptKind.AlwaysRestarted).On(key);
        if (deadline.Nanoseconds != long.MaxValue)
            wait.Until(deadline.Clock, deadline.Nanoseconds);
        return SysResult.Wait(wait);
    }

    public SysResult Unlock(GuestTask task, FutexWord word)
    {
        if (!TryRead(task, word.Address, out uint current, out SysResult stop) || !TryGetKey(task, word, WaitKind.FutexLock, out WaitKey key, out stop))
            return stop;
        if ((current & TidMask) != (uint)task.Tid)
            return Errno.EPERM;
        return GiveLock(task, word.Address, key, died: 0, out stop) ? SysResult.Zero : stop;
    }

    /// <summary>The word that a thread which ends clears is woken for those who wait for the thread (set_tid_address(2)).</summary>
    public void ClearTid(GuestTask task)
    {
        ulong address = task.ClearChildTid;
        task.ClearChildTid = 0;
        if (address == 0 || !TryWrite(task, address, 0, out _))
            return;
        Wake(task, new FutexWord(address, IsPrivate: false), 1, AnyBits);
    }

    /// <summary>A thread has ended that held a lock of its robust list: the lock says so, and one who waits for it is woken (get_robust_list(2)).</summary>
    public void GiveUp(GuestTask task, ulong address, bool isPriorityLock, bool isPending)
    {
        if ((address & 3) != 0 || !TryRead(task, address, out uint current, out _))
            return;
        var word = new FutexWord(address, IsPrivate: false);
        if (isPending && !isPriorityLock && current == 0)
        {
            // It was given up already, but its waiters may not have been woken any more.
            Wake(task, word, 1, AnyBits);
            return;
        }

        if ((current & TidMask) != (uint)task.Tid)
            return;
        if (isPriorityLock)
        {
            if (TryGetKey(task, word, WaitKind.FutexLock, out WaitKey key, out _))
                GiveLock(task, address, key, OwnerDied, out _);
            return;
        }

        if (TryWrite(task, address, (current & Waiters) | OwnerDied, out _) && (current & Waiters) != 0)
            Wake(task, word, 1, AnyBits);
    }

    private bool GiveLock(GuestTask task, ulong address, WaitKey key, uint died, out SysResult stop)
    {
        GuestTask? next = _services.FutexQueues.First(key);
        uint value = next is null ? died : (uint)next.Tid | Waiters | died;
        if (!TryWrite(task, address, value, out stop))
            return false;
        _services.Waits.Wake(key, most: 1);
        return true;
    }

    private bool TryGetKey(GuestTask task, FutexWord word, WaitKind kind, out WaitKey key, out SysResult stop)
    {
        stop = default;
        AddressSpaceId space = task.Group.AddressSpace;
        key = new WaitKey(kind, word.Address, space.PageTableRoot);
        if (word.IsPrivate)
            return true;

        // In private memory too, a word that is said to be shared is another one (FUT_OFF_MMSHARED).
        key = new WaitKey(kind, word.Address, space.PageTableRoot | 2);
        if (_services.Memory.Current.FindRegion(space, word.Address) is not { } region)
        {
            // A stack that may still grow has the word, or nothing has.
            return TryRead(task, word.Address, out _, out stop);
        }

        if ((region.Flags & MapFlags.MAP_SHARED) == 0)
            return true;
        // Numbers of objects and of files are two series; page table roots are multiples of 4096 and so never odd.
        ulong scope = region.FileObject != 0 ? ((ulong)region.FileObject << 2) | 1 : ((ulong)region.SharedObject << 2) | 3;
        key = new WaitKey(kind, word.Address - region.Start + (ulong)region.Offset, scope);
        return true;
    }

    private static bool TryRead(GuestTask task, ulong address, out uint value, out SysResult stop)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        bool read = task.Memory.TryRead(task, address, bytes, out stop);
        value = BitConverter.ToUInt32(bytes);
        return read;
    }

    private static bool TryWrite(GuestTask task, ulong address, uint value, out SysResult stop)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BitConverter.TryWriteBytes(bytes, value);
        return task.Memory.TryWrite(task, address, bytes, out stop);
    }
}

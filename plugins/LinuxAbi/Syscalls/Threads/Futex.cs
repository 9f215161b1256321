using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>futex(2): checks the arguments of each operation and hands over to the process manager.</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint FUTEX_BITSET_MATCH_ANY = uint.MaxValue;

    private SysResult Futex(GuestTask task, ulong address, int op, uint value, ulong timeout, ulong address2, uint value3)
    {
        int command = op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
        bool isPrivate = (op & FUTEX_PRIVATE_FLAG) != 0;
        bool realtime = (op & FUTEX_CLOCK_REALTIME) != 0;
        if (realtime && command is not (FUTEX_WAIT_BITSET or FUTEX_WAIT_REQUEUE_PI or FUTEX_LOCK_PI2))
            return Errno.ENOSYS;
        if (command is FUTEX_WAKE_BITSET or FUTEX_WAIT_BITSET && value3 == 0)
            return Errno.EINVAL;
        ClockId clock = realtime || command == FUTEX_LOCK_PI ? ClockId.CLOCK_REALTIME : ClockId.CLOCK_MONOTONIC;
        FutexDeadline deadline = new(clock, long.MaxValue);
        bool waits = command is FUTEX_WAIT or FUTEX_WAIT_BITSET or FUTEX_LOCK_PI or FUTEX_LOCK_PI2 or FUTEX_WAIT_REQUEUE_PI;
        if (waits && timeout != 0 && !TryReadDeadline(task, timeout, clock, isRelative: command == FUTEX_WAIT, out deadline, out SysResult stop))
            return stop;
        var word = new FutexWord(address, isPrivate);
        bool isKnown = command is FUTEX_WAIT or FUTEX_WAKE or FUTEX_WAIT_BITSET or FUTEX_WAKE_BITSET or FUTEX_REQUEUE or FUTEX_CMP_REQUEUE
            or FUTEX_WAKE_OP or FUTEX_LOCK_PI or FUTEX_LOCK_PI2 or FUTEX_TRYLOCK_PI or FUTEX_UNLOCK_PI
            or FUTEX_WAIT_REQUEUE_PI or FUTEX_CMP_REQUEUE_PI;
        if (!isKnown)
            return Errno.ENOSYS;
        if (!CheckFutex(task, address, out stop))
            return stop;
        IFutexes futexes = _futexes.Current;
        switch (command)
        {
            case FUTEX_WAIT:
                return futexes.Wait(task, word, value, FUTEX_BITSET_MATCH_ANY, in deadline);
            case FUTEX_WAIT_BITSET:
                return futexes.Wait(task, word, value, value3, in deadline);
            case FUTEX_WAKE:
                return futexes.Wake(task, word, AtLeastOne(value), FUTEX_BITSET_MATCH_ANY);
            case FUTEX_WAKE_BITSET:
                return futexes.Wake(task, word, AtLeastOne(value), value3);
            case FUTEX_LOCK_PI or FUTEX_LOCK_PI2:
                return _futexLocks.Current.Lock(task, word, in deadline, tries: false);
            case FUTEX_TRYLOCK_PI:
                return _futexLocks.Current.Lock(task, word, in deadline, tries: true);
            case FUTEX_UNLOCK_PI:
                return _futexLocks.Current.Unlock(task, word);
            case FUTEX_WAIT_REQUEUE_PI:
                if (address == address2)
                    return Errno.EINVAL;
                return CheckFutex(task, address2, out stop) ? _futexLocks.Current.WaitForLock(task, word, value, new FutexWord(address2, isPrivate), in deadline) : stop;
            default:
                return FutexPair(task, command, word, new FutexWord(address2, isPrivate), value, (uint)timeout, value3);
        }
    }

    /// <summary>The operations on two words.</summary>
    private SysResult FutexPair(GuestTask task, int command, FutexWord first, FutexWord second, uint value, uint value2, uint value3)
    {
        if (command != FUTEX_WAKE_OP && ((int)value < 0 || (int)value2 < 0))
            return Errno.EINVAL;
        if (command == FUTEX_CMP_REQUEUE_PI && (value != 1 || first == second))
            return Errno.EINVAL; // Only one can have the lock.
        if (!CheckFutex(task, second.Address, out SysResult stop))
            return stop;
        if (command == FUTEX_CMP_REQUEUE_PI)
            return _futexLocks.Current.RequeueToLock(task, first, second, (int)Math.Min((long)value + (int)value2, int.MaxValue), value3);
        return command == FUTEX_WAKE_OP
            ? _futexes.Current.WakeOperation(task, first, second, AtLeastOne(value), AtLeastOne(value2), FutexOperationOf(value3))
            : _futexes.Current.Requeue(task, first, second, (int)value, (int)value2, command == FUTEX_CMP_REQUEUE ? value3 : null);
    }

    private static FutexOperation FutexOperationOf(uint encoded)
    {
        const uint ShiftArgument = 8;
        uint operation = encoded >> 28 & 15;
        int argument = (int)(encoded << 8) >> 20;
        if ((operation & ShiftArgument) != 0)
            argument = 1 << (argument & 31);
        return new FutexOperation((int)(operation & 7), argument, (int)(encoded >> 24 & 15), (int)(encoded << 20) >> 20);
    }

    /// <summary>The time at which a wait ends; of a relative one that is entered again, the one that the first entry computed.</summary>
    private bool TryReadDeadline(GuestTask task, ulong address, ClockId clock, bool isRelative, out FutexDeadline deadline, out SysResult stop)
    {
        stop = default;
        deadline = new FutexDeadline(clock, task.Restart.DeadlineNanoseconds);
        if (task.Restart.Reason != WakeReason.None)
            return true;
        if (!new UserPointer<Timespec>(task, address).TryRead(out Timespec time, out stop))
            return false;
        stop = Errno.EINVAL;
        if (!IsValid(in time))
            return false;
        long now = isRelative ? _clock.Now(clock).ValueOrDefault : 0;
        deadline = new FutexDeadline(clock, AddSaturating(now, ToNanoseconds(in time)));
        return true;
    }

    private static bool CheckFutex(GuestTask task, ulong address, out SysResult stop)
    {
        stop = Errno.EINVAL;
        if ((address & 3) != 0)
            return false;
        stop = Errno.EFAULT;
        return new UserBuffer(task, address, 4).IsInUserSpace;
    }

    /// <summary>The kernel wakes before it counts: 0 wakes one.</summary>
    private static int AtLeastOne(uint count) => (int)Math.Clamp((long)(int)count, 1, int.MaxValue);
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>
/// futex(2). A waiter that FUTEX_REQUEUE would move is woken instead, and a bitset wakes whoever waits on the word: both are wake-ups
/// without a cause, which every user of futexes must bear.
/// </summary>
internal sealed partial class LinuxSyscalls
{
    private const uint FUTEX_BITSET_MATCH_ANY = uint.MaxValue;

    private SysResult Futex(GuestTask task, ulong address, int op, uint value, ulong timeout, ulong address2, uint value3)
    {
        int command = op & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
        bool realtime = (op & FUTEX_CLOCK_REALTIME) != 0;
        if (realtime && command is not (FUTEX_WAIT_BITSET or FUTEX_WAIT_REQUEUE_PI or FUTEX_LOCK_PI2))
            return Errno.ENOSYS;
        switch (command)
        {
            case FUTEX_WAIT:
                return FutexWait(task, address, value, timeout, FUTEX_BITSET_MATCH_ANY, isAbsolute: false, ClockId.CLOCK_MONOTONIC);
            case FUTEX_WAIT_BITSET:
                return FutexWait(task, address, value, timeout, value3, isAbsolute: true, realtime ? ClockId.CLOCK_REALTIME : ClockId.CLOCK_MONOTONIC);
            case FUTEX_WAKE:
                return FutexWake(task, address, value);
            case FUTEX_WAKE_BITSET:
                return value3 == 0 ? Errno.EINVAL : FutexWake(task, address, value);
            case FUTEX_REQUEUE:
                return FutexRequeue(task, address, value, (uint)timeout, address2, expected: null);
            case FUTEX_CMP_REQUEUE:
                return FutexRequeue(task, address, value, (uint)timeout, address2, value3);
            case FUTEX_WAKE_OP:
                return FutexWakeOp(task, address, value, (uint)timeout, address2, value3);
            default:
                return Errno.ENOSYS;
        }
    }

    private SysResult FutexWait(GuestTask task, ulong address, uint value, ulong timeout, uint bits, bool isAbsolute, ClockId clock)
    {
        const long Parked = 1;
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

        if (bits == 0)
            return Errno.EINVAL;
        long deadline = long.MaxValue;
        if (timeout != 0)
        {
            if (!new UserPointer<Timespec>(task, timeout).TryRead(out Timespec time, out SysResult fault))
                return fault;
            if (!IsValid(in time))
                return Errno.EINVAL;
            long now = isAbsolute ? 0 : _clock.Now(clock).ValueOrDefault;
            deadline = AddSaturating(now, ToNanoseconds(in time));
        }

        if (!CheckFutex(task, address, out SysResult stop) || !new UserPointer<uint>(task, address).TryRead(out uint current, out stop))
            return stop;
        if (current != value)
            return Errno.EAGAIN;
        restart.Progress = Parked;
        WaitSet wait = task.Wait
            .Begin(deadline == long.MaxValue ? InterruptKind.Restartable : InterruptKind.RestartBlock)
            .On(WaitKind.Futex, FutexKey(task, address));
        if (deadline != long.MaxValue)
            wait.Until(clock, deadline);
        return SysResult.Wait(wait);
    }

    private SysResult FutexWake(GuestTask task, ulong address, uint count)
    {
        if (!CheckFutex(task, address, out SysResult stop))
            return stop;
        return _queues.Wake(new WaitKey(WaitKind.Futex, FutexKey(task, address)), AtLeastOne(count));
    }

    private SysResult FutexRequeue(GuestTask task, ulong address, uint wake, uint requeue, ulong target, uint? expected)
    {
        if ((int)wake < 0 || (int)requeue < 0)
            return Errno.EINVAL;
        if (!CheckFutex(task, address, out SysResult stop) || !CheckFutex(task, target, out stop))
            return stop;
        if (expected is { } value)
        {
            if (!new UserPointer<uint>(task, address).TryRead(out uint current, out stop))
                return stop;
            if (current != value)
                return Errno.EAGAIN;
        }

        int most = (int)Math.Min((long)wake + requeue, int.MaxValue);
        return most == 0 ? SysResult.Zero : _queues.Wake(new WaitKey(WaitKind.Futex, FutexKey(task, address)), most);
    }

    private SysResult FutexWakeOp(GuestTask task, ulong address, uint wake, uint wake2, ulong address2, uint encoded)
    {
        if (!CheckFutex(task, address, out SysResult stop) || !CheckFutex(task, address2, out stop))
            return stop;
        const uint ShiftArgument = 8;
        uint operation = encoded >> 28 & 15;
        uint comparison = encoded >> 24 & 15;
        int argument = (int)(encoded << 8) >> 20;
        int compared = (int)(encoded << 20) >> 20;
        if ((operation & ShiftArgument) != 0)
            argument = 1 << (argument & 31);
        var second = new UserPointer<int>(task, address2);
        if (!second.TryRead(out int old, out stop))
            return stop;
        int? changed = (operation & 7) switch
        {
            0 => argument,
            1 => old + argument,
            2 => old | argument,
            3 => old & ~argument,
            4 => old ^ argument,
            _ => null,
        };
        bool? holds = comparison switch
        {
            0 => old == compared,
            1 => old != compared,
            2 => old < compared,
            3 => old <= compared,
            4 => old > compared,
            5 => old >= compared,
            _ => null,
        };
        if (changed is not { } value || holds is not { } wakesSecond)
            return Errno.ENOSYS;
        if (!second.TryWrite(in value, out stop))
            return stop;
        int woken = _queues.Wake(new WaitKey(WaitKind.Futex, FutexKey(task, address)), AtLeastOne(wake));
        if (wakesSecond)
            woken += _queues.Wake(new WaitKey(WaitKind.Futex, FutexKey(task, address2)), AtLeastOne(wake2));
        return woken;
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

    /// <summary>The word's address in its address space: 45 bits say which word, the rest tells address spaces apart.</summary>
    private static ulong FutexKey(GuestTask task, ulong address) =>
        (task.Group.AddressSpace.PageTableRoot >> 12 << 45) ^ (address >> 2);
}

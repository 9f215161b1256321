using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Waiting for several words at once, and for a lock by way of a condition (futex_waitv(2); FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI of futex(2)).</summary>
internal sealed partial class Futexes
{
    /// <summary>The call waits to be handed on to a lock.</summary>
    private const long ParkedForLock = 2;

    /// <summary>The call was handed on to the lock.</summary>
    private const long HandedOn = 3;

    public SysResult WaitAny(GuestTask task, ReadOnlySpan<FutexWait> words, in FutexDeadline deadline)
    {
        RestartState restart = task.Restart;
        if (restart.Progress == Parked)
        {
            return restart.Reason switch
            {
                WakeReason.TimedOut => Errno.ETIMEDOUT,
                WakeReason.Interrupted => Errno.EINTR,
                _ => (long)task.Wait.WokenBy,
            };
        }

        // Every word is looked at before any is waited for: a page that is missing ends the call here.
        WaitSet wait = task.Wait.Begin(InterruptKind.Restartable);
        foreach (ref readonly FutexWait waited in words)
        {
            if (!TryGetKey(task, waited.Word, WaitKind.Futex, out WaitKey key, out SysResult stop))
                return stop;
            wait.On(key);
        }

        foreach (ref readonly FutexWait waited in words)
        {
            if (!TryRead(task, waited.Word.Address, out uint current, out SysResult stop))
                return stop;
            if (current != waited.Value)
                return Errno.EAGAIN;
        }

        restart.Progress = Parked;
        restart.DeadlineNanoseconds = deadline.Nanoseconds;
        if (deadline.Nanoseconds != long.MaxValue)
            wait.Until(deadline.Clock, deadline.Nanoseconds);
        return SysResult.Wait(wait);
    }

    public SysResult WaitForLock(GuestTask task, FutexWord word, uint value, FutexWord target, in FutexDeadline deadline)
    {
        RestartState restart = task.Restart;
        if (restart.Progress is ParkedForLock or HandedOn)
        {
            // Whoever handed the lock over has written this task's tid.
            if (!TryRead(task, target.Address, out uint owner, out SysResult missing))
                return missing;
            if ((owner & TidMask) == (uint)task.Tid)
                return SysResult.Zero;
            if (restart.Reason == WakeReason.TimedOut)
                return Errno.ETIMEDOUT;

            // Who waits for the lock already cannot begin again with the condition (futex_wait_requeue_pi).
            return restart.Progress == HandedOn ? Errno.EAGAIN : Errno.EINTR;
        }

        if (!TryRead(task, word.Address, out uint current, out SysResult stop)
            || !TryGetKey(task, word, WaitKind.Futex, out WaitKey key, out stop)
            || !TryGetKey(task, target, WaitKind.FutexLock, out WaitKey lockKey, out stop))
            return stop;
        if (current != value)
            return Errno.EAGAIN;
        restart.Progress = ParkedForLock;
        restart.DeadlineNanoseconds = deadline.Nanoseconds;
        restart.Extra = NameOf(lockKey);
        WaitSet wait = task.Wait.Begin(InterruptKind.AlwaysRestarted).On(key);
        if (deadline.Nanoseconds != long.MaxValue)
            wait.Until(deadline.Clock, deadline.Nanoseconds);
        return SysResult.Wait(wait);
    }

    public SysResult RequeueToLock(GuestTask task, FutexWord word, FutexWord target, int most, uint expected)
    {
        if (!TryGetKey(task, word, WaitKind.Futex, out WaitKey from, out SysResult stop)
            || !TryGetKey(task, target, WaitKind.FutexLock, out WaitKey to, out stop)
            || !TryRead(task, word.Address, out uint current, out stop))
            return stop;
        if (current != expected)
            return Errno.EAGAIN;
        int count = 0;
        while (count < most && _services.FutexQueues.First(from) is { } first)
        {
            if (first.Restart.Progress != ParkedForLock || first.Restart.Extra != NameOf(to))
                return count > 0 ? count : Errno.EINVAL;
            if (!TryRead(task, target.Address, out uint held, out stop))
                return count > 0 ? count : stop;
            uint owner = held & TidMask;
            if (owner == 0)
            {
                uint waiters = _services.FutexQueues.First(to) is null ? 0 : Waiters;
                if (!TryWrite(task, target.Address, (uint)first.Tid | (held & OwnerDied) | waiters, out stop))
                    return count > 0 ? count : stop;
                _services.Waits.Wake(from, most: 1);
            }
            else
            {
                if (owner == (uint)first.Tid)
                    return Errno.EDEADLK;
                if (_services.Tasks.Find((int)owner) is not { State: < TaskState.Zombie })
                    return Errno.ESRCH;
                if (!TryWrite(task, target.Address, held | Waiters, out stop))
                    return count > 0 ? count : stop;
                _services.FutexQueues.Move(from, to, 1);
                first.Restart.Progress = HandedOn;
            }

            count++;
        }

        return count;
    }

    /// <summary>Whether those who wait for a word wait to be handed on to a lock: only that can be done with them.</summary>
    private bool WaitsForLock(WaitKey key) => _services.FutexQueues.First(key) is { Restart.Progress: ParkedForLock };

    /// <summary>A lock in one number, to be compared with another.</summary>
    private static long NameOf(WaitKey key) => (long)((key.Id * 31) + key.Scope);
}

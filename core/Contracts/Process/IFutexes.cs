using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>A futex word of a task's memory (futex(2)).</summary>
/// <param name="Address">Its address, a multiple of 4 within the part of the address space that programs may use: the caller has checked it.</param>
/// <param name="IsPrivate">FUTEX_PRIVATE_FLAG: only threads of one address space wait for it, whatever is mapped there.</param>
public readonly record struct FutexWord(ulong Address, bool IsPrivate);

/// <summary>A word that is waited for among others (futex_waitv(2)).</summary>
/// <param name="Word">The word.</param>
/// <param name="Value">The value that it must have.</param>
public readonly record struct FutexWait(FutexWord Word, uint Value);

/// <summary>When a futex wait gives up.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="Nanoseconds">The absolute time; <see cref="long.MaxValue"/> for never.</param>
public readonly record struct FutexDeadline(ClockId Clock, long Nanoseconds);

/// <summary>FUTEX_WAKE_OP's operation on the second word, taken apart.</summary>
/// <param name="Operation">0 set, 1 add, 2 or, 3 and-not, 4 exclusive or.</param>
/// <param name="Argument">What with.</param>
/// <param name="Comparison">Of the old value: 0 equal, 1 not equal, 2 less, 3 at most, 4 greater, 5 at least.</param>
/// <param name="Compared">What with.</param>
public readonly record struct FutexOperation(int Operation, int Argument, int Comparison, int Compared);

/// <summary>
/// Waiting for words of memory (futex(2)). A call that waits is entered again with the same arguments. Every operation answers
/// EFAULT where the memory is none. The Process plugin.
/// </summary>
public interface IFutexes
{
    /// <summary>Waits while the word has the value, for a wake-up with one of the bits. EAGAIN when it has another one, ETIMEDOUT.</summary>
    SysResult Wait(GuestTask task, FutexWord word, uint value, uint bits, in FutexDeadline deadline);

    /// <summary>Waits while every word has its value, until one of them is woken; answers its place. EAGAIN when one has another value, ETIMEDOUT (futex_waitv(2)).</summary>
    SysResult WaitAny(GuestTask task, ReadOnlySpan<FutexWait> words, in FutexDeadline deadline);

    /// <summary>Wakes up to <paramref name="most"/> waiters that wait for one of the bits; answers how many.</summary>
    SysResult Wake(GuestTask task, FutexWord word, int most, uint bits);

    /// <summary>Wakes up to <paramref name="wake"/> waiters and lets up to <paramref name="move"/> others wait for the target instead; answers how many. EAGAIN when the word has not the expected value.</summary>
    SysResult Requeue(GuestTask task, FutexWord word, FutexWord target, int wake, int move, uint? expected);

    /// <summary>Changes the second word, wakes waiters of the first, and of the second when its old value compares; answers how many. ENOSYS for an unknown operation.</summary>
    SysResult WakeOperation(GuestTask task, FutexWord first, FutexWord second, int wakeFirst, int wakeSecond, in FutexOperation operation);
}

/// <summary>
/// Locks whose word holds their owner's tid (futex(2), priority inheritance), and condition variables on top of them. As <see cref="IFutexes"/>.
/// </summary>
public interface IFutexLocks
{
    /// <summary>
    /// Takes a lock whose word holds its owner's tid (FUTEX_LOCK_PI), waiting for it unless <paramref name="tries"/>: then EAGAIN.
    /// EDEADLK when the caller has it, ESRCH when its owner is none, ETIMEDOUT.
    /// </summary>
    SysResult Lock(GuestTask task, FutexWord word, in FutexDeadline deadline, bool tries);

    /// <summary>Gives such a lock to who has waited longest, or to nobody. EPERM when the caller has it not.</summary>
    SysResult Unlock(GuestTask task, FutexWord word);

    /// <summary>
    /// Waits while the word has the value for somebody to hand the waiter on to a lock, and returns when it has that (FUTEX_WAIT_REQUEUE_PI).
    /// EAGAIN when the word has another value, ETIMEDOUT.
    /// </summary>
    SysResult WaitForLock(GuestTask task, FutexWord word, uint value, FutexWord target, in FutexDeadline deadline);

    /// <summary>
    /// Hands waiters on to the lock that they wait for, at most one of whom gets it now if it is free (FUTEX_CMP_REQUEUE_PI); answers how
    /// many. EAGAIN when the word has not the expected value, EINVAL when they wait for something else.
    /// </summary>
    SysResult RequeueToLock(GuestTask task, FutexWord word, FutexWord target, int most, uint expected);
}

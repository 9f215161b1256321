using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>futex_waitv(2).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>FUTEX_WAITV_MAX.</summary>
    private const int MostFutexes = 128;

    /// <summary>FUTEX_32: the only size that there is.</summary>
    private const uint FUTEX_32 = 2;

    private SysResult FutexWaitv(GuestTask task, UserPointer<FutexWaitv> waiters, uint count, uint flags, UserPointer<Timespec> timeout, int clockid)
    {
        if (flags != 0 || count is 0 or > MostFutexes || waiters.IsNull)
            return Errno.EINVAL;
        FutexDeadline deadline = new(ClockId.CLOCK_MONOTONIC, long.MaxValue);
        if (!timeout.IsNull)
        {
            if (clockid is not (CLOCK_REALTIME or CLOCK_MONOTONIC))
                return Errno.EINVAL;
            if (!TryReadDeadline(task, timeout.Address, (ClockId)clockid, isRelative: false, out deadline, out SysResult bad))
                return bad;
        }

        // A wait that is over looks at its words no more.
        if (task.Restart.Progress != 0)
            return _futexes.Current.WaitAny(task, default, in deadline);
        Span<FutexWaitv> requests = stackalloc FutexWaitv[(int)count];
        if (!task.Memory.TryRead(task, waiters.Address, MemoryMarshal.AsBytes(requests), out SysResult stop))
            return stop;
        Span<FutexWait> words = stackalloc FutexWait[(int)count];
        for (int i = 0; i < requests.Length; i++)
        {
            ref readonly FutexWaitv request = ref requests[i];
            if ((request.flags & ~(uint)FUTEX_PRIVATE_FLAG) != FUTEX_32 || request.__reserved != 0 || request.val > uint.MaxValue)
                return Errno.EINVAL;
            words[i] = new FutexWait(new FutexWord(request.uaddr, (request.flags & FUTEX_PRIVATE_FLAG) != 0), (uint)request.val);
        }

        foreach (ref readonly FutexWait word in words)
        {
            if (!CheckFutex(task, word.Word.Address, out stop))
                return stop;
        }

        return _futexes.Current.WaitAny(task, words, in deadline);
    }
}

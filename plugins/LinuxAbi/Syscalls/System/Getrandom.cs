using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getrandom(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Getrandom(GuestTask task, UserBuffer buffer, uint flags)
    {
        if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0)
            return Errno.EINVAL;
        if ((flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
            return Errno.EINVAL;
        long total = (long)Math.Min(buffer.Length, int.MaxValue);
        if (!buffer.Slice(0, (ulong)total).IsInUserSpace)
            return Errno.EFAULT;
        long done = task.Restart.Progress;
        while (done < total)
        {
            if (!task.Memory.TryGetSpan(task, buffer.Address + (ulong)done, PageAccess.Write, out Span<byte> span, out SysResult stop))
                return Stopped(task, done, stop);
            if (span.Length > total - done)
                span = span[..(int)(total - done)];
            _entropy.Fill(span);
            done += span.Length;
        }

        return done;
    }
}

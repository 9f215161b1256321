using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>poll(2) and ppoll(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const PollEvents AlwaysReported = PollEvents.POLLERR | PollEvents.POLLHUP;

    private Pollfd[] _pollfds = new Pollfd[64];

    private SysResult Poll(GuestTask task, UserPointer<Pollfd> fds, uint nfds, int timeout)
    {
        long duration = timeout < 0 ? long.MaxValue : timeout * NanosecondsPerMillisecond;
        return PollFor(task, fds, nfds, duration, InterruptKind.RestartBlock);
    }

    private SysResult Ppoll(GuestTask task, UserPointer<Pollfd> fds, uint nfds, UserPointer<Timespec> timeout, UserPointer<ulong> sigmask, ulong sigsetsize)
    {
        if (!TryGetTimeout(timeout, out long duration, out SysResult stop) || !TryBlockDuringCall(task, sigmask, sigsetsize, out stop))
            return stop;
        SysResult result = PollFor(task, fds, nfds, duration, InterruptKind.RestartUnlessHandled);
        WriteTimeLeft(task, timeout, result);
        return result;
    }

    private SysResult PollFor(GuestTask task, UserPointer<Pollfd> fds, uint count, long duration, InterruptKind interrupt)
    {
        if (count > DescriptorLimit(task))
            return Errno.EINVAL;
        if (_pollfds.Length < count)
            _pollfds = new Pollfd[count];
        Span<Pollfd> entries = _pollfds.AsSpan(0, (int)count);
        if (!task.Memory.TryRead(task, fds.Address, MemoryMarshal.AsBytes(entries), out SysResult stop))
            return stop;

        int ready = 0;
        foreach (ref Pollfd entry in entries)
        {
            entry.revents = (short)PollEntry(task, in entry);
            if (entry.revents != 0)
                ready++;
        }

        if (ready == 0 && !IsTimeOver(task, duration))
        {
            if (task.Restart.Reason == WakeReason.Interrupted)
                return Errno.EINTR;
            WaitSet wait = task.Wait.Begin(interrupt);
            foreach (ref readonly Pollfd entry in entries)
            {
                if (task.Descriptors.TryGet(entry.fd, out Descriptor descriptor))
                    wait.On(_events.Current.KeyOf(descriptor.File, task));
            }

            return WaitUntilDeadline(task, wait);
        }

        for (int i = 0; i < entries.Length; i++)
        {
            if (!new UserPointer<short>(task, fds.At(i).Address + 6).TryWrite(in entries[i].revents, out stop))
                return stop;
        }

        return ready;
    }

    private PollEvents PollEntry(GuestTask task, in Pollfd entry)
    {
        if (entry.fd < 0)
            return PollEvents.None;
        if (!task.Descriptors.TryGet(entry.fd, out Descriptor descriptor))
            return PollEvents.POLLNVAL;
        PollEvents interests = (PollEvents)(ushort)entry.events | AlwaysReported;
        return _files.Current.Poll(descriptor.File, interests, task) & interests;
    }

    /// <summary>Whether a call's time is over. At its first entry the deadline is computed and kept.</summary>
    private bool IsTimeOver(GuestTask task, long duration)
    {
        RestartState restart = task.Restart;
        if (duration == 0 || restart.Reason == WakeReason.TimedOut)
            return true;
        if (duration == long.MaxValue)
        {
            restart.DeadlineNanoseconds = long.MaxValue;
            return false;
        }

        long now = _clock.Now(ClockId.CLOCK_MONOTONIC).ValueOrDefault;
        if (restart.DeadlineNanoseconds == 0)
            restart.DeadlineNanoseconds = AddSaturating(now, duration);
        return now >= restart.DeadlineNanoseconds;
    }

    private static SysResult WaitUntilDeadline(GuestTask task, WaitSet wait)
    {
        if (task.Restart.DeadlineNanoseconds != long.MaxValue)
            wait.Until(ClockId.CLOCK_MONOTONIC, task.Restart.DeadlineNanoseconds);
        return SysResult.Wait(wait);
    }

    /// <summary>A timeout pointer as a duration; without one the call waits for ever.</summary>
    private static bool TryGetTimeout(UserPointer<Timespec> timeout, out long duration, out SysResult stop)
    {
        duration = long.MaxValue;
        stop = default;
        if (timeout.IsNull)
            return true;
        if (!timeout.TryRead(out Timespec time, out stop))
            return false;
        if (!IsValid(in time))
        {
            stop = Errno.EINVAL;
            return false;
        }

        duration = ToNanoseconds(in time);
        return true;
    }

    /// <summary>Blocks another set of signals for as long as the call takes; without one the task's own stays.</summary>
    private bool TryBlockDuringCall(GuestTask task, UserPointer<ulong> sigmask, ulong size, out SysResult stop)
    {
        stop = default;
        if (sigmask.IsNull)
            return true;
        stop = Errno.EINVAL;
        if (size != SigsetSize || !sigmask.TryRead(out ulong blocked, out stop))
            return false;
        _signals.Current.BlockDuringCall(task, new SignalSet(blocked));
        return true;
    }

    /// <summary>The kernel leaves the rest of the time in the timeout (select(2), "Linux notes"); that the memory is read-only is no error.</summary>
    private void WriteTimeLeft(GuestTask task, UserPointer<Timespec> timeout, SysResult result)
    {
        if (!timeout.IsNull && result.IsCompleted)
            timeout.TryWrite(ToTimespec(TimeLeft(task)), out _);
    }

    private long TimeLeft(GuestTask task)
    {
        long deadline = task.Restart.DeadlineNanoseconds;
        return deadline == 0 ? 0 : Math.Max(0, deadline - _clock.Now(ClockId.CLOCK_MONOTONIC).ValueOrDefault);
    }
}

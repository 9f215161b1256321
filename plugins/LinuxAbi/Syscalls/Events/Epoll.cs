using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>epoll_create(2), epoll_ctl(2), epoll_wait(2) and its kin.</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>How many events one call takes at most; the rest stay for the next, as they do when the guest's array is small.</summary>
    private const int MostEvents = 1024;

    private const int EventSize = 12;

    /// <summary>EP_MAX_EVENTS of the kernel.</summary>
    private const int MostEventsAsked = int.MaxValue / EventSize;

    private EventPollEvent[]? _pollEvents;

    private SysResult EpollCreate(GuestTask task, int size) => size <= 0 ? Errno.EINVAL : EpollCreate1(task, 0);

    private SysResult EpollCreate1(GuestTask task, int flags) =>
        (flags & ~EPOLL_CLOEXEC) != 0 ? Errno.EINVAL : InstallNew(task, _eventPolls.Current.Create(), flags);

    private SysResult EpollCtl(GuestTask task, Fd epfd, int op, Fd fd, UserPointer<EpollEvent> pointer)
    {
        EpollEvent wanted = default;
        if (op != EPOLL_CTL_DEL && !pointer.TryRead(out wanted, out SysResult stop))
            return stop;
        if (!TryGetFile(task, epfd, out FileId poll) || !TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        var entry = new EventPollEvent(wanted.events, wanted.data_low | ((ulong)wanted.data_high << 32));
        return _eventPolls.Current.Control(task, poll, op is > 0 and < 256 ? (EventPollOperation)op : 0, fd.Number, file, in entry);
    }

    private SysResult EpollWait(GuestTask task, Fd epfd, UserPointer<EpollEvent> events, int maxevents, int timeout) =>
        WaitForEvents(task, epfd, events, maxevents, timeout < 0 ? long.MaxValue : timeout * NanosecondsPerMillisecond);

    private SysResult EpollPwait(
        GuestTask task, Fd epfd, UserPointer<EpollEvent> events, int maxevents, int timeout, UserPointer<ulong> sigmask, ulong sigsetsize) =>
        TryBlockDuringCall(task, sigmask, sigsetsize, out SysResult stop) ? EpollWait(task, epfd, events, maxevents, timeout) : stop;

    private SysResult EpollPwait2(
        GuestTask task, Fd epfd, UserPointer<EpollEvent> events, int maxevents, UserPointer<Timespec> timeout, UserPointer<ulong> sigmask, ulong sigsetsize)
    {
        if (!TryGetTimeout(timeout, out long duration, out SysResult stop) || !TryBlockDuringCall(task, sigmask, sigsetsize, out stop))
            return stop;
        return WaitForEvents(task, epfd, events, maxevents, duration);
    }

    private SysResult WaitForEvents(GuestTask task, Fd epfd, UserPointer<EpollEvent> events, int most, long duration)
    {
        if (most is <= 0 or > MostEventsAsked)
            return Errno.EINVAL;
        if (!new UserBuffer(task, events.Address, (ulong)most * EventSize).IsInUserSpace)
            return Errno.EFAULT;
        if (!TryGetFile(task, epfd, out FileId poll))
            return Errno.EBADF;

        // What is taken must reach the guest: only as many as there is memory for.
        int room = WritableEvents(task, events.Address, Math.Min(most, MostEvents), out SysResult stop);
        if (stop.IsWait)
            return stop;
        Span<EventPollEvent> taken = (_pollEvents ??= new EventPollEvent[MostEvents]).AsSpan(0, Math.Max(room, 1));
        if (room == 0)
        {
            // Whether there is anything to write is what decides between waiting and a fault.
            if (!_eventPolls.Current.Collect(task, poll, default).TryGet(out _, out Errno invalid))
                return invalid;
            if (_files.Current.Poll(poll, PollEvents.POLLIN, task) != PollEvents.None)
                return Errno.EFAULT;
            taken = default;
        }

        if (!_eventPolls.Current.Collect(task, poll, taken).TryGet(out int count, out Errno error))
            return error;
        if (count > 0)
            return WriteEvents(task, events, taken[..count]);
        if (IsTimeOver(task, duration))
            return SysResult.Zero;
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        return WaitUntilDeadline(task, task.Wait.Begin(InterruptKind.NeverRestarted).On(_events.Current.KeyOf(poll, task)));
    }

    private static SysResult WriteEvents(GuestTask task, UserPointer<EpollEvent> events, ReadOnlySpan<EventPollEvent> taken)
    {
        for (int i = 0; i < taken.Length; i++)
        {
            var answer = new EpollEvent { events = taken[i].Events, data_low = (uint)taken[i].Data, data_high = (uint)(taken[i].Data >> 32) };
            if (!events.At(i).TryWrite(in answer, out SysResult stop))
                return i > 0 ? i : stop;
        }

        return taken.Length;
    }

    private static int WritableEvents(GuestTask task, ulong address, int most, out SysResult stop)
    {
        stop = default;
        int length = most * EventSize;
        int writable = 0;
        while (writable < length && task.Memory.TryGetSpan(task, address + (ulong)writable, PageAccess.Write, out Span<byte> span, out stop))
            writable += span.Length;
        if (writable >= length)
            stop = default;
        return Math.Min(writable / EventSize, most);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>select(2) and pselect(2).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>What counts as readable, writable and exceptional (fs/select.c).</summary>
    private const PollEvents Readable = PollEvents.POLLRDNORM | PollEvents.POLLRDBAND | PollEvents.POLLIN | PollEvents.POLLHUP | PollEvents.POLLERR;
    private const PollEvents Writable = PollEvents.POLLWRBAND | PollEvents.POLLWRNORM | PollEvents.POLLOUT | PollEvents.POLLERR;
    private const PollEvents Exceptional = PollEvents.POLLPRI;

    private SysResult Select(
        GuestTask task, int nfds, UserPointer<FdSet> readfds, UserPointer<FdSet> writefds, UserPointer<FdSet> exceptfds, UserPointer<Timeval> timeout)
    {
        long duration = long.MaxValue;
        if (!timeout.IsNull)
        {
            if (!timeout.TryRead(out Timeval time, out SysResult stop))
                return stop;
            // Microseconds beyond a second are carried over; negative ones are an error.
            long seconds = AddSaturating(Math.Max(0, time.tv_sec), time.tv_usec / 1_000_000);
            if (time.tv_sec < 0 || time.tv_usec < 0)
                return Errno.EINVAL;
            duration = ToNanoseconds(new Timespec { tv_sec = seconds, tv_nsec = time.tv_usec % 1_000_000 * 1000 });
        }

        SysResult result = SelectFor(task, nfds, readfds.Address, writefds.Address, exceptfds.Address, duration);
        if (!timeout.IsNull && result.IsCompleted)
            timeout.TryWrite(ToTimeval(TimeLeft(task)), out _);
        return result;
    }

    private SysResult Pselect6(
        GuestTask task,
        int nfds,
        UserPointer<FdSet> readfds,
        UserPointer<FdSet> writefds,
        UserPointer<FdSet> exceptfds,
        UserPointer<Timespec> timeout,
        UserPointer<PselectSigmask> sigmask)
    {
        if (!sigmask.IsNull)
        {
            if (!sigmask.TryRead(out PselectSigmask mask, out SysResult fault))
                return fault;
            if (!TryBlockDuringCall(task, new UserPointer<ulong>(task, mask.ss), mask.ss_len, out fault))
                return fault;
        }

        if (!TryGetTimeout(timeout, out long duration, out SysResult stop))
            return stop;
        SysResult result = SelectFor(task, nfds, readfds.Address, writefds.Address, exceptfds.Address, duration);
        WriteTimeLeft(task, timeout, result);
        return result;
    }

    private SysResult SelectFor(GuestTask task, int nfds, ulong readfds, ulong writefds, ulong exceptfds, long duration)
    {
        if (nfds < 0)
            return Errno.EINVAL;
        // Numbers beyond the table's capacity are passed over.
        int capacity = Math.Max(64, (int)BitOperations.RoundUpToPowerOf2((uint)task.Descriptors.Length));
        int count = Math.Min(nfds, capacity);
        int words = (count + 63) / 64;
        Span<ulong> sets = words <= 16 ? stackalloc ulong[96] : new ulong[words * 6];
        Span<ulong> read = sets[..words];
        Span<ulong> write = sets.Slice(words, words);
        Span<ulong> except = sets.Slice(words * 2, words);
        Span<ulong> results = sets.Slice(words * 3, words * 3);
        results.Clear();
        if (!TryReadSet(task, readfds, read, out SysResult stop) || !TryReadSet(task, writefds, write, out stop) || !TryReadSet(task, exceptfds, except, out stop))
            return stop;

        int ready = 0;
        for (int fd = 0; fd < count; fd++)
        {
            PollEvents interests = Interests(read, write, except, fd);
            if (interests == PollEvents.None)
                continue;
            if (!task.Descriptors.TryGet(fd, out Descriptor descriptor))
                return Errno.EBADF;
            PollEvents events = _files.Current.Poll(descriptor.File, interests | AlwaysReported, task);
            ready += Report(read, results[..words], fd, events & Readable);
            ready += Report(write, results.Slice(words, words), fd, events & Writable);
            ready += Report(except, results.Slice(words * 2, words), fd, events & Exceptional);
        }

        if (ready == 0 && !IsTimeOver(task, duration))
        {
            if (task.Restart.Reason == WakeReason.Interrupted)
                return Errno.EINTR;
            WaitSet wait = task.Wait.Begin(InterruptKind.RestartUnlessHandled);
            for (int fd = 0; fd < count; fd++)
            {
                if (Interests(read, write, except, fd) != PollEvents.None && task.Descriptors.TryGet(fd, out Descriptor descriptor))
                    wait.On(_events.Current.KeyOf(descriptor.File, task));
            }

            return WaitUntilDeadline(task, wait);
        }

        bool written = TryWriteSet(task, readfds, results[..words], out stop)
            && TryWriteSet(task, writefds, results.Slice(words, words), out stop)
            && TryWriteSet(task, exceptfds, results.Slice(words * 2, words), out stop);
        return written ? ready : stop;
    }

    private static PollEvents Interests(ReadOnlySpan<ulong> read, ReadOnlySpan<ulong> write, ReadOnlySpan<ulong> except, int fd) =>
        (Has(read, fd) ? Readable : PollEvents.None)
        | (Has(write, fd) ? Writable : PollEvents.None)
        | (Has(except, fd) ? Exceptional : PollEvents.None);

    private static bool Has(ReadOnlySpan<ulong> set, int fd) => (set[fd >> 6] >> (fd & 63) & 1) != 0;

    private static int Report(ReadOnlySpan<ulong> wanted, Span<ulong> result, int fd, PollEvents events)
    {
        if (events == PollEvents.None || !Has(wanted, fd))
            return 0;
        result[fd >> 6] |= 1UL << (fd & 63);
        return 1;
    }

    private static bool TryReadSet(GuestTask task, ulong address, Span<ulong> set, out SysResult stop)
    {
        stop = default;
        if (address != 0)
            return task.Memory.TryRead(task, address, MemoryMarshal.AsBytes(set), out stop);
        set.Clear();
        return true;
    }

    private static bool TryWriteSet(GuestTask task, ulong address, ReadOnlySpan<ulong> set, out SysResult stop)
    {
        stop = default;
        return address == 0 || task.Memory.TryWrite(task, address, MemoryMarshal.AsBytes(set), out stop);
    }
}

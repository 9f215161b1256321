using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;

namespace Kpio.Platform.Host.Linux;

/// <summary>
/// Sleeps in ppoll(2). Handles are the standard streams; one that is open for writing alone is waited for until it can be written.
/// An eventfd ends the wait from other threads; it is made at the first wait or interrupt.
/// </summary>
internal sealed unsafe class LinuxWaiter : IHostWaiter, IDisposable
{
    private readonly object _lock = new();
    private int _event = -1;

    public HostFileId Wait(ReadOnlySpan<HostFileId> handles, long timeoutNanoseconds)
    {
        const int Most = 16;
        PollDescriptor* descriptors = stackalloc PollDescriptor[Most + 1];
        int count = Math.Min(handles.Length, Most);
        for (int i = 0; i < count; i++)
        {
            int fd = (int)handles[i].Value - 1;
            descriptors[i].Fd = fd;
            descriptors[i].Events = (LibC.Fcntl(fd, LibC.F_GETFL, 0) & LibC.O_ACCMODE) == LibC.O_WRONLY ? LibC.POLLOUT : LibC.POLLIN;
            descriptors[i].Returned = 0;
        }

        int wake = EventFd();
        descriptors[count].Fd = wake;
        descriptors[count].Events = LibC.POLLIN;
        descriptors[count].Returned = 0;

        var time = new TimeSpec
        {
            Seconds = timeoutNanoseconds / 1_000_000_000,
            Nanoseconds = timeoutNanoseconds % 1_000_000_000,
        };
        int ready = LibC.Ppoll(descriptors, (nuint)(count + 1), timeoutNanoseconds < 0 ? null : &time, null);
        if (ready <= 0)
            return default; // The time is over, or a host signal came: the kernel looks at both.
        if (descriptors[count].Returned != 0)
        {
            ulong value;
            _ = LibC.Read(wake, (byte*)&value, sizeof(ulong)); // Takes the interrupt; it does not wait (EFD_NONBLOCK).
        }

        for (int i = 0; i < count; i++)
        {
            if (descriptors[i].Returned != 0)
                return handles[i];
        }

        return default;
    }

    public void Interrupt()
    {
        ulong one = 1;
        _ = LibC.Write(EventFd(), (byte*)&one, sizeof(ulong)); // Fails only when the counter is full: interrupted already.
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_event >= 0)
                _ = LibC.Close(_event);
            _event = -1;
        }
    }

    private int EventFd()
    {
        int fd = Volatile.Read(ref _event);
        if (fd >= 0)
            return fd;
        lock (_lock)
        {
            if (_event < 0)
            {
                fd = LibC.Eventfd(0, LibC.O_CLOEXEC | LibC.O_NONBLOCK);
                if (fd < 0)
                    throw new InvalidOperationException($"The host has no eventfd left (error {Marshal.GetLastPInvokeError()}).");
                Volatile.Write(ref _event, fd);
            }

            return _event;
        }
    }
}

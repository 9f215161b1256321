using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.Host;

/// <summary>The clocks of the real machine.</summary>
public interface IHostClock
{
    /// <summary>Nanoseconds since 1970.</summary>
    long RealtimeNanoseconds { get; }

    /// <summary>Nanoseconds of a clock that never goes back.</summary>
    long MonotonicNanoseconds { get; }

    /// <summary>The same clock read cheaply, a few milliseconds behind at most: for the age of caches, not for measuring.</summary>
    long CoarseMonotonicNanoseconds { get; }
}

/// <summary>The standard streams and terminal of the real machine. Handles: 0, 1 and 2 have the ids 1, 2 and 3.</summary>
public interface IHostConsole
{
    /// <summary>Reads from a stream without waiting: EAGAIN when nothing is there, 0 at the end.</summary>
    Result<int> Read(HostFileId stream, Span<byte> destination);

    /// <summary>Writes to a stream; EPIPE when nobody reads, EAGAIN when it takes nothing now.</summary>
    Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source);

    /// <summary>The stream's readiness now.</summary>
    PollEvents Poll(HostFileId stream, PollEvents interests);

    /// <summary>What the stream is: attributes of the host's fstat(2).</summary>
    Result<NodeAttributes> Stat(HostFileId stream);

    /// <summary>Moves the stream's position when it is a file (lseek(2)); ESPIPE for terminals and pipes.</summary>
    Result<long> Seek(HostFileId stream, long offset, int whence);

    /// <summary>
    /// Terminal settings by ioctl_tty(2)'s numbers: TCGETS reads the kernel's struct termios (36 bytes) into <paramref name="data"/>,
    /// TCSETS, TCSETSW and TCSETSF write it. ENOTTY when the stream is no terminal or the host has no such thing. What the terminal
    /// was set to before is put back when the console is disposed.
    /// </summary>
    Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data);

    /// <summary>Whether the stream is a terminal, and its size in columns and rows when it is.</summary>
    bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size);
}

/// <summary>Lets the kernel sleep until the real machine has something for it.</summary>
public interface IHostWaiter
{
    /// <summary>Sleeps until a handle is ready for reading, <see cref="Interrupt"/> is called, or the time is over; answers the ready handle, or none. Negative: no time limit.</summary>
    HostFileId Wait(ReadOnlySpan<HostFileId> handles, long timeoutNanoseconds);

    /// <summary>Ends a wait, or the next one. From any thread and from signal callbacks.</summary>
    void Interrupt();
}

using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Linux;

/// <summary>
/// The standard streams by their descriptors, unbuffered. The descriptors keep their blocking mode, which they share with other
/// processes: pipes and sockets are asked for a transfer that does not wait, terminals are polled first, and files never wait.
/// </summary>
internal sealed unsafe class LinuxConsole : IHostConsole, IDisposable
{
    private const int TermiosSize = 36;

    private readonly StreamKind[] _kinds = new StreamKind[3];
    private readonly byte[]?[] _initialTermios = new byte[]?[3];
    private bool _hasNoWait = true;

    private enum StreamKind : byte
    {
        Unknown,
        File,
        PipeOrSocket,
        Other,
    }

    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        if (!TryGetFd(stream, out int fd))
            return Errno.EBADF;
        if (destination.IsEmpty)
            return 0;
        StreamKind kind = KindOf(fd);
        fixed (byte* buffer = destination)
        {
            while (true)
            {
                nint count;
                if (kind == StreamKind.PipeOrSocket && _hasNoWait)
                {
                    var vector = new IoVector { Base = buffer, Length = (nuint)destination.Length };
                    count = LibC.Preadv2(fd, &vector, 1, -1, LibC.RWF_NOWAIT);
                    if (count < 0 && Marshal.GetLastPInvokeError() is LibC.EOPNOTSUPP or LibC.ENOSYS)
                    {
                        _hasNoWait = false;
                        continue;
                    }
                }
                else
                {
                    if (kind != StreamKind.File && !IsReady(fd, LibC.POLLIN))
                        return Errno.EAGAIN;
                    count = LibC.Read(fd, buffer, (nuint)destination.Length);
                }

                if (count >= 0)
                    return (int)count;
                int error = Marshal.GetLastPInvokeError();
                if (error != LibC.EINTR)
                    return (Errno)error;
            }
        }
    }

    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        if (!TryGetFd(stream, out int fd))
            return Errno.EBADF;
        StreamKind kind = KindOf(fd);
        fixed (byte* buffer = source)
        {
            while (true)
            {
                nint count;
                if (kind == StreamKind.PipeOrSocket && _hasNoWait)
                {
                    var vector = new IoVector { Base = buffer, Length = (nuint)source.Length };
                    count = LibC.Pwritev2(fd, &vector, 1, -1, LibC.RWF_NOWAIT);
                    if (count < 0 && Marshal.GetLastPInvokeError() is LibC.EOPNOTSUPP or LibC.ENOSYS)
                    {
                        _hasNoWait = false;
                        continue;
                    }
                }
                else if (kind == StreamKind.PipeOrSocket)
                {
                    // Ready for writing means that PIPE_BUF (4096) bytes fit: more could wait (pipe(7)).
                    if (!IsReady(fd, LibC.POLLOUT))
                        return Errno.EAGAIN;
                    count = LibC.Write(fd, buffer, (nuint)Math.Min(source.Length, 4096));
                }
                else
                {
                    // A stopped terminal is waited for: nothing would tell when it goes on.
                    count = LibC.Write(fd, buffer, (nuint)source.Length);
                }

                if (count >= 0)
                    return (int)count;
                int error = Marshal.GetLastPInvokeError();
                if (error != LibC.EINTR)
                    return (Errno)error;
            }
        }
    }

    public PollEvents Poll(HostFileId stream, PollEvents interests)
    {
        if (!TryGetFd(stream, out int fd))
            return PollEvents.POLLNVAL;
        var descriptor = new PollDescriptor { Fd = fd, Events = (short)interests };
        return LibC.Poll(&descriptor, 1, 0) > 0 ? (PollEvents)(ushort)descriptor.Returned : PollEvents.None;
    }

    public Result<NodeAttributes> Stat(HostFileId stream) =>
        TryGetFd(stream, out int fd) ? HostStat.Of(fd) : Errno.EBADF;

    public Result<long> Seek(HostFileId stream, long offset, int whence)
    {
        if (!TryGetFd(stream, out int fd))
            return Errno.EBADF;
        long position = LibC.Lseek(fd, offset, whence);
        return position >= 0 ? position : (Errno)Marshal.GetLastPInvokeError();
    }

    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data)
    {
        if (!TryGetFd(stream, out int fd))
            return Errno.EBADF;
        if (request is < (uint)LibC.TCGETS or > (uint)LibC.TCSETSF || data.Length < TermiosSize)
            return Errno.EINVAL;
        if (request != (uint)LibC.TCGETS && _initialTermios[fd] is null)
        {
            var initial = new byte[TermiosSize];
            fixed (byte* settings = initial)
            {
                if (LibC.Ioctl(fd, LibC.TCGETS, settings) < 0)
                    return (Errno)Marshal.GetLastPInvokeError();
            }

            _initialTermios[fd] = initial;
        }

        fixed (byte* settings = data)
            return LibC.Ioctl(fd, request, settings) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size)
    {
        WindowSize window;
        if (TryGetFd(stream, out int fd) && LibC.Ioctl(fd, LibC.TIOCGWINSZ, &window) == 0)
        {
            size = (window.Columns, window.Rows);
            return true;
        }

        size = default;
        return false;
    }

    public void Dispose()
    {
        for (int fd = 0; fd < _initialTermios.Length; fd++)
        {
            if (_initialTermios[fd] is not { } initial)
                continue;
            fixed (byte* settings = initial)
                _ = LibC.Ioctl(fd, LibC.TCSETS, settings); // A terminal that is gone needs nothing put back.
            _initialTermios[fd] = null;
        }
    }

    private static bool TryGetFd(HostFileId stream, out int fd)
    {
        fd = (int)stream.Value - 1;
        return stream.Value is >= 1 and <= 3;
    }

    private static bool IsReady(int fd, short events)
    {
        var descriptor = new PollDescriptor { Fd = fd, Events = events };
        return LibC.Poll(&descriptor, 1, 0) > 0;
    }

    private StreamKind KindOf(int fd)
    {
        StreamKind kind = _kinds[fd];
        if (kind != StreamKind.Unknown)
            return kind;
        kind = HostStat.Of(fd).TryGet(out NodeAttributes attributes, out _)
            ? attributes.Kind switch
            {
                FileKind.Fifo or FileKind.Socket => StreamKind.PipeOrSocket,
                FileKind.Regular or FileKind.BlockDevice => StreamKind.File,
                _ => StreamKind.Other,
            }
            : StreamKind.Other;
        _kinds[fd] = kind;
        return kind;
    }
}

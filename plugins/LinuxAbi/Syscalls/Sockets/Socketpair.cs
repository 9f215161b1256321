using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>socketpair(2), shutdown(2), getsockname(2), getpeername(2): of Unix sockets, the connected pairs.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int SocketTypeMask = 0xF;

    private SysResult Socketpair(GuestTask task, int domain, int type, int protocol, UserPointer<PipeFds> fds)
    {
        int kind = type & SocketTypeMask;
        int flags = type & ~SocketTypeMask;
        if ((flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != 0)
            return Errno.EINVAL;
        if (domain is AF_INET or AF_INET6)
            return Errno.EOPNOTSUPP;
        if (domain != AF_UNIX)
            return Errno.EAFNOSUPPORT;
        if (protocol is not (0 or AF_UNIX))
            return Errno.EPROTONOSUPPORT;
        if (kind == SOCK_RAW)
            kind = SOCK_DGRAM; // unix_create: BSD's way to say it
        if (kind is not (SOCK_STREAM or SOCK_DGRAM or SOCK_SEQPACKET))
            return kind is 0 or > 10 ? Errno.EINVAL : Errno.ESOCKTNOSUPPORT;
        if (!_sockets.Current.CreatePair(task, (Contracts.Vfs.SocketType)kind, (OpenFlags)(flags & SOCK_NONBLOCK)).TryGet(out (FileId First, FileId Second) pair, out Errno error))
            return error;
        return InstallPair(task, pair.First, pair.Second, (flags & SOCK_CLOEXEC) != 0, fds);
    }

    private SysResult Shutdown(GuestTask task, Fd fd, int how)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        Errno error = _sockets.Current.GetStatus(file).Error;
        if (error != Errno.None)
            return error;
        return how is < SHUT_RD or > SHUT_RDWR ? Errno.EINVAL : _sockets.Current.Shutdown(file, how);
    }

    private SysResult Getsockname(GuestTask task, Fd fd, ulong address, UserPointer<int> length) => WriteUnnamed(task, fd, address, length);

    private SysResult Getpeername(GuestTask task, Fd fd, ulong address, UserPointer<int> length) => WriteUnnamed(task, fd, address, length);

    /// <summary>Sockets of a pair have no names: their addresses are the family alone.</summary>
    private SysResult WriteUnnamed(GuestTask task, Fd fd, ulong address, UserPointer<int> length)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        Errno error = _sockets.Current.GetStatus(file).Error;
        if (error != Errno.None)
            return error;
        if (!length.TryRead(out int room, out SysResult stop))
            return stop;
        if (room < 0)
            return Errno.EINVAL;
        Span<byte> family = stackalloc byte[sizeof(ushort)];
        family[0] = (byte)AF_UNIX;
        family[1] = 0;
        family = family[..Math.Min(room, family.Length)];
        if (!family.IsEmpty && !task.Memory.TryWrite(task, address, family, out stop))
            return stop;
        return length.TryWrite(sizeof(ushort), out stop) ? SysResult.Zero : stop;
    }
}

using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getsockopt(2) and setsockopt(2), as far as socket(7) and unix(7) have options for connected pairs.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Getsockopt(GuestTask task, Fd fd, int level, int option, ulong value, UserPointer<int> length)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_sockets.Current.GetStatus(file).TryGet(out SocketStatus status, out Errno error))
            return error;
        if (level != SOL_SOCKET)
            return Errno.EOPNOTSUPP;
        if (!length.TryRead(out int room, out SysResult stop))
            return stop;
        if (room < 0)
            return Errno.EINVAL;
        Span<byte> bytes = stackalloc byte[12];
        int size = sizeof(int);
        int answer = 0;
        switch (option)
        {
            case SO_TYPE:
                answer = (int)status.Type;
                break;
            case SO_DOMAIN:
                answer = AF_UNIX;
                break;
            case SO_ERROR:
                answer = (int)_sockets.Current.TakeError(file);
                break;
            case SO_SNDBUF:
                answer = status.SendBuffer;
                break;
            case SO_RCVBUF:
                answer = status.ReceiveBuffer;
                break;
            case SO_PASSCRED:
                answer = status.PassesCredentials ? 1 : 0;
                break;
            case SO_RCVLOWAT or SO_SNDLOWAT:
                answer = 1;
                break;
            case SO_PROTOCOL or SO_ACCEPTCONN or SO_REUSEADDR or SO_KEEPALIVE or SO_BROADCAST or SO_DONTROUTE or SO_OOBINLINE or SO_PRIORITY:
                break;
            case SO_PEERCRED:
                size = 12;
                BinaryPrimitives.WriteInt32LittleEndian(bytes, status.Peer.Pid);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], status.Peer.User);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], status.Peer.Group);
                break;
            default:
                return Errno.ENOPROTOOPT;
        }

        if (size == sizeof(int))
            BinaryPrimitives.WriteInt32LittleEndian(bytes, answer);
        size = Math.Min(size, room);
        if (!task.Memory.TryWrite(task, value, bytes[..size], out stop))
            return stop;
        return length.TryWrite(in size, out stop) ? SysResult.Zero : stop;
    }

    private SysResult Setsockopt(GuestTask task, Fd fd, int level, int option, UserBuffer value)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_sockets.Current.GetStatus(file).TryGet(out SocketStatus status, out Errno error))
            return error;
        if (level != SOL_SOCKET)
            return Errno.EOPNOTSUPP;
        if (value.Length < sizeof(int))
            return Errno.EINVAL;
        if (!new UserPointer<int>(task, value.Address).TryRead(out int wanted, out SysResult stop))
            return stop;
        switch (option)
        {
            case SO_PASSCRED:
                return _sockets.Current.SetStatus(file, status with { PassesCredentials = wanted != 0 });
            case SO_SNDBUF:
                return _sockets.Current.SetStatus(file, status with { SendBuffer = wanted });
            case SO_RCVBUF:
                return _sockets.Current.SetStatus(file, status with { ReceiveBuffer = wanted });
            default:
                return Errno.ENOPROTOOPT;
        }
    }
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Sockets;

/// <summary>Pairs of Unix sockets for the calls about sockets.</summary>
internal sealed class SocketService : ILocalSockets
{
    /// <summary>net.core.wmem_max and rmem_max: what a program may ask for, before it is doubled.</summary>
    private const int MostBuffer = 212992;
    private const int LeastSendBuffer = 4608;
    private const int LeastReceiveBuffer = 2304;

    private readonly VfsCore _core;

    public SocketService(VfsCore core) => _core = core;

    private SocketDriver Driver => _core.Special.Sockets;

    public Result<(FileId First, FileId Second)> CreatePair(GuestTask task, SocketType type, OpenFlags flags)
    {
        OpenFlags kept = OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK);
        OpenFile? first = _core.NewFile(Driver, kept);
        OpenFile? second = _core.NewFile(Driver, kept);
        if (first is null || second is null)
        {
            if (first is not null)
                _core.Files.Remove(first);
            return Errno.ENFILE;
        }

        SocketCredentials maker = SocketDriver.CredentialsOf(task);
        var one = new SocketEnd(first, type) { Inode = Driver.NextInode++, PeerCredentials = maker };
        var other = new SocketEnd(second, type) { Inode = Driver.NextInode++, PeerCredentials = maker, Peer = one };
        one.Peer = other;
        first.Special = one;
        second.Special = other;
        return (first.Id, second.Id);
    }

    public Result<int> Send(FileId socket, ReadOnlySpan<byte> data, FileId[]? files, SocketCredentials sender)
    {
        Errno error = Find(socket, out SocketEnd end);
        return error != Errno.None ? error : Driver.Send(end, data, files, sender);
    }

    public Result<SocketReceipt> Receive(FileId socket, Span<byte> destination, bool peek)
    {
        Errno error = Find(socket, out SocketEnd end);
        return error != Errno.None ? error : Driver.Receive(end, destination, peek);
    }

    public Errno Shutdown(FileId socket, int how)
    {
        Errno error = Find(socket, out SocketEnd end);
        return error != Errno.None ? error : Driver.Shutdown(end, how);
    }

    public Result<SocketStatus> GetStatus(FileId socket)
    {
        Errno error = Find(socket, out SocketEnd end);
        return error != Errno.None ? error : new SocketStatus(end.Type, end.PeerCredentials, end.PassesCredentials, end.SendBuffer, end.ReceiveBuffer);
    }

    public Errno SetStatus(FileId socket, in SocketStatus status)
    {
        Errno error = Find(socket, out SocketEnd end);
        if (error != Errno.None)
            return error;
        end.PassesCredentials = status.PassesCredentials;
        if (status.SendBuffer != end.SendBuffer)
            end.SendBuffer = Math.Max((int)Math.Min((uint)status.SendBuffer, MostBuffer) * 2, LeastSendBuffer);
        if (status.ReceiveBuffer != end.ReceiveBuffer)
            end.ReceiveBuffer = Math.Max((int)Math.Min((uint)status.ReceiveBuffer, MostBuffer) * 2, LeastReceiveBuffer);
        return Errno.None;
    }

    public Errno TakeError(FileId socket) => Find(socket, out SocketEnd end) == Errno.None ? SocketDriver.TakeError(end) : Errno.None;

    private Errno Find(FileId id, out SocketEnd end)
    {
        end = null!;
        if (_core.Files.Find(id) is not { } file || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        if (file.Special is not SocketEnd found)
            return Errno.ENOTSOCK;
        end = found;
        return Errno.None;
    }
}

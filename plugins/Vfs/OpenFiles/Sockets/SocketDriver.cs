using System.Buffers.Binary;
using System.Text;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles.Events;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.OpenFiles.Sockets;

/// <summary>Unix sockets as open files.</summary>
internal sealed class SocketDriver : SpecialDriver
{
    private const ulong SocketDevice = 8;
    private const uint SIOCOUTQ = 0x5411;

    private readonly OpenFileTable _files;
    private readonly FileWakes _wakes;

    public SocketDriver(OpenFileTable files, FileWakes wakes)
    {
        _files = files;
        _wakes = wakes;
    }

    public override OpenFileKind Kind => OpenFileKind.Socket;

    public ulong NextInode { get; set; } = 1;

    protected override string Name => "socket";

    public override byte[]? ShownName(OpenFile file) => Encoding.ASCII.GetBytes($"socket:[{EndOf(file).Inode}]");

    public override TransferKind TransferOf(OpenFile file, bool isWrite) =>
        EndOf(file).Type == SocketType.Stream ? TransferKind.Stream : TransferKind.Whole;

    public override Result<long> Seek(OpenFile file, long offset, int whence) => Errno.ESPIPE;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        if (destination.IsEmpty)
            return 0;
        if (!Receive(EndOf(file), destination, peek: false).TryGet(out SocketReceipt receipt, out Errno error))
            return error;

        // Files that come with bytes nobody asked them of are lost (unix(7)).
        foreach (FileId passed in receipt.Files ?? [])
            Release(passed);
        return receipt.Length;
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task) =>
        offset >= 0 ? Errno.ESPIPE : Send(EndOf(file), source, null, CredentialsOf(task));

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        SocketEnd end = EndOf(file);
        PollEvents ready = PollEvents.None;
        if (end.Error != Errno.None)
            ready |= PollEvents.POLLERR;
        if (end.CannotReceive && end.CannotSend)
            ready |= PollEvents.POLLHUP;
        if (end.CannotReceive)
            ready |= PollEvents.POLLRDHUP | PollEvents.POLLIN | PollEvents.POLLRDNORM;
        if (end.Unread.Count > 0)
            ready |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
        if (end.IsWritable)
            ready |= PollEvents.POLLOUT | PollEvents.POLLWRNORM | PollEvents.POLLWRBAND;
        return ready & (interests | PollEvents.POLLERR | PollEvents.POLLHUP);
    }

    public override Result<NodeAttributes> Stat(OpenFile file) => new NodeAttributes
    {
        Device = SocketDevice,
        Inode = EndOf(file).Inode,
        Kind = FileKind.Socket,
        Permissions = 0x1FF,
        Links = 1,
        User = EndOf(file).PeerCredentials.User,
        Group = EndOf(file).PeerCredentials.Group,
        BlockSize = 4096,
    };

    public override Result<FileOwner> SendsSignals(OpenFile file) => default(FileOwner);

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task)
    {
        if (data.Length < sizeof(int))
            return Errno.ENOTTY;
        SocketEnd end = EndOf(file);
        int unread = end.IsConnectionOriented ? end.Unread.Sum(static message => message.Count) : end.Unread.TryPeek(out SocketMessage? first) ? first.Count : 0;
        switch (request)
        {
            case RegularFileDriver.FIONREAD:
                BinaryPrimitives.WriteInt32LittleEndian(data, unread);
                return 0;
            case SIOCOUTQ:
                BinaryPrimitives.WriteInt32LittleEndian(data, end.Charged);
                return 0;
            default:
                return Errno.ENOTTY;
        }
    }

    public Result<int> Send(SocketEnd end, ReadOnlySpan<byte> data, FileId[]? files, SocketCredentials sender)
    {
        if (end.Error != Errno.None && end.IsConnectionOriented && !end.CannotSend)
            return TakeError(end);
        if (end.CannotSend)
            return Errno.EPIPE;
        if (end.Peer is not { } peer)
        {
            // The first to notice that nobody is there learns why, later ones that nobody is.
            Errno refused = end.HasDeadPeer ? Errno.ECONNREFUSED : Errno.ENOTCONN;
            end.HasDeadPeer = false;
            return refused;
        }

        if (peer.CannotReceive)
            return Errno.EPIPE;
        if (end.Type == SocketType.Stream)
        {
            if (data.IsEmpty)
                return 0;
            data = data[..Math.Min(data.Length, MostChunk(end))];
        }
        else if (data.Length > end.SendBuffer - 32)
        {
            return Errno.EMSGSIZE;
        }

        if (end.Charged >= end.SendBuffer)
        {
            end.OwesRoomSignal |= end.File.Signals is { IsAsync: true };
            return Errno.EAGAIN;
        }

        foreach (FileId passed in files ?? [])
            _files.Find(passed)!.References++;
        var message = new SocketMessage { Bytes = data.ToArray(), Files = files, Sender = sender };
        end.Charged += message.Charge;
        peer.Unread.Enqueue(message);
        _wakes.Wake(peer.File, PollEvents.POLLIN | PollEvents.POLLRDNORM);
        _wakes.Signals.Tell(peer.File, FileBand.Input);
        return data.Length;
    }

    public Result<SocketReceipt> Receive(SocketEnd end, Span<byte> destination, bool peek)
    {
        if (!end.Unread.TryPeek(out SocketMessage? first))
        {
            if (end.Error != Errno.None)
                return TakeError(end);
            return end.CannotReceive ? new SocketReceipt(0, 0, null, default) : Errno.EAGAIN;
        }

        if (end.Type == SocketType.Stream)
            return ReceiveStream(end, first, destination, peek);
        int length = Math.Min(destination.Length, first.Count);
        first.Bytes.AsSpan(first.Start, length).CopyTo(destination);
        var receipt = new SocketReceipt(length, first.Count, TakeFiles(first, peek), first.Sender);
        if (!peek)
            Drop(end);
        return receipt;
    }

    public Errno Shutdown(SocketEnd end, int how)
    {
        bool receiving = how is 0 or 2;
        bool sending = how is 1 or 2;
        end.CannotReceive |= receiving;
        end.CannotSend |= sending;
        TellOfShutdown(end);
        if (end.Peer is not { } peer || !end.IsConnectionOriented)
            return Errno.None;
        peer.CannotSend |= receiving;
        peer.CannotReceive |= sending;
        TellOfShutdown(peer);
        if (receiving && sending)
            _wakes.Signals.Tell(peer.File, FileBand.HangUp);
        else if (sending)
            _wakes.Signals.Tell(peer.File, FileBand.Input);
        return Errno.None;
    }

    public override void Close(OpenFile file)
    {
        SocketEnd end = EndOf(file);
        bool hadUnread = end.Unread.Count > 0;
        if (end.Peer is { } peer)
        {
            end.Peer = null;
            peer.Peer = null;
            peer.Charged = 0;
            if (peer.IsConnectionOriented)
            {
                peer.CannotReceive = peer.CannotSend = true;
                if (hadUnread)
                    peer.Error = Errno.ECONNRESET;
            }
            else
            {
                peer.HasDeadPeer = true;
            }

            TellOfShutdown(peer);
            if (peer.IsConnectionOriented)
                _wakes.Signals.Tell(peer.File, FileBand.HangUp);
        }

        while (end.Unread.TryDequeue(out SocketMessage? message))
        {
            foreach (FileId passed in message.Files ?? [])
                Release(passed);
        }
    }

    public override SpecialFileState Capture(OpenFile file)
    {
        SocketEnd end = EndOf(file);
        return new SocketState
        {
            Type = end.Type,
            Inode = end.Inode,
            Peer = end.Peer?.File.Id ?? default,
            PeerCredentials = end.PeerCredentials,
            Unread = [.. end.Unread.Select(static message => new SocketMessageState(message.Bytes, message.Start, message.Files, message.Sender))],
            CannotReceive = end.CannotReceive,
            CannotSend = end.CannotSend,
            PassesCredentials = end.PassesCredentials,
            SendBuffer = end.SendBuffer,
            ReceiveBuffer = end.ReceiveBuffer,
            Error = end.Error,
            Charged = end.Charged,
            HasDeadPeer = end.HasDeadPeer,
            OwesRoomSignal = end.OwesRoomSignal,
        };
    }

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not SocketState saved)
            return Errno.EINVAL;
        var end = new SocketEnd(file, saved.Type)
        {
            Inode = saved.Inode,
            PeerCredentials = saved.PeerCredentials,
            CannotReceive = saved.CannotReceive,
            CannotSend = saved.CannotSend,
            PassesCredentials = saved.PassesCredentials,
            SendBuffer = saved.SendBuffer,
            ReceiveBuffer = saved.ReceiveBuffer,
            Error = saved.Error,
            Charged = saved.Charged,
            HasDeadPeer = saved.HasDeadPeer,
            OwesRoomSignal = saved.OwesRoomSignal,
        };
        foreach (SocketMessageState message in saved.Unread)
        {
            if (message.Start < 0 || message.Start > message.Bytes.Length)
                return Errno.EINVAL;
            end.Unread.Enqueue(new SocketMessage { Bytes = message.Bytes, Start = message.Start, Files = message.Files, Sender = message.Sender });
        }

        file.Special = end;
        return Errno.None;
    }

    public override Errno Connect(OpenFile file, SpecialFileState state)
    {
        FileId peer = ((SocketState)state).Peer;
        if (peer.IsNone)
            return Errno.None;
        EndOf(file).Peer = _files.Find(peer)?.Special as SocketEnd;
        return EndOf(file).Peer is null ? Errno.EINVAL : Errno.None;
    }

    public static SocketCredentials CredentialsOf(GuestTask? task) =>
        task is null ? default : new SocketCredentials(task.Group.Pid, task.Credentials.RealUser, task.Credentials.RealGroup);

    public static SocketEnd EndOf(OpenFile file) => (SocketEnd)file.Special!;

    public static Errno TakeError(SocketEnd end)
    {
        Errno error = end.Error;
        end.Error = Errno.None;
        return error;
    }

    // Bytes of several sends are one to the reader, up to the first that came with files, or from somebody else when it matters.
    private Result<SocketReceipt> ReceiveStream(SocketEnd end, SocketMessage first, Span<byte> destination, bool peek)
    {
        int length = 0;
        FileId[]? files = null;
        SocketCredentials sender = first.Sender;
        if (peek)
        {
            foreach (SocketMessage message in end.Unread)
            {
                if (end.PassesCredentials && message.Sender != sender)
                    break;
                int part = Math.Min(destination.Length - length, message.Count);
                message.Bytes.AsSpan(message.Start, part).CopyTo(destination[length..]);
                length += part;
                files = TakeFiles(message, peek: true);
                if (files is not null || length == destination.Length)
                    break;
            }

            return new SocketReceipt(length, length, files, sender);
        }

        while (length < destination.Length && end.Unread.TryPeek(out SocketMessage? message))
        {
            if (end.PassesCredentials && message.Sender != sender)
                break;
            int part = Math.Min(destination.Length - length, message.Count);
            message.Bytes.AsSpan(message.Start, part).CopyTo(destination[length..]);
            length += part;
            message.Start += part;
            files = TakeFiles(message, peek: false);
            if (message.Count == 0)
                Drop(end);
            if (files is not null)
                break;
        }

        return new SocketReceipt(length, length, files, sender);
    }

    private void Drop(SocketEnd end)
    {
        SocketMessage message = end.Unread.Dequeue();
        if (end.Peer is not { } peer)
            return;
        peer.Charged -= message.Charge;
        if (!peer.IsWritable)
            return;
        _wakes.Wake(peer.File, PollEvents.POLLOUT | PollEvents.POLLWRNORM | PollEvents.POLLWRBAND);
        if (!peer.OwesRoomSignal)
            return;
        peer.OwesRoomSignal = false;
        _wakes.Signals.Tell(peer.File, FileBand.Output);
    }

    private FileId[]? TakeFiles(SocketMessage message, bool peek)
    {
        FileId[]? files = message.Files;
        if (!peek)
        {
            message.Files = null;
            return files;
        }

        foreach (FileId passed in files ?? [])
            _files.Find(passed)!.References++;
        return files;
    }

    private void Release(FileId id)
    {
        if (_files.Find(id) is { } file)
            _files.Release(file);
    }

    private void TellOfShutdown(SocketEnd end) =>
        _wakes.Wake(end.File, PollEvents.POLLIN | PollEvents.POLLRDNORM | PollEvents.POLLRDHUP | PollEvents.POLLOUT | PollEvents.POLLHUP | PollEvents.POLLERR);

    private static int MostChunk(SocketEnd end) => Math.Max(64, Math.Min((end.SendBuffer >> 1) - 64, 48 << 10));
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Types of sockets by Linux's values (socket(2)).</summary>
public enum SocketType : byte
{
    /// <summary>SOCK_STREAM.</summary>
    Stream = 1,

    /// <summary>SOCK_DGRAM.</summary>
    Datagram = 2,

    /// <summary>SOCK_SEQPACKET.</summary>
    SequencedPacket = 5,
}

/// <summary>Who sent a message (unix(7), struct ucred).</summary>
/// <param name="Pid">The process.</param>
/// <param name="User">The user.</param>
/// <param name="Group">The group.</param>
public readonly record struct SocketCredentials(int Pid, uint User, uint Group);

/// <summary>A message, or the part of a stream, that was received.</summary>
/// <param name="Length">Bytes put into the buffer.</param>
/// <param name="FullLength">Bytes of the whole message: more when the buffer was too small and the rest is lost.</param>
/// <param name="Files">Files that came with it, with a reference each, which the receiver takes over; null for none.</param>
/// <param name="Sender">Who sent it.</param>
public readonly record struct SocketReceipt(int Length, int FullLength, FileId[]? Files, SocketCredentials Sender);

/// <summary>What can be asked of a socket without a message.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Peer">Who made the other end (SO_PEERCRED).</param>
/// <param name="PassesCredentials">SO_PASSCRED.</param>
/// <param name="SendBuffer">SO_SNDBUF in bytes.</param>
/// <param name="ReceiveBuffer">SO_RCVBUF in bytes.</param>
public readonly record struct SocketStatus(SocketType Type, SocketCredentials Peer, bool PassesCredentials, int SendBuffer, int ReceiveBuffer);

/// <summary>Pairs of connected Unix sockets (socketpair(2), unix(7)). ENOTSOCK for other files; EAGAIN instead of waiting.</summary>
public interface ILocalSockets
{
    /// <summary>Makes two sockets that are connected with each other, one reference each.</summary>
    Result<(FileId First, FileId Second)> CreatePair(GuestTask task, SocketType type, OpenFlags flags);

    /// <summary>
    /// Sends a message, or as much of a stream as there is room for. The files get a reference each. EPIPE (the caller raises SIGPIPE),
    /// ECONNREFUSED, ENOTCONN, EMSGSIZE.
    /// </summary>
    Result<int> Send(FileId socket, ReadOnlySpan<byte> data, FileId[]? files, SocketCredentials sender);

    /// <summary>Receives; with <paramref name="peek"/> what is received stays. 0 bytes at the end of a stream. ECONNRESET.</summary>
    Result<SocketReceipt> Receive(FileId socket, Span<byte> destination, bool peek);

    /// <summary>Ends receiving (0), sending (1) or both (2) (shutdown(2)). ENOTCONN.</summary>
    Errno Shutdown(FileId socket, int how);

    /// <summary>The socket's type and settings.</summary>
    Result<SocketStatus> GetStatus(FileId socket);

    /// <summary>Sets SO_PASSCRED and the sizes of the buffers, which Linux doubles and keeps within bounds; the rest of the status is as it is.</summary>
    Errno SetStatus(FileId socket, in SocketStatus status);

    /// <summary>Takes the error that is pending (SO_ERROR); <see cref="Errno.None"/> when there is none.</summary>
    Errno TakeError(FileId socket);
}

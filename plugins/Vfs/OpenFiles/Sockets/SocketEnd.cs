using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Sockets;

/// <summary>Bytes sent at once, with what came beside them. Of a stream, what is left of them.</summary>
internal sealed class SocketMessage
{
    public required byte[] Bytes { get; init; }

    public int Start { get; set; }

    /// <summary>Files on their way, a reference each; null for none.</summary>
    public FileId[]? Files { get; set; }

    public required SocketCredentials Sender { get; init; }

    public int Count => Bytes.Length - Start;

    /// <summary>
    /// The memory that Linux charges to the sender: the bytes in their block, or beyond a page's worth in pages, and what describes
    /// them. How many small messages fit into a buffer follows from it.
    /// </summary>
    public int Charge
    {
        get
        {
            const int Description = 256;
            const int Shared = 320;
            const int MostLinear = 4096 - Shared;
            int linear = Math.Min(Bytes.Length, MostLinear);
            int block = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(((linear + 63) & ~63) + Shared));
            int pages = (Bytes.Length - linear + 4095) & ~4095;
            return Description + block + pages;
        }
    }
}

/// <summary>One end of a connected pair of Unix sockets: its queue of unread messages and its settings.</summary>
internal sealed class SocketEnd
{
    public const int DefaultBuffer = 212992;

    public SocketEnd(OpenFile file, SocketType type)
    {
        File = file;
        Type = type;
    }

    public OpenFile File { get; }

    public SocketType Type { get; }

    public required ulong Inode { get; init; }

    /// <summary>The other end; null when it is closed.</summary>
    public SocketEnd? Peer { get; set; }

    /// <summary>Who made the pair.</summary>
    public SocketCredentials PeerCredentials { get; init; }

    public Queue<SocketMessage> Unread { get; } = new();

    public bool CannotReceive { get; set; }

    public bool CannotSend { get; set; }

    public bool PassesCredentials { get; set; }

    public int SendBuffer { get; set; } = DefaultBuffer;

    public int ReceiveBuffer { get; set; } = DefaultBuffer;

    public Errno Error { get; set; }

    /// <summary>Of a datagram socket: the other end was closed and nobody has tried to send since.</summary>
    public bool HasDeadPeer { get; set; }

    /// <summary>Whether a send found no room and the owner is to be sent a signal when there is again (SOCKWQ_ASYNC_NOSPACE).</summary>
    public bool OwesRoomSignal { get; set; }

    /// <summary>The memory of the messages that the other end has not read: <see cref="SocketMessage.Charge"/>.</summary>
    public int Charged { get; set; }

    public bool IsConnectionOriented => Type != SocketType.Datagram;

    /// <summary>Whether poll(2) calls it writable: at most a quarter of the buffer is used.</summary>
    public bool IsWritable => (long)Charged * 4 <= SendBuffer;
}

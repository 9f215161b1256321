using System.Net.Sockets;
using Kpio.Debugger.Protocol;

namespace Kpio.Debugger.Server;

/// <summary>
/// A connection to gdb. A thread of its own reads what comes and keeps it in order until the machine's thread takes it; an interrupt
/// is kept as a packet of its one byte, so that it stays behind the packet that it came after.
/// </summary>
internal sealed class GdbConnection : IDisposable
{
    /// <summary>More than this many packets wait for nobody: gdb sends one and waits for the answer.</summary>
    private const int MostWaiting = 64;

    private readonly Socket _socket;
    private readonly Action _arrived;
    private readonly Queue<byte[]> _packets = new();
    private readonly Lock _writing = new();
    private byte[] _lastFrame = [];
    private volatile bool _isLost;
    private volatile bool _acknowledges = true;

    public GdbConnection(Socket socket, Action arrived)
    {
        _socket = socket;
        _arrived = arrived;
        if (socket.AddressFamily != AddressFamily.Unix)
            socket.NoDelay = true;
        new Thread(Read) { IsBackground = true, Name = "gdb" }.Start();
    }

    /// <summary>An interrupt, as <see cref="Take"/> gives it.</summary>
    public static ReadOnlySpan<byte> Interrupt => [3];

    /// <summary>Whether the other end has gone.</summary>
    public bool IsLost => _isLost;

    /// <summary>Whether there is something to take, or the other end has gone.</summary>
    public bool HasInput
    {
        get
        {
            lock (_packets)
                return _isLost || _packets.Count > 0;
        }
    }

    /// <summary>Whether there is something to take.</summary>
    public bool HasPackets
    {
        get
        {
            lock (_packets)
                return _packets.Count > 0;
        }
    }

    /// <summary>Stops sending and expecting acknowledgements (QStartNoAckMode).</summary>
    public void StopAcknowledging() => _acknowledges = false;

    /// <summary>Takes the next packet, waiting for it; null when the time is over or the connection is lost.</summary>
    public byte[]? Take(TimeSpan time)
    {
        lock (_packets)
        {
            if (_packets.Count == 0 && !_isLost)
                Monitor.Wait(_packets, time);
            return _packets.TryDequeue(out byte[]? packet) ? packet : null;
        }
    }

    /// <summary>Sends a packet. When the other end has gone nothing happens; <see cref="IsLost"/> says so.</summary>
    public void Send(Reply reply)
    {
        byte[] frame = reply.Frame();
        _lastFrame = frame;
        Write(frame);
    }

    /// <summary>Closes the connection once the other end has had what was sent, or after a second.</summary>
    public void Dispose()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The other end has closed it already.
        }

        lock (_packets)
        {
            if (!_isLost)
                Monitor.Wait(_packets, TimeSpan.FromSeconds(1));
        }

        _socket.Dispose();
    }

    private void Read()
    {
        var reader = new PacketReader();
        byte[] buffer = new byte[4096];
        try
        {
            for (int count; (count = _socket.Receive(buffer)) > 0;)
            {
                for (int i = 0; i < count; i++)
                {
                    if (reader.Take(buffer[i], out InputKind kind, out byte[] packet))
                        Accept(kind, packet);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the connection, as a read of nothing is.
        }

        lock (_packets)
        {
            _isLost = true;
            Monitor.PulseAll(_packets);
        }

        _arrived();
    }

    private void Accept(InputKind kind, byte[] packet)
    {
        switch (kind)
        {
            case InputKind.Resend:
                Write(_lastFrame);
                return;
            case InputKind.Damaged:
                if (_acknowledges)
                    Write("-"u8);
                return;
            case InputKind.Interrupt:
                packet = Interrupt.ToArray();
                break;
            default:
                if (_acknowledges)
                    Write("+"u8);
                break;
        }

        lock (_packets)
        {
            if (_packets.Count < MostWaiting)
                _packets.Enqueue(packet);
            Monitor.PulseAll(_packets);
        }

        _arrived();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_writing)
        {
            try
            {
                while (bytes.Length > 0)
                    bytes = bytes[_socket.Send(bytes)..];
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The reading thread sees the same end.
            }
        }
    }
}

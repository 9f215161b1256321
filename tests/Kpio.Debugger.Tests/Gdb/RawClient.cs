using System.Net.Sockets;
using System.Text;
using Kpio.Debugger.Protocol;

namespace Kpio.Debugger.Tests.Gdb;

/// <summary>Sends packets by hand and reads the answers.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly PacketReader _reader = new();

    public RawClient(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        _socket.ReceiveTimeout = 60_000;
    }

    /// <summary>Sends a packet and waits for the answer.</summary>
    public string Ask(string packet) => Ask(Encoding.Latin1.GetBytes(packet));

    public string Ask(ReadOnlySpan<byte> packet)
    {
        Send(packet);
        return Receive();
    }

    public void Send(ReadOnlySpan<byte> packet) => SendRaw(new Reply().Binary(packet).Frame());

    public void SendRaw(ReadOnlySpan<byte> bytes) => _socket.Send(bytes);

    /// <summary>The next packet that comes.</summary>
    public string Receive()
    {
        byte[] one = new byte[1];
        while (_socket.Receive(one) == 1)
        {
            if (_reader.Take(one[0], out InputKind kind, out byte[] packet) && kind == InputKind.Packet)
                return Encoding.Latin1.GetString(packet);
        }

        throw new InvalidOperationException("The connection was closed.");
    }

    public void Dispose() => _socket.Dispose();
}

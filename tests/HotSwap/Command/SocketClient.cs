using System.Net.Sockets;
using System.Text;

namespace Kpio.HotSwap.Tests.Command;

/// <summary>A client of the control socket.</summary>
internal sealed class SocketClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 60_000, SendTimeout = 60_000 };

    public SocketClient(string path) => _socket.Connect(new UnixDomainSocketEndPoint(path));

    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    public void Send(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
            sent += _socket.Send(bytes.AsSpan(sent));
    }

    /// <summary>Sends a line and answers the next one.</summary>
    public string Ask(string line)
    {
        try
        {
            Send(line + "\n");
        }
        catch (SocketException)
        {
            // Refused before it could ask: the answer is there.
        }

        var answer = new List<byte>();
        byte[] one = new byte[1];
        while (_socket.Receive(one) == 1 && one[0] != '\n')
            answer.Add(one[0]);
        return Encoding.UTF8.GetString([.. answer]);
    }

    public void Dispose() => _socket.Dispose();
}

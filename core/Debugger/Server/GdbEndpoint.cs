using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kpio.Debugger.Server;

/// <summary>Where a debugger connects: a TCP port of this machine's loopback address, or a socket in the host's file system.</summary>
public sealed class GdbEndpoint
{
    private readonly string? _path;
    private readonly int _port;

    private GdbEndpoint(string? path, int port)
    {
        _path = path;
        _port = port;
    }

    /// <summary>Reads PORT (0: any that is free) or the path of a socket; null when it is neither.</summary>
    public static GdbEndpoint? Parse(string text)
    {
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return new GdbEndpoint(null, port);
        return string.IsNullOrEmpty(text) || text.All(char.IsAsciiDigit) ? null : new GdbEndpoint(Path.GetFullPath(text), 0);
    }

    /// <summary>Starts to listen. A socket that nobody listens on any more is replaced; nothing else is.</summary>
    /// <exception cref="SocketException">The address is in use, or may not be used.</exception>
    internal Socket Listen()
    {
        bool isTcp = _path is null;
        var socket = new Socket(isTcp ? AddressFamily.InterNetwork : AddressFamily.Unix, SocketType.Stream, isTcp ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (_path is not null && SocketPath.IsAbandoned(_path))
                File.Delete(_path);
            socket.Bind(isTcp ? new IPEndPoint(IPAddress.Loopback, _port) : new UnixDomainSocketEndPoint(_path!));
            socket.Listen(1);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What gdb's <c>target remote</c> takes.</summary>
    internal string Describe(Socket listener) =>
        _path ?? string.Create(CultureInfo.InvariantCulture, $"localhost:{((IPEndPoint)listener.LocalEndPoint!).Port}");

    /// <summary>Takes the socket out of the file system.</summary>
    internal void Remove()
    {
        if (_path is not null)
            File.Delete(_path);
    }
}

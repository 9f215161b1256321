using System.Net.Sockets;

namespace Kpio.Debugger.Server;

/// <summary>Paths of Unix sockets that KPIO listens on.</summary>
public static class SocketPath
{
    /// <summary>Whether a path is a socket that nobody listens on any more, which a program that was killed left behind: it may be replaced.</summary>
    public static bool IsAbandoned(string path)
    {
        if (!File.Exists(path))
            return false;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused && CannotBeOpened(path);
        }
    }

    // Connections to a plain file are refused too. It can be opened, a socket cannot; and what may not be read is left alone.
    private static bool CannotBeOpened(string path)
    {
        try
        {
            File.OpenHandle(path).Dispose();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}

using System.Globalization;
using System.Net.Sockets;
using Kpio.Cli.Running;
using Kpio.Debugger.Server;
using Kpio.Platform.Host;

namespace Kpio.Cli.Control;

/// <summary>Where control sockets lie, and how one is made: for this user alone.</summary>
internal static class ControlSocket
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>
    /// Where the socket of a process lies that was not given a path: in <c>$XDG_RUNTIME_DIR</c>, which belongs to the user alone, or in a folder of
    /// the user's below the temporary one. Both, in the order in which they are tried.
    /// </summary>
    public static IEnumerable<string> PathsOf(int pid)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"kpio-{pid}.sock");
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } folder && Path.IsPathRooted(folder) && Directory.Exists(folder))
            yield return Path.Combine(folder, name);
        yield return Path.Combine(TemporaryFolder, name);
    }

    private static string TemporaryFolder => Path.Combine(Path.GetTempPath(), "kpio-" + HostProcess.UserName);

    /// <summary>The path for this process, with its folder made.</summary>
    /// <exception cref="UsageException">The folder is somebody else's, or others can reach into it.</exception>
    public static string ForThisProcess()
    {
        string path = PathsOf(Environment.ProcessId).First();
        if (Path.GetDirectoryName(path) == TemporaryFolder)
            MakeFolder(TemporaryFolder);
        return path;
    }

    /// <summary>Listens at a path. A socket that nobody listens on any more is replaced; nothing else is.</summary>
    /// <exception cref="UsageException">The path is taken, or may not be used.</exception>
    public static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (SocketPath.IsAbandoned(path))
                File.Delete(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));

            // Before anybody can connect: that takes a socket that listens.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, OwnerOnly);
            socket.Listen(16);
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            socket.Dispose();
            throw new UsageException($"--control {path}: {Explain(e)}", e);
        }
    }

    private static string Explain(Exception exception) => exception switch
    {
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => "the path is taken: a machine listens there, or it is no socket",
        SocketException { SocketErrorCode: SocketError.AccessDenied } => "permission denied",
        SocketException => "no socket can be made there: is there such a folder?",
        ArgumentException => "the path is too long for a socket",
        _ => ErrorText.Of(exception),
    };

    private static void MakeFolder(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, OwnersFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--control: {folder}: {ErrorText.Of(e)}", e);
        }

        if (!HostProcess.OwnsAlone(folder))
            throw new UsageException($"--control: {folder} is not a folder of this user's alone (mode 0700): set XDG_RUNTIME_DIR, or name a socket with --control=PATH");
    }
}

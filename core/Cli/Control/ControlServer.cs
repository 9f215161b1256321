using System.Net.Sockets;
using Kpio.Cli.Running;

namespace Kpio.Cli.Control;

/// <summary>
/// The control socket of a run (docs/control.md): one thread that takes connections, and one for each client, so that none has to wait for
/// another. What a client does harms nobody but itself.
/// </summary>
internal sealed class ControlServer : IDisposable
{
    private const int MostClients = 16;

    private readonly Socket _listener;
    private readonly string _path;
    private readonly ControlRequests _requests;
    private readonly Action<string> _report;
    private readonly List<ControlConnection> _clients = [];
    private bool _isClosed;

    private ControlServer(Socket listener, string path, ControlRequests requests, Action<string> report)
    {
        _listener = listener;
        _path = path;
        _requests = requests;
        _report = report;
    }

    /// <summary>Listens, and answers from threads of its own.</summary>
    /// <param name="path">The socket's path; empty for one by the process's number.</param>
    /// <param name="requests">Who answers.</param>
    /// <param name="report">Told of defects.</param>
    /// <exception cref="UsageException">The socket cannot be had.</exception>
    public static ControlServer Start(string path, ControlRequests requests, Action<string> report)
    {
        path = path.Length == 0 ? ControlSocket.ForThisProcess() : Path.GetFullPath(path);
        var server = new ControlServer(ControlSocket.Listen(path), path, requests, report);
        new Thread(server.Accept) { IsBackground = true, Name = "control" }.Start();
        return server;
    }

    /// <summary>Closes every connection and takes the socket away. Requests that are under way get no answer.</summary>
    public void Dispose()
    {
        _requests.Close();
        lock (_clients)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            foreach (ControlConnection client in _clients)
                client.Close();
        }

        File.Delete(_path);
        _listener.Dispose();
    }

    private void Accept()
    {
        while (true)
        {
            try
            {
                Admit(_listener.Accept());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                lock (_clients)
                {
                    if (_isClosed)
                        return;
                }

                // A client that has gone again, or too many open files: later there may be room.
                Thread.Sleep(100);
            }
        }
    }

    private void Admit(Socket socket)
    {
        var client = new ControlConnection(socket, _requests, _report);
        lock (_clients)
        {
            if (_isClosed || _clients.Count == MostClients)
            {
                client.Refuse($"there are {MostClients} clients already");
                return;
            }

            _clients.Add(client);
        }

        var thread = new Thread(() => Serve(client)) { IsBackground = true, Name = "control client" };
        thread.Start();
    }

    private void Serve(ControlConnection client)
    {
        client.Serve();
        lock (_clients)
        {
            _clients.Remove(client);
        }
    }
}

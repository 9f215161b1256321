using System.Net.Sockets;
using Kpio.Contracts.Process;
using Kpio.Debugger.Commands;
using Kpio.Debugger.Protocol;
using Kpio.Kernel;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Server;

/// <summary>
/// A machine's stub for gdb: listens, and serves one connection at a time on the machine's own thread while the guests stand still. The
/// first program waits at its entry for the first connection. When gdb detaches or the connection is lost the guests run on, and a
/// later connection takes the oldest process under control again.
/// </summary>
public sealed class GdbServer : IDebugger, IDisposable
{
    /// <summary>How often a waiting machine looks whether it is to end.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly GdbEndpoint _endpoint;
    private readonly Action<string> _report;
    private readonly IReadOnlyList<MonitorCommand> _monitor;
    private readonly ManualResetEventSlim _hasArrived = new();
    private readonly Reply _reply = new();
    private readonly Lock _waking = new();
    private bool _isDisposed;
    private Socket? _listener;
    private DebugSession? _session;
    private volatile GdbConnection? _arrived;
    private volatile GdbConnection? _connection;
    private GdbClient? _client;
    private CommandTable? _commands;
    private bool _isResumed;

    /// <param name="endpoint">Where to listen.</param>
    /// <param name="report">Tells the user a line.</param>
    /// <param name="monitor">What <c>monitor</c> can do, <c>help</c> aside.</param>
    public GdbServer(GdbEndpoint endpoint, Action<string> report, IReadOnlyList<MonitorCommand> monitor)
    {
        _endpoint = endpoint;
        _report = report;
        _monitor = monitor;
    }

    /// <inheritdoc/>
    public bool IsAsking => _arrived is not null || _connection is { HasInput: true };

    /// <inheritdoc/>
    public DebugWishes Wishes => _client?.Wishes ?? DebugWishes.None;

    /// <summary>Starts to listen and takes the machine's first process under control. Before <see cref="Machine.Run"/>.</summary>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public void Start(Machine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _listener = _endpoint.Listen();
        _session = machine.Debug(this);
        _report($"waiting for gdb: target remote {_endpoint.Describe(_listener)}");
        new Thread(Accept) { IsBackground = true, Name = "gdb listener" }.Start();
    }

    /// <inheritdoc/>
    public bool StopsAt(GuestTask task, Signal signal) => _client is { } client && !client.Passes(signal);

    /// <inheritdoc/>
    public bool StopsAtCall(GuestTask task, uint number)
    {
        ArgumentNullException.ThrowIfNull(task);
        return _client is { } client && client.Catches(task.Group.Pid, number);
    }

    /// <inheritdoc/>
    public void OnStop(DebugEvent what)
    {
        ArgumentNullException.ThrowIfNull(what);
        if (what.Kind == DebugEventKind.Asked)
        {
            OnAsked(what.Task);
            return;
        }

        if (_client is not { } client || _connection is null)
        {
            Release();
            return;
        }

        StopReply.Write(_reply, client, what);
        Stop(client);
        if (what.Kind != DebugEventKind.ProcessEnded || client.Processes.Count > 0)
            Serve(client);
    }

    /// <summary>Stops listening and ends the connection.</summary>
    public void Dispose()
    {
        lock (_waking)
            _isDisposed = true;
        _listener?.Dispose();
        if (_listener is not null)
            _endpoint.Remove();
        _connection?.Dispose();
        _arrived?.Dispose();
        _hasArrived.Dispose();
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener!.Accept();
                if (_connection is { IsLost: false } || _arrived is not null)
                {
                    socket.Dispose(); // One at a time.
                    continue;
                }

                _arrived = new GdbConnection(socket, Wake);
                Wake();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was closed.
        }
    }

    /// <summary>Called by the threads that listen and read. The machine may be gone already.</summary>
    private void Wake()
    {
        lock (_waking)
        {
            if (_isDisposed)
                return;
            _hasArrived.Set();
            _session!.Wake();
        }
    }

    private void OnAsked(GuestTask? task)
    {
        if (_client is null && _connection is null)
        {
            // The first program is at its entry, or somebody comes later.
            while (_arrived is null && task is not null && !_session!.IsEnding)
            {
                _hasArrived.Reset();
                if (_arrived is null)
                    _hasArrived.Wait(Glance);
            }
        }

        if (_arrived is { } connection)
        {
            _connection?.Dispose();
            _connection = connection;
            _arrived = null;
            Adopt(task);
            return;
        }

        if (_client is not { } client || _connection is null || _session!.IsEnding)
        {
            Release();
            return;
        }

        if (_isResumed && _connection.Take(TimeSpan.Zero) is { } packet && packet.AsSpan().SequenceEqual(GdbConnection.Interrupt))
        {
            if ((task ?? client.Threads.FirstOrDefault()) is not { } stopped)
                return;
            StopReply.WritePlain(_reply, client, stopped, GdbSignals.Interrupt);
            Stop(client);
        }

        Serve(client);
    }

    /// <summary>A new connection: it gets the processes that are under control, or the oldest one.</summary>
    private void Adopt(GuestTask? task)
    {
        var client = new GdbClient(_session!);
        _client = client;
        _commands = new CommandTable(client, _connection!, _monitor);
        if (client.Processes.Count == 0)
        {
            task = _session!.Tasks.All.FirstOrDefault(static other => other.State < TaskState.Zombie);
            if (task is null)
                return;
            _session.Attach(task.Group);
            client.Attached.Add(task.Group.Pid);
        }

        client.Current = task;
        _isResumed = false;
        if (task is not null)
        {
            StopReply.WritePlain(_reply, client, task, GdbSignals.Trap);
            client.LastStop = _reply.Data.ToArray();
        }

        Serve(client);
    }

    private void Stop(GdbClient client)
    {
        client.LastStop = _reply.Data.ToArray();
        _isResumed = false;
        _connection!.Send(_reply);
    }

    /// <summary>Answers packets until the guests are to go on.</summary>
    private void Serve(GdbClient client)
    {
        while (true)
        {
            if (_session!.IsEnding || _connection!.IsLost && !_connection.HasPackets)
            {
                Release();
                return;
            }

            if (_connection.Take(Glance) is not { } packet)
            {
                if (client.Processes.Count == 0)
                    return;
                continue;
            }

            if (packet.AsSpan().SequenceEqual(GdbConnection.Interrupt))
                continue;
            CommandOutcome outcome = _commands!.Handle(packet, _reply.Clear());
            if (outcome != CommandOutcome.Resumed)
                _connection.Send(_reply);
            _isResumed = outcome == CommandOutcome.Resumed;
            if (_isResumed)
                return;
        }
    }

    /// <summary>Nobody looks any more: the guests run on.</summary>
    private void Release()
    {
        if (_client is not { } client)
        {
            foreach (ThreadGroup group in new GdbClient(_session!).Processes)
                _session!.Detach(group);
            return;
        }

        foreach (ThreadGroup group in client.Processes)
            _session!.Detach(group);
        _commands?.Dispose();
        _connection?.Dispose();
        _connection = null;
        _client = null;
        _commands = null;
    }
}

using System.Net.Sockets;

namespace Kpio.Cli.Control;

/// <summary>One client of the control socket: reads its lines, and answers each with a line. Used by one thread; <see cref="Close"/> from any.</summary>
internal sealed class ControlConnection
{
    /// <summary>How long a request may be at most, in bytes; a client that sends more is cut off.</summary>
    public const int LongestLine = 1 << 20;

    private const int FirstBuffer = 4096;
    private const int SendMilliseconds = 5000;

    private readonly Socket _socket;
    private readonly ControlRequests _requests;
    private readonly Action<string> _report;
    private byte[] _buffer = new byte[FirstBuffer];
    private int _length;

    public ControlConnection(Socket socket, ControlRequests requests, Action<string> report)
    {
        _socket = socket;
        _requests = requests;
        _report = report;

        // A client that does not read its answers is given up.
        socket.SendTimeout = SendMilliseconds;
    }

    /// <summary>Ends it: a call that waits for the client comes back.</summary>
    public void Close() => _socket.Dispose();

    /// <summary>Says why there is no place for this client, and ends it.</summary>
    public void Refuse(string reason)
    {
        try
        {
            Send(ControlAnswer.Failure(null, ControlAnswer.Busy, reason));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has gone already, which is what it was to do.
        }

        Close();
    }

    /// <summary>Answers until the client goes.</summary>
    public void Serve()
    {
        try
        {
            int count;
            while ((count = _socket.Receive(Room())) > 0)
            {
                int searched = _length;
                _length += count;
                if (!AnswerLines(searched))
                    break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has gone in the middle, or the machine has ended: nobody is there to be told.
        }
        catch (Exception e)
        {
            _report($"defect in KPIO: control socket: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }

        Close();
    }

    private Span<byte> Room()
    {
        if (_length == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        return _buffer.AsSpan(_length);
    }

    /// <summary>Answers each whole line. False when the client is to be cut off.</summary>
    private bool AnswerLines(int searched)
    {
        int start = 0;
        while (true)
        {
            int end = _buffer.AsSpan(searched, _length - searched).IndexOf((byte)'\n');
            if (end < 0)
                break;
            end += searched;
            byte[] line = _buffer[start..end];
            start = searched = end + 1;
            if (!line.AsSpan().ContainsAnyExcept((byte)' ', (byte)'\t', (byte)'\r'))
                continue;
            Send(_requests.Answer(line, out Action? afterwards));
            afterwards?.Invoke();
        }

        _buffer.AsSpan(start, _length - start).CopyTo(_buffer);
        _length -= start;
        if (_length < LongestLine)
            return true;
        Send(ControlAnswer.Failure(null, ControlAnswer.Syntax, $"a request has at most {LongestLine} bytes"));
        return false;
    }

    private void Send(byte[] answer)
    {
        for (int sent = 0; sent < answer.Length;)
            sent += _socket.Send(answer.AsSpan(sent));
    }
}

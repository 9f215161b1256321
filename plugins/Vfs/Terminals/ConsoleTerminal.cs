using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>The machine's console when the user's terminal is behind it: /dev/console, and the first session's controlling terminal.</summary>
internal sealed class ConsoleTerminal : Terminal
{
    private const int BufferSize = 4096;

    private readonly IHostTerminal _host;
    private WindowSize _hostSize;

    public ConsoleTerminal(IHostTerminal host, TerminalServices services)
        : base(DeviceNumbers.Console, services, BufferSize, BufferSize)
    {
        _host = host;
        _hostSize = host.Size;
        Resize(_hostSize);
    }

    public override int Room => IsStopped || IsGone ? 0 : Written.Room;

    /// <summary>Whether the user's terminal has not taken everything yet.</summary>
    public bool HasOutput => Written.Count > 0;

    /// <summary>Whether a standard stream of the host is the terminal.</summary>
    public bool IsBehind(HostFileId stream) => _host.IsBehind(stream);

    public override int Send(ReadOnlySpan<byte> bytes)
    {
        if (IsStopped || IsGone)
            return 0;
        int sent = 0;
        if (Written.Count == 0)
            _host.Write(bytes).TryGet(out sent, out _); // An error is no room now, or no terminal any more: reading tells which.
        return sent + Written.Add(bytes[sent..]);
    }

    public override void DropOutput() => Written.Cut(0);

    public override void FlushInput()
    {
        Span<byte> keys = stackalloc byte[256];
        while (_host.Read(keys).TryGet(out int count, out _) && count > 0)
        {
            // Typed before, and not to be read any more.
        }

        base.FlushInput();
    }

    public override void TookInput()
    {
        Span<byte> keys = stackalloc byte[256];
        while (true)
        {
            base.TookInput();
            if (Arrived.Count > 0 || IsGone)
                return;
            if (!_host.Read(keys).TryGet(out int count, out Errno error))
            {
                if (error != Errno.EAGAIN)
                    Lose();
                return;
            }

            if (count == 0)
            {
                Lose();
                return;
            }

            Arrived.Add(keys[..count]);
        }
    }

    /// <summary>Looks at everything that may have changed on the host's side.</summary>
    public void HostChanged()
    {
        WindowSize size = _host.Size;
        if (size != _hostSize)
        {
            _hostSize = size;
            Resize(size);
        }

        bool wasFull = Written.Room == 0;
        while (Written.Count > 0 && _host.Write(Written.Peek()).TryGet(out int sent, out _))
            Written.Drop(sent);
        if (Written.Room > 0)
        {
            Discipline.FlushEcho();
            if (wasFull)
                WakeWriters();
        }

        TookInput();
    }

    /// <summary>The user's terminal is no more.</summary>
    private void Lose()
    {
        IsGone = true;
        Written.Cut(0);
        HangUp();
    }
}

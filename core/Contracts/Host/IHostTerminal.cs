using Kpio.Contracts.Values;

namespace Kpio.Contracts.Host;

/// <summary>The size of a terminal's window: struct winsize (ioctl_tty(2)).</summary>
/// <param name="Rows">Rows of characters.</param>
/// <param name="Columns">Columns of characters.</param>
/// <param name="Width">The width in pixels; 0 when unknown.</param>
/// <param name="Height">The height in pixels; 0 when unknown.</param>
public readonly record struct WindowSize(ushort Rows, ushort Columns, ushort Width, ushort Height);

/// <summary>
/// The user's terminal as the console of a machine: while it is taken (<see cref="IHostTerminalControl"/>), keys come as bytes as they are
/// pressed, none of them has an effect on the host and nothing is echoed; what is written is shown as it is. Hosts without such a thing have
/// none, and the machine's console is then the plain streams of <see cref="IHostConsole"/>, with the host's own line editing.
/// </summary>
public interface IHostTerminal
{
    /// <summary>The window's size now.</summary>
    WindowSize Size { get; }

    /// <summary>Whether a standard stream is this terminal.</summary>
    bool IsBehind(HostFileId stream);

    /// <summary>Takes keys: EAGAIN when there are none, 0 when the terminal has gone.</summary>
    Result<int> Read(Span<byte> destination);

    /// <summary>Shows bytes, as many as the terminal takes now: EAGAIN when that is none; the callback tells when it goes on. EIO when it has gone.</summary>
    Result<int> Write(ReadOnlySpan<byte> source);
}

/// <summary>Whose the user's terminal is: the host's, or a machine's.</summary>
public interface IHostTerminalControl
{
    /// <summary>Whether standard input is a terminal, and this process is the one whose turn it is to use it.</summary>
    bool CanTake { get; }

    /// <summary>Whether it is taken now.</summary>
    bool IsTaken { get; }

    /// <summary>
    /// Takes the terminal; an error leaves it as it was. From then on, from a thread of the host's own: <paramref name="changed"/> is called when
    /// there may be something to read, room to write again, or the terminal has gone; <paramref name="impatient"/> when Ctrl-C was pressed
    /// three times within a second, by itself and not as part of other data. What the terminal was set to is put back by <see cref="Release"/>, and when the
    /// process ends in any way, by SIGKILL too where the host has the programs that it takes.
    /// </summary>
    Errno Take(Action changed, Action impatient);

    /// <summary>Sets the terminal up again after another program may have changed it: this process was stopped and goes on.</summary>
    void Renew();

    /// <summary>Gives the terminal back as it was. From any thread, any number of times.</summary>
    void Release();
}

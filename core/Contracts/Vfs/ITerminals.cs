using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// Terminals, apart from what is done with them as open files (<see cref="IOpenFiles"/>, <see cref="IFileControl.Control"/>). Processes name
/// their controlling terminal by its device number (<see cref="ThreadGroup.ControllingTerminal"/>). The Vfs plugin.
/// </summary>
public interface ITerminals
{
    /// <summary>The foreground process group of the console, which is the user's terminal or the streams that stand for it; 0 when none was set.</summary>
    int ForegroundGroup { get; }

    /// <summary>Makes the console, when the user's terminal is behind it, the controlling terminal of the machine's first process.</summary>
    void AdoptConsole(ThreadGroup leader);

    /// <summary>
    /// A session's leader gives up the controlling terminal, and with it every process of the session: when it <paramref name="ends"/>, and
    /// at TIOCNOTTY. The foreground group gets SIGHUP, and SIGCONT. Nothing happens for a process that leads no session.
    /// </summary>
    void LeaveSession(ThreadGroup leader, bool ends);

    /// <summary>The user's terminal has something to say (<see cref="Host.IHostTerminalControl.Take"/>): keys, room for output, another size, its end.</summary>
    void ConsoleChanged();

    /// <summary>Whether something that was written to the console has not been shown yet, because the user's terminal takes no more.</summary>
    bool HasConsoleOutput { get; }

    /// <summary>Opens the other side of a pseudoterminal's master (TIOCGPTPEER); EIO for any other file.</summary>
    Result<FileId> OpenPeer(GuestTask task, FileId master, OpenFlags flags);
}

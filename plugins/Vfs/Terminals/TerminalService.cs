using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>Terminals for the kernel and other plugins.</summary>
internal sealed class TerminalService : ITerminals
{
    private readonly VfsCore _core;

    public TerminalService(VfsCore core) => _core = core;

    public int ForegroundGroup => _core.Terminals.Console?.ForegroundGroup ?? _core.Streams.ForegroundProcessGroup;

    public void AdoptConsole(ThreadGroup leader)
    {
        if (_core.Terminals.Console is { } console)
            TerminalAccess.Adopt(console, leader);
    }

    public void LeaveSession(ThreadGroup leader, bool ends)
    {
        if (!TerminalAccess.IsLeader(leader))
            return;
        if (_core.Terminals.Find(leader.ControllingTerminal) is { } terminal)
        {
            TerminalAccess.Leave(terminal, leader, ends);
            return;
        }

        int hungUp = leader.HungUpGroup;
        leader.HungUpGroup = 0;
        if (!ends || hungUp == 0 || _core.Terminals.Services.Groups is not { } groups)
            return;
        groups.Current.Send(hungUp, new SignalInfo(Signal.SIGHUP, SignalCode.SI_KERNEL));
        groups.Current.Send(hungUp, new SignalInfo(Signal.SIGCONT, SignalCode.SI_KERNEL));
    }

    public void ConsoleChanged() => _core.Terminals.Console?.HostChanged();

    public bool HasConsoleOutput => _core.Terminals.Console is { HasOutput: true };

    public Result<FileId> OpenPeer(GuestTask task, FileId master, OpenFlags flags)
    {
        OpenFile? file = _core.Files.Find(master);
        if (file is null)
            return Errno.EBADF;
        if (file.Driver != _core.Masters)
            return Errno.EIO;
        return _core.OpenPeer(task, TerminalDriver.PseudoterminalOf(file), flags);
    }
}

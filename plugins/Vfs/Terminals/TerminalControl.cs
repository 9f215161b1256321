using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.Vfs.Terminals.TerminalRequests;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>A request of ioctl_tty(2).</summary>
/// <param name="Terminal">The terminal; of a master, the one on the other side.</param>
/// <param name="IsMaster">Whether the file is a master.</param>
/// <param name="CanRead">Whether the file was opened for reading.</param>
/// <param name="Number">The request.</param>
/// <param name="Argument">The argument as it is.</param>
/// <param name="Task">Who asks; null for the kernel, to which no job control applies.</param>
internal readonly record struct TerminalRequest(Terminal Terminal, bool IsMaster, bool CanRead, uint Number, ulong Argument, GuestTask? Task)
{
    /// <summary>The pseudoterminal, when a master asks.</summary>
    public Pseudoterminal? Master => IsMaster ? (Pseudoterminal)Terminal : null;
}

/// <summary>Terminals' answers to ioctl(2) (ioctl_tty(2)). The bytes behind an argument are copied in and out by the caller, by the request's size.</summary>
internal sealed class TerminalControl
{
    private const int TCIFLUSH = 0;
    private const int TCOFLUSH = 1;
    private const int TCIOFLUSH = 2;

    private readonly Termios _settings = new();

    public Result<long> Control(in TerminalRequest request, Span<byte> data)
    {
        if (!HasRoom(request.Number, data.Length))
            return Errno.EINVAL;
        return request.Number switch
        {
            TCGETS or TCGETS2 or TCGETA or TIOCGSOFTCAR => GetSettings(in request, data),
            TCSETS or TCSETSW or TCSETSF or TCSETS2 or TCSETSW2 or TCSETSF2 or TCSETA or TCSETAW or TCSETAF or TIOCSSOFTCAR => SetSettings(in request, data),
            TIOCGPGRP or TIOCSPGRP or TIOCGSID or TIOCSCTTY or TIOCNOTTY => ControlJobs(in request, data),
            TIOCGPTN or TIOCSPTLCK or TIOCGPTLCK or TIOCPKT or TIOCGPKT or TIOCSIG => ControlMaster(in request, data),
            TCFLSH => Flush(in request),
            TCXONC => ControlFlow(in request),
            _ => ControlOther(in request, data),
        };
    }

    private static Result<long> GetSettings(in TerminalRequest request, Span<byte> data)
    {
        Termios settings = request.Terminal.Discipline.Settings;
        switch (request.Number)
        {
            case TCGETA:
                settings.WriteOld(data);
                break;
            case TIOCGSOFTCAR:
                BinaryPrimitives.WriteInt32LittleEndian(data, (settings.Control & ControlModes.CLOCAL) != 0 ? 1 : 0);
                break;
            default:
                settings.Write(data);
                break;
        }

        return 0;
    }

    private Result<long> SetSettings(in TerminalRequest request, ReadOnlySpan<byte> data)
    {
        Terminal terminal = request.Terminal;
        Errno error = TerminalAccess.Check(terminal, request.Task, Signal.SIGTTOU);
        if (error != Errno.None)
            return error;
        terminal.Discipline.Settings.CopyTo(_settings);
        if (request.Number == TIOCSSOFTCAR)
            _settings.SetLocalLine(BinaryPrimitives.ReadInt32LittleEndian(data) != 0);
        else if (request.Number is TCSETA or TCSETAW or TCSETAF)
            _settings.ReadOld(data);
        else
            _settings.Read(data);
        _settings.Settle();
        if (request.Number is TCSETSF or TCSETSF2 or TCSETAF)
            terminal.FlushInput();
        terminal.Change(_settings);
        return 0;
    }

    private static Result<long> ControlJobs(in TerminalRequest request, Span<byte> data)
    {
        Terminal terminal = request.Terminal;
        if (request.Task is not { } task)
            return Errno.ENOTTY;
        bool isControlling = task.Group.ControllingTerminal == terminal.Device;
        Errno error;
        switch (request.Number)
        {
            case TIOCGPGRP:
                if (!request.IsMaster && !isControlling)
                    return Errno.ENOTTY;
                BinaryPrimitives.WriteInt32LittleEndian(data, terminal.ForegroundGroup);
                return 0;
            case TIOCGSID:
                if ((!request.IsMaster && !isControlling) || terminal.Session == 0)
                    return Errno.ENOTTY;
                BinaryPrimitives.WriteInt32LittleEndian(data, terminal.Session);
                return 0;
            case TIOCSPGRP:
                error = TerminalAccess.Check(terminal, task, Signal.SIGTTOU);
                if (error == Errno.EIO)
                    error = Errno.ENOTTY;
                if (error == Errno.None)
                    error = TerminalAccess.SetForeground(terminal, task, BinaryPrimitives.ReadInt32LittleEndian(data));
                return Answer(error);
            case TIOCSCTTY:
                return Answer(TerminalAccess.SetControlling(terminal, task, request.Argument == 1, request.CanRead));
            default:
                if (request.IsMaster || !isControlling)
                    return Errno.ENOTTY;
                if (TerminalAccess.IsLeader(task.Group))
                    TerminalAccess.Leave(terminal, task.Group, ends: false);
                task.Group.ControllingTerminal = 0;
                return 0;
        }
    }

    private static Result<long> ControlMaster(in TerminalRequest request, Span<byte> data)
    {
        if (request.Master is not { } pty)
            return Errno.ENOTTY;
        switch (request.Number)
        {
            case TIOCGPTN:
                BinaryPrimitives.WriteInt32LittleEndian(data, pty.Index);
                return 0;
            case TIOCSPTLCK:
                pty.IsLocked = BinaryPrimitives.ReadInt32LittleEndian(data) != 0;
                return 0;
            case TIOCGPTLCK:
                BinaryPrimitives.WriteInt32LittleEndian(data, pty.IsLocked ? 1 : 0);
                return 0;
            case TIOCPKT:
                pty.SetPacketMode(BinaryPrimitives.ReadInt32LittleEndian(data) != 0);
                return 0;
            case TIOCGPKT:
                BinaryPrimitives.WriteInt32LittleEndian(data, pty.IsPacketMode ? 1 : 0);
                return 0;
            default:
                var signal = (Signal)Math.Min(request.Argument, byte.MaxValue);
                if (signal is not (Signal.SIGINT or Signal.SIGQUIT or Signal.SIGTSTP))
                    return Errno.EINVAL;
                pty.Signal(signal);
                return 0;
        }
    }

    private static Result<long> Flush(in TerminalRequest request)
    {
        Terminal terminal = request.Terminal;
        Errno error = CheckChange(in request);
        if (error != Errno.None)
            return error;
        if (request.Argument > TCIOFLUSH)
            return Errno.EINVAL;
        bool input = request.Argument is TCIFLUSH or TCIOFLUSH;
        bool output = request.Argument is TCOFLUSH or TCIOFLUSH;
        if (request.Master is { } pty)
        {
            if (input)
                pty.DropWritten();
            if (output)
                pty.DropArrived();
            return 0;
        }

        if (input)
            terminal.FlushInput();
        if (output)
            terminal.DropOutput();
        return 0;
    }

    private static Result<long> ControlFlow(in TerminalRequest request)
    {
        const int TCOOFF = 0;
        const int TCOON = 1;
        const int TCIOFF = 2;
        const int TCION = 3;
        Terminal terminal = request.Terminal;
        Errno error = CheckChange(in request);
        if (error != Errno.None)
            return error;
        if (request.Argument > TCION)
            return Errno.EINVAL;
        if (request.IsMaster)
            return Errno.EOPNOTSUPP; // The way to the slave cannot be stopped here.
        switch ((int)request.Argument)
        {
            case TCOOFF:
                terminal.Hold(true);
                return 0;
            case TCOON:
                terminal.Hold(false);
                return 0;
            default:
                byte key = terminal.Discipline.Settings[request.Argument == TCIOFF ? ControlCharacter.VSTOP : ControlCharacter.VSTART];
                if (key != 0)
                    terminal.SendNow(key);
                return 0;
        }
    }

    private static Result<long> ControlOther(in TerminalRequest request, Span<byte> data)
    {
        Terminal terminal = request.Terminal;
        switch (request.Number)
        {
            case FIONREAD:
                BinaryPrimitives.WriteInt32LittleEndian(data, request.Master?.WrittenCount ?? terminal.Discipline.Unread);
                return 0;
            case TIOCOUTQ:
                BinaryPrimitives.WriteInt32LittleEndian(data, 0);
                return 0;
            case TIOCGWINSZ:
                terminal.WindowSize.CopyTo(data);
                return 0;
            case TIOCSWINSZ:
                terminal.Resize(data);
                return 0;
            case TIOCGETD:
                BinaryPrimitives.WriteInt32LittleEndian(data, 0); // N_TTY
                return 0;
            case TIOCSETD:
                Errno error = CheckChange(in request);
                return Answer(error == Errno.None && BinaryPrimitives.ReadInt32LittleEndian(data) != 0 ? Errno.EINVAL : error);
            case TCSBRK or TCSBRKP or TIOCSBRK or TIOCCBRK:
                return Answer(CheckChange(in request)); // No line of hardware: nothing is under way, and a break is nothing.
            case TIOCEXCL or TIOCNXCL:
                terminal.IsExclusive = request.Number == TIOCEXCL;
                return 0;
            case TIOCGEXCL:
                BinaryPrimitives.WriteInt32LittleEndian(data, terminal.IsExclusive ? 1 : 0);
                return 0;
            case TIOCGDEV:
                BinaryPrimitives.WriteUInt32LittleEndian(data, (uint)terminal.Device);
                return 0;
            case TIOCSTI:
                return Errno.EIO; // dev.tty.legacy_tiocsti is 0
            case TIOCVHANGUP:
                if (request.Task is { Credentials.IsPrivileged: false })
                    return Errno.EPERM;
                terminal.HangUp();
                return 0;
            default:
                return Errno.ENOTTY;
        }
    }

    /// <summary>What a background process may not do. A master's terminal is nobody's controlling one.</summary>
    private static Errno CheckChange(in TerminalRequest request) =>
        request.IsMaster ? Errno.None : TerminalAccess.Check(request.Terminal, request.Task, Signal.SIGTTOU);

    private static Result<long> Answer(Errno error) => error == Errno.None ? 0L : error;

    /// <summary>Whether the caller has brought the bytes that the request is about.</summary>
    private static bool HasRoom(uint request, int length) => request switch
    {
        TCGETS or TCSETS or TCSETSW or TCSETSF => length >= Termios.Size,
        TCGETS2 or TCSETS2 or TCSETSW2 or TCSETSF2 => length >= Termios.Size2,
        TCGETA or TCSETA or TCSETAW or TCSETAF => length >= Termios.SizeOld,
        TIOCGWINSZ or TIOCSWINSZ => length >= 8,
        TIOCGPGRP or TIOCSPGRP or TIOCGSID or TIOCGPTN or TIOCSPTLCK or TIOCGPTLCK or TIOCPKT or TIOCGPKT or FIONREAD or TIOCOUTQ
            or TIOCGETD or TIOCSETD or TIOCGEXCL or TIOCGDEV or TIOCGSOFTCAR or TIOCSSOFTCAR => length >= 4,
        _ => true,
    };
}

using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>Open files of terminals: the console, and slaves of pseudoterminals. A file that was hung up can do nothing any more.</summary>
internal sealed class TerminalDriver : FileDriver
{
    private readonly TerminalTable _terminals;
    private readonly TerminalControl _control;

    public TerminalDriver(TerminalTable terminals, TerminalControl control)
    {
        _terminals = terminals;
        _control = control;
    }

    public override OpenFileKind Kind => OpenFileKind.Terminal;

    /// <summary>The terminal behind a master or a slave that is known to be a pseudoterminal's.</summary>
    public static Pseudoterminal PseudoterminalOf(OpenFile file) => (Pseudoterminal)FileOf(file).Terminal;

    public static TerminalFile FileOf(OpenFile file) => (TerminalFile)file.Special!;

    /// <summary>Whether it can be opened (pty_open, tty_reopen).</summary>
    public static Errno CheckOpen(Terminal terminal, GuestTask? task)
    {
        if (terminal.IsGone || terminal is Pseudoterminal { IsLocked: true })
            return Errno.EIO;
        return terminal.IsExclusive && task is { Credentials.IsPrivileged: false } ? Errno.EBUSY : Errno.None;
    }

    /// <summary>Makes an open file one of the terminal's.</summary>
    public static void Attach(OpenFile file, Terminal terminal)
    {
        file.Special = new TerminalFile(terminal);
        file.Device = terminal.Device;
        terminal.Files.Add(file);
        if (terminal is Pseudoterminal pty)
            pty.IsSlaveClosed = false;
    }

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        TerminalFile open = FileOf(file);
        if (open.IsHungUp)
            return 0;
        Terminal terminal = open.Terminal;
        Errno error = TerminalAccess.Check(terminal, task, Signal.SIGTTIN);
        if (error != Errno.None)
            return error;
        if (destination.IsEmpty)
            return 0;
        LineDiscipline discipline = terminal.Discipline;
        if (!discipline.GivesLines)
        {
            error = WaitForBytes(file, terminal, destination.Length, task);
            if (error != Errno.None)
                return error;
        }
        else if (!discipline.HasInput)
        {
            return Errno.EAGAIN;
        }

        int count = discipline.Read(destination);
        terminal.TookInput();
        return count;
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        TerminalFile open = FileOf(file);
        if (open.IsHungUp)
            return Errno.EIO;
        Terminal terminal = open.Terminal;
        if (terminal.Discipline.Settings.Has(LocalModes.TOSTOP))
        {
            Errno error = TerminalAccess.Check(terminal, task, Signal.SIGTTOU);
            if (error != Errno.None)
                return error;
        }

        int count = terminal.Write(source);
        if (count < source.Length && (file.Flags & OpenFlags.O_NONBLOCK) != 0)
            terminal.OwesRoomSignal |= file.Signals is { IsAsync: true };
        return count > 0 || source.IsEmpty ? count : Errno.EAGAIN;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        const PollEvents HungUp = PollEvents.POLLIN | PollEvents.POLLRDNORM | PollEvents.POLLOUT | PollEvents.POLLWRNORM
            | PollEvents.POLLERR | PollEvents.POLLHUP;
        TerminalFile open = FileOf(file);
        PollEvents ready = open.IsHungUp ? HungUp : open.Terminal.PollSlave();
        return ready & (interests | PollEvents.POLLERR | PollEvents.POLLHUP);
    }

    public override TransferKind TransferOf(OpenFile file, bool isWrite) => isWrite ? TransferKind.Stream : TransferKind.Whole;

    public override bool CanPoll(OpenFile file) => true;

    // The foreground group is who uses a terminal; without one it is who asks.
    public override Result<FileOwner> SendsSignals(OpenFile file)
    {
        TerminalFile open = FileOf(file);
        if (open.IsHungUp)
            return Errno.ENOTTY;
        int group = open.Terminal.ForegroundGroup;
        return new FileOwner(group != 0 ? FileOwnerKind.Group : FileOwnerKind.Process, group);
    }

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task)
    {
        TerminalFile open = FileOf(file);
        if (open.IsHungUp)
            return request == TerminalRequests.TIOCSPGRP ? Errno.ENOTTY : Errno.EIO;
        return _control.Control(new TerminalRequest(open.Terminal, IsMaster: false, file.CanRead, request, argument, task), data);
    }

    public override Result<NodeAttributes> Stat(OpenFile file) => file.Mount is not null
        ? base.Stat(file)
        : new NodeAttributes
        {
            Device = 1,
            Inode = file.Device,
            Kind = FileKind.CharacterDevice,
            Permissions = 0x180,
            Links = 1,
            SpecialDevice = file.Device,
            BlockSize = 1024,
        };

    public override void Close(OpenFile file)
    {
        Terminal terminal = FileOf(file).Terminal;
        terminal.Files.Remove(file);
        file.Mount?.Content?.Close(file.Node);
        if (terminal.Files.Count > 0 || terminal is not Pseudoterminal pty)
            return;
        if (pty.IsGone)
        {
            _terminals.Discard(pty);
            return;
        }

        pty.IsSlaveClosed = true;
        pty.WakeMaster(PollEvents.POLLIN | PollEvents.POLLRDNORM | PollEvents.POLLHUP);
    }

    /// <summary>VMIN and VTIME (termios(3), "noncanonical mode"): None when what is there is to be read now.</summary>
    private Errno WaitForBytes(OpenFile file, Terminal terminal, int wanted, GuestTask? task)
    {
        LineDiscipline discipline = terminal.Discipline;
        int available = discipline.Available;
        int minimum = discipline.MinimumBytes;
        long time = discipline.TimeNanoseconds;
        bool isOver = task is { Restart.Reason: WakeReason.Interrupted or WakeReason.TimedOut };
        bool mayWait = (file.Flags & OpenFlags.O_NONBLOCK) == 0;
        if (minimum == 0)
        {
            // VTIME counts from the call on; without it, what there is is all there will be.
            if (available > 0 || time == 0 || task is { Restart.Reason: WakeReason.TimedOut })
                return Errno.None;
            if (mayWait && task is { Restart.DeadlineNanoseconds: 0 })
                SetDeadline(task, time);
            return Errno.EAGAIN;
        }

        if (available >= Math.Min(minimum, wanted) || (available > 0 && (isOver || !mayWait)))
            return Errno.None;
        if (available > 0 && time > 0 && task is not null && available != task.Restart.Extra)
        {
            // VTIME counts from byte to byte.
            task.Restart.Extra = available;
            SetDeadline(task, time);
        }

        return Errno.EAGAIN;
    }

    private void SetDeadline(GuestTask task, long time)
    {
        if (_terminals.Services.Clock.Now(ClockId.CLOCK_MONOTONIC).TryGet(out long now, out _))
            task.Restart.DeadlineNanoseconds = now + time;
    }
}

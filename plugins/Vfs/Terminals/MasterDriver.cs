using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>Open files of masters of pseudoterminals (ptmx(4)): what is written to them is typed, what is shown is read from them.</summary>
internal sealed class MasterDriver : FileDriver
{
    private readonly TerminalTable _terminals;
    private readonly TerminalControl _control;

    public MasterDriver(TerminalTable terminals, TerminalControl control)
    {
        _terminals = terminals;
        _control = control;
    }

    public override OpenFileKind Kind => OpenFileKind.PseudoterminalMaster;

    public static void Attach(OpenFile file, Pseudoterminal pty)
    {
        file.Special = new TerminalFile(pty);
        file.Device = pty.Device;
        pty.AttachMaster(file);
    }

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        Pseudoterminal pty = TerminalDriver.PseudoterminalOf(file);
        if (destination.IsEmpty)
            return 0;
        if (!pty.HasForMaster)
            return pty.IsSlaveClosed ? Errno.EIO : Errno.EAGAIN;
        return pty.ReadByMaster(destination);
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        Pseudoterminal pty = TerminalDriver.PseudoterminalOf(file);
        int count = pty.Type(source);
        if (count < source.Length && (file.Flags & OpenFlags.O_NONBLOCK) != 0)
            pty.OwesMasterRoomSignal |= file.Signals is { IsAsync: true };
        return count > 0 || source.IsEmpty ? count : Errno.EAGAIN;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        Pseudoterminal pty = TerminalDriver.PseudoterminalOf(file);
        PollEvents ready = PollEvents.None;
        if (pty.HasForMaster)
            ready |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
        if (pty.HasStatus)
            ready |= PollEvents.POLLPRI;
        if (pty.IsSlaveClosed)
            ready |= PollEvents.POLLHUP;
        if (pty.TypingRoom > 0)
            ready |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
        return ready & (interests | PollEvents.POLLERR | PollEvents.POLLHUP);
    }

    public override TransferKind TransferOf(OpenFile file, bool isWrite) => isWrite ? TransferKind.Stream : TransferKind.Whole;

    public override bool CanPoll(OpenFile file) => true;

    public override Result<FileOwner> SendsSignals(OpenFile file) => new FileOwner(FileOwnerKind.Process, 0);

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task) =>
        _control.Control(new TerminalRequest(TerminalDriver.FileOf(file).Terminal, IsMaster: true, file.CanRead, request, argument, task), data);

    public override void Close(OpenFile file)
    {
        Pseudoterminal pty = TerminalDriver.PseudoterminalOf(file);
        pty.CloseMaster();
        file.Mount?.Content?.Close(file.Node);
        if (pty.Files.Count == 0)
            _terminals.Discard(pty);
    }
}

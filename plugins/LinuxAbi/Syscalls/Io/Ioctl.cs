using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>ioctl(2). Requests about descriptors and open files in general are answered here; the rest is asked of the file, with the bytes behind the argument copied in and out by the size that the request has.</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint DirectionIn = 1; // _IOC_WRITE: the guest writes, the kernel reads
    private const uint DirectionOut = 2; // _IOC_READ

    private SysResult Ioctl(GuestTask task, Fd fd, uint request, ulong argument)
    {
        if (!task.Descriptors.TryGet(fd.Number, out Descriptor descriptor))
            return Errno.EBADF;
        FileId file = descriptor.File;
        switch (request)
        {
            case FIOCLEX or FIONCLEX:
                task.Descriptors.Set(fd.Number, descriptor with { CloseOnExec = request == FIOCLEX });
                return SysResult.Zero;
            case FIONBIO:
                if (!new UserPointer<int>(task, argument).TryRead(out int on, out SysResult stop))
                    return stop;
                return SetStatusFlag(file, OpenFlags.O_NONBLOCK, on != 0);
            case FIOASYNC:
                return SetAsync(task, fd, file, argument);
            case FIOSETOWN or SIOCSPGRP or FIOGETOWN or SIOCGPGRP:
                return SocketOwner(task, file, request, argument);
            case TIOCGPTPEER:
                return OpenPeer(task, file, argument);
        }

        SysResult result = AskFile(task, file, request, argument);
        if (result.Errno != Errno.ENOTTY)
            return result;
        return request switch
        {
            FIONREAD => BytesLeft(task, file, argument),
            FIGETBSZ => BlockSize(task, file, argument),
            _ => Errno.ENOTTY,
        };
    }

    private SysResult AskFile(GuestTask task, FileId file, uint request, ulong argument)
    {
        (uint direction, int size) = ArgumentOf(request);
        // The size is part of the request for most devices: up to 16 KiB.
        Span<byte> data = size <= 256 ? stackalloc byte[256] : new byte[size];
        data = data[..size];
        if ((direction & DirectionIn) != 0 && !task.Memory.TryRead(task, argument, data, out SysResult stop))
        {
            // A file that does not know the request says so without looking at the argument.
            return stop.IsWait || IsTerminal(file) ? stop : Errno.ENOTTY;
        }

        if (!_control.Current.Control(file, request, argument, data, task).TryGet(out long value, out Errno error))
            return error == RestartState.SignalFirst ? GiveWay(task) : error;
        if ((direction & DirectionOut) != 0 && !task.Memory.TryWrite(task, argument, data, out stop))
            return stop;
        return value;
    }

    private SysResult SetStatusFlag(FileId file, OpenFlags flag, bool on)
    {
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        return _control.Current.SetFlags(file, on ? flags | flag : flags & ~flag);
    }

    private SysResult BytesLeft(GuestTask task, FileId file, ulong argument)
    {
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Kind != FileKind.Regular)
            return Errno.ENOTTY;
        long position = _files.Current.Seek(file, 0, SEEK_CUR).ValueOrDefault;
        return new UserPointer<int>(task, argument).TryWrite((int)(attributes.Size - position), out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult BlockSize(GuestTask task, FileId file, ulong argument)
    {
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Kind is not (FileKind.Regular or FileKind.Directory))
            return Errno.ENOTTY;
        return new UserPointer<int>(task, argument).TryWrite(attributes.BlockSize, out SysResult stop) ? SysResult.Zero : stop;
    }

    /// <summary>TIOCGPTPEER: the slave of a master that the caller has, whatever /dev/pts is in its root.</summary>
    private SysResult OpenPeer(GuestTask task, FileId master, ulong argument)
    {
        var flags = (OpenFlags)argument;
        if (!_terminals.Current.OpenPeer(task, master, flags).TryGet(out FileId peer, out Errno error))
            return error;
        return Install(task, peer, (flags & OpenFlags.O_CLOEXEC) != 0);
    }

    private bool IsTerminal(FileId file)
    {
        (_, int size) = ArgumentOf(TCGETS);
        Span<byte> data = stackalloc byte[size];
        return _control.Current.Control(file, TCGETS, 0, data).IsOk;
    }

    /// <summary>Which way a request's argument goes, and its bytes. The terminal's old requests have no size in their number.</summary>
    private static (uint Direction, int Size) ArgumentOf(uint request) => request switch
    {
        TCGETS => (DirectionOut, 36),
        TCSETS or TCSETSW or TCSETSF => (DirectionIn, 36),
        TCGETA => (DirectionOut, 18),
        TCSETA or TCSETAW or TCSETAF => (DirectionIn, 18),
        TIOCGWINSZ => (DirectionOut, 8),
        TIOCSWINSZ => (DirectionIn, 8),
        TIOCGPGRP or TIOCGSID or FIONREAD or TIOCOUTQ or TIOCGETD or TIOCMGET or TIOCGSOFTCAR => (DirectionOut, 4),
        TIOCSPGRP or TIOCSETD or TIOCMSET or TIOCMBIS or TIOCMBIC or TIOCPKT or TIOCSSOFTCAR => (DirectionIn, 4),
        TIOCSTI => (DirectionIn, 1),
        TIOCSIG => (0, 0), // Its number says that it has bytes; its argument is the signal itself.
        _ when (request & 0xFF00) is 0x5400 && request <= 0xFFFF => (0, 0),
        _ => (request >> 30, (int)(request >> 16 & 0x3FFF)),
    };
}

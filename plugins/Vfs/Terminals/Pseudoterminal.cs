using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>
/// A pseudoterminal (pty(7), pts(4)): the terminal is the slave, and its other side an open file too, the master. What the slave's programs
/// write waits here until the master reads it.
/// </summary>
internal sealed class Pseudoterminal : Terminal
{
    /// <summary>Packet mode's bits (ioctl_tty(2), TIOCPKT).</summary>
    private const byte TIOCPKT_FLUSHREAD = 1;
    private const byte TIOCPKT_FLUSHWRITE = 2;
    private const byte TIOCPKT_STOP = 4;
    private const byte TIOCPKT_START = 8;
    private const byte TIOCPKT_NOSTOP = 16;
    private const byte TIOCPKT_DOSTOP = 32;
    private const byte TIOCPKT_IOCTL = 64;

    /// <summary>The first device number of the major number 136.</summary>
    private const ulong FirstDevice = 0x8800;

    /// <summary>What a reader of the master may count on; of more, a key that makes a signal drops the rest.</summary>
    private const int MasterBuffer = LineBuffer.Size - 1;

    /// <summary>How much is on its way between the two sides at most (pty.c: 8 KiB).</summary>
    private const int OnTheWay = 8192;

    private const PollEvents Readable = PollEvents.POLLIN | PollEvents.POLLRDNORM;

    // What one write, or the echo of what was typed at once, shows is told with one signal.
    private bool _isGathering;
    private bool _hasShown;

    public Pseudoterminal(int index, TerminalServices services)
        : base(DeviceOf(index), services, OnTheWay, MasterBuffer + OnTheWay)
    {
        Index = index;
    }

    /// <summary>Its number: N of /dev/pts/N.</summary>
    public int Index { get; }

    /// <summary>The master; null when it was closed.</summary>
    public OpenFile? Master { get; private set; }

    /// <summary>Whether the slave cannot be opened yet (TIOCSPTLCK): so it begins.</summary>
    public bool IsLocked { get; set; } = true;

    /// <summary>Whether the slave was open and is no more.</summary>
    public bool IsSlaveClosed { get; set; }

    /// <summary>As <see cref="Terminal.OwesRoomSignal"/>, of the master.</summary>
    public bool OwesMasterRoomSignal { get; set; }

    public bool IsPacketMode { get; private set; }

    public uint Permissions { get; set; }

    public uint User { get; set; }

    public uint Group { get; set; }

    public (FileTime Access, FileTime Modify, FileTime Change) Times { get; set; }

    /// <summary>How many bytes the master finds.</summary>
    public int WrittenCount => Written.Count;

    /// <summary>How many bytes can be typed.</summary>
    public int TypingRoom => Arrived.Room;

    public override int Room => IsStopped || Master is null ? 0 : Written.Room;

    private byte PacketStatus { get; set; }

    /// <summary>The device number of /dev/pts/<paramref name="index"/>, as Linux encodes it in st_rdev.</summary>
    public static ulong DeviceOf(int index) => FirstDevice | ((uint)index & 0xFF) | (((uint)index & ~0xFFu) << 12);

    public void AttachMaster(OpenFile file) => Master = file;

    /// <summary>The master was closed: the slave is hung up.</summary>
    public void CloseMaster()
    {
        Master = null;
        IsGone = true;
        Written.Cut(0);
        HangUp();
    }

    public override int Send(ReadOnlySpan<byte> bytes)
    {
        if (IsStopped || Master is null)
            return 0;
        int count = Written.Add(bytes);
        if (count == 0)
            return 0;
        WakeMaster(Readable);
        _hasShown = true;
        if (!_isGathering)
            TellMasterOfOutput();
        return count;
    }

    public override int Write(ReadOnlySpan<byte> bytes)
    {
        _isGathering = true;
        int count = base.Write(bytes);
        TellMasterOfOutput();
        return count;
    }

    public override void DropOutput()
    {
        Written.Cut(MasterBuffer);
        TellMaster(TIOCPKT_FLUSHWRITE, 0);
        WakeWriters();
    }

    public override void InputDropped() => TellMaster(TIOCPKT_FLUSHREAD, 0);

    public override void Stop()
    {
        if (IsStopped)
            return;
        base.Stop();
        TellMaster(TIOCPKT_STOP, TIOCPKT_START);
    }

    public override void Start()
    {
        if (!IsStopped || IsHeld)
            return;
        TellMaster(TIOCPKT_START, TIOCPKT_STOP);
        base.Start();
    }

    public override void TookInput()
    {
        bool wasFull = Arrived.Room == 0;
        base.TookInput();
        if (!wasFull || Arrived.Room == 0)
            return;
        WakeMaster(PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        if (!OwesMasterRoomSignal || Master is null)
            return;
        OwesMasterRoomSignal = false;
        Services.Wakes.Signals.Tell(Master, FileBand.Output);
    }

    /// <summary>The master writes: keys are pressed. Answers how many bytes were taken.</summary>
    public int Type(ReadOnlySpan<byte> bytes)
    {
        _isGathering = true;
        int taken = Arrived.Count > 0 ? 0 : Discipline.Receive(bytes);
        TellMasterOfOutput();
        return taken + Arrived.Add(bytes[taken..]);
    }

    /// <summary>Drops what the master has written and the slave's discipline has not seen.</summary>
    public void DropArrived() => Arrived.Cut(0);

    /// <summary>Drops what the master would read.</summary>
    public void DropWritten()
    {
        Written.Cut(0);
        WakeWriters();
    }

    /// <summary>Whether the master finds something to read.</summary>
    public bool HasForMaster => Written.Count > 0 || HasStatus;

    /// <summary>Whether there is news of the slave's, for a master in packet mode.</summary>
    public bool HasStatus => IsPacketMode && PacketStatus != 0;

    /// <summary>The master reads; there is something (<see cref="HasForMaster"/>).</summary>
    public int ReadByMaster(Span<byte> destination)
    {
        if (!IsPacketMode)
            return TakeWritten(destination);
        destination[0] = PacketStatus;
        if (PacketStatus != 0)
        {
            PacketStatus = 0;
            return 1;
        }

        return 1 + TakeWritten(destination[1..]);
    }

    public void SetPacketMode(bool isOn)
    {
        if (isOn && !IsPacketMode)
            PacketStatus = 0;
        IsPacketMode = isOn;
    }

    public void WakeMaster(PollEvents became)
    {
        if (Master is not null)
            Services.Wakes.Wake(Master, became);
    }

    public override TerminalState Capture() => base.Capture() with
    {
        Pseudoterminal = new PseudoterminalState
        {
            Index = Index,
            Master = Master?.Id ?? default,
            IsLocked = IsLocked,
            IsSlaveClosed = IsSlaveClosed,
            OwesMasterRoomSignal = OwesMasterRoomSignal,
            IsPacketMode = IsPacketMode,
            PacketStatus = PacketStatus,
            Permissions = Permissions,
            User = User,
            Group = Group,
            Times = Times,
        },
    };

    public override Errno Restore(TerminalState state)
    {
        if (state.Pseudoterminal is not { } saved)
            return Errno.EINVAL;
        IsLocked = saved.IsLocked;
        IsSlaveClosed = saved.IsSlaveClosed;
        OwesMasterRoomSignal = saved.OwesMasterRoomSignal;
        IsPacketMode = saved.IsPacketMode;
        PacketStatus = saved.PacketStatus;
        Permissions = saved.Permissions;
        User = saved.User;
        Group = saved.Group;
        Times = saved.Times;
        return base.Restore(state);
    }

    protected override void Changed(bool hadFlow, bool isExternal)
    {
        if (hadFlow != HasUsualFlow)
            TellMaster(hadFlow ? TIOCPKT_NOSTOP : TIOCPKT_DOSTOP, TIOCPKT_NOSTOP | TIOCPKT_DOSTOP);
        if (isExternal)
            TellMaster(TIOCPKT_IOCTL, 0);
    }

    private int TakeWritten(Span<byte> destination)
    {
        int count = Written.Take(destination);
        if (count > 0)
        {
            Discipline.FlushEcho();
            WakeWriters();
        }

        return count;
    }

    private void TellMasterOfOutput()
    {
        _isGathering = false;
        if (_hasShown && Master is not null)
            Services.Wakes.Signals.Tell(Master, FileBand.Input);
        _hasShown = false;
    }

    private void TellMaster(byte set, byte cleared)
    {
        if (!IsPacketMode)
            return;
        PacketStatus = (byte)((PacketStatus & ~cleared) | set);
        WakeMaster(PollEvents.POLLPRI | Readable);
    }
}

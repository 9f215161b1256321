using System.Buffers.Binary;
using Kpio.Contracts.Host;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>What terminals work with.</summary>
/// <param name="Wakes">How files tell of their readiness.</param>
/// <param name="Tasks">The processes that have a terminal.</param>
/// <param name="Clock">The clock of VTIME.</param>
/// <param name="Groups">Process groups; null where there are no processes.</param>
/// <param name="Processes">Single processes; null where there are none.</param>
internal sealed record TerminalServices(
    FileWakes Wakes,
    ITaskTable Tasks,
    IKernelClock Clock,
    Slot<IProcessGroups>? Groups,
    Slot<IProcessManager>? Processes);

/// <summary>
/// A terminal (tty(4)): a line discipline, who uses it, and what is on its other side, which the derived classes know: the user's terminal
/// (<see cref="ConsoleTerminal"/>), or the master of a pseudoterminal (<see cref="Pseudoterminal"/>).
/// </summary>
internal abstract class Terminal : ITerminalLine
{
    private const int SI_KERNEL = SignalCode.SI_KERNEL;
    private const PollEvents Readable = PollEvents.POLLIN | PollEvents.POLLRDNORM;
    private const PollEvents Writable = PollEvents.POLLOUT | PollEvents.POLLWRNORM;

    private readonly byte[] _windowSize = new byte[8];

    protected Terminal(ulong device, TerminalServices services, int arrivedLimit, int writtenLimit)
    {
        Device = device;
        Services = services;
        Arrived = new ByteQueue(arrivedLimit);
        Written = new ByteQueue(writtenLimit);
        Discipline = new LineDiscipline(this);
    }

    /// <summary>The device number: by it processes and the state name the terminal.</summary>
    public ulong Device { get; }

    public LineDiscipline Discipline { get; }

    /// <summary>The open files, those of a master aside.</summary>
    public PlainList<OpenFile> Files { get; } = new();

    /// <summary>struct winsize.</summary>
    public ReadOnlySpan<byte> WindowSize => _windowSize;

    /// <summary>The session whose controlling terminal it is; 0 for none.</summary>
    public int Session { get; set; }

    /// <summary>The foreground process group; 0 for none.</summary>
    public int ForegroundGroup { get; set; }

    public bool IsStopped { get; private set; }

    public bool IsHeld { get; private set; }

    /// <summary>Whether only a privileged process may open it once more (TIOCEXCL).</summary>
    public bool IsExclusive { get; set; }

    /// <summary>Whether the other side has gone for good.</summary>
    public bool IsGone { get; protected set; }

    /// <summary>Whether a write found no room and the owner is to be sent a signal when there is again (TTY_DO_WRITE_WAKEUP).</summary>
    public bool OwesRoomSignal { get; set; }

    public abstract int Room { get; }

    /// <summary>Bytes from the other side for which the discipline has no room yet.</summary>
    protected ByteQueue Arrived { get; }

    /// <summary>Bytes that were written and that the other side has not taken yet.</summary>
    protected ByteQueue Written { get; }

    public TerminalServices Services { get; }

    public abstract int Send(ReadOnlySpan<byte> bytes);

    public abstract void DropOutput();

    /// <summary>Drops what was typed, as far as a program could read it.</summary>
    public virtual void InputDropped()
    {
    }

    /// <summary>Drops everything that was typed, also what is on its way (TCIFLUSH).</summary>
    public virtual void FlushInput()
    {
        Arrived.Cut(0);
        Discipline.FlushInput();
        TookInput();
    }

    public virtual void Stop()
    {
        IsStopped = true;
    }

    public virtual void Start()
    {
        if (!IsStopped || IsHeld)
            return;
        IsStopped = false;
        WakeWriters();
    }

    /// <summary>Stops the output, or lets it go on, by a program's order (TCXONC).</summary>
    public void Hold(bool isHeld)
    {
        if (IsHeld == isHeld)
            return;
        IsHeld = isHeld;
        if (isHeld && !IsStopped)
            Stop();
        else if (!isHeld)
            Start();
    }

    /// <summary>Sends a byte past what is stopped (TCIOFF, TCION).</summary>
    public void SendNow(byte value)
    {
        bool wasStopped = IsStopped;
        IsStopped = false;
        Send([value]);
        IsStopped = wasStopped;
    }

    public void Signal(Signal signal)
    {
        if (ForegroundGroup != 0)
            Services.Groups?.Current.Send(ForegroundGroup, new SignalInfo(signal, SI_KERNEL));
    }

    public void InputCame()
    {
        Wake(Readable);
        Services.Wakes.Signals.Tell(Files, FileBand.Input);
    }

    public void SettingsChanged() => Wake(Readable | Writable);

    /// <summary>Puts new settings in force, those of the other side told.</summary>
    public void Change(Termios settings)
    {
        bool hadFlow = HasUsualFlow;
        bool hadExternal = Discipline.Settings.Has(LocalModes.EXTPROC);
        Discipline.Change(settings);
        Changed(hadFlow, hadExternal || Discipline.Settings.Has(LocalModes.EXTPROC));
    }

    /// <summary>Lets the discipline have what has arrived, as far as it has room. To be called whenever something was read.</summary>
    public virtual void TookInput()
    {
        while (Arrived.Count > 0)
        {
            ReadOnlySpan<byte> piece = Arrived.Peek();
            int taken = Discipline.Receive(piece);
            if (taken == 0)
                return;
            Arrived.Drop(taken);
        }
    }

    /// <summary>Sets the window's size; who is in the foreground hears of a new one (SIGWINCH).</summary>
    public void Resize(ReadOnlySpan<byte> size)
    {
        if (size[..8].SequenceEqual(_windowSize))
            return;
        Signal(Contracts.Process.Signal.SIGWINCH);
        size[..8].CopyTo(_windowSize);
    }

    public void Resize(WindowSize size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, size.Rows);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], size.Columns);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], size.Width);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], size.Height);
        Resize(bytes);
    }

    /// <summary>
    /// Hangs up (tty_vhangup): who has it open can only close it; the session's leader gets SIGHUP and SIGCONT, and when it ends, so does the
    /// group that was in the foreground.
    /// </summary>
    public void HangUp()
    {
        foreach (OpenFile file in Files)
        {
            ((TerminalFile)file.Special!).IsHungUp = true;
            FileSignalService.Stop(file);
        }

        int foreground = ForegroundGroup;
        int session = Session;
        Session = ForegroundGroup = 0;
        if (session != 0)
            HangUpSession(session, foreground);
        Arrived.Cut(0);
        Discipline.Reset();
        IsStopped = IsHeld = false;
        Wake(Readable | Writable | PollEvents.POLLHUP | PollEvents.POLLERR);
    }

    /// <summary>Takes the terminal from every process of a session.</summary>
    public void ClearSession(int session)
    {
        foreach (GuestTask task in Services.Tasks.All)
        {
            if (task.Group.Session == session && task.Group.ControllingTerminal == Device)
                task.Group.ControllingTerminal = 0;
        }
    }

    /// <summary>The readiness that poll(2) sees.</summary>
    public PollEvents PollSlave()
    {
        PollEvents ready = PollEvents.None;
        if (Discipline.IsReadable)
            ready |= Readable;
        if (Room > 0)
            ready |= Writable;
        return ready;
    }

    /// <summary>What outlives the plugin.</summary>
    public virtual TerminalState Capture() => new()
    {
        Device = Device,
        Discipline = Discipline.Capture(),
        WindowSize = WindowSize.ToArray(),
        Session = Session,
        ForegroundGroup = ForegroundGroup,
        IsStopped = IsStopped,
        IsHeld = IsHeld,
        IsExclusive = IsExclusive,
        IsGone = IsGone,
        OwesRoomSignal = OwesRoomSignal,
        Arrived = Arrived.ToArray(),
        Written = Written.ToArray(),
    };

    /// <summary>Takes over a predecessor's data; the open files come by themselves.</summary>
    public virtual Errno Restore(TerminalState state)
    {
        if (state.WindowSize.Length != _windowSize.Length || state.Arrived.Length > Arrived.Limit || state.Written.Length > Written.Limit)
            return Errno.EINVAL;
        state.WindowSize.CopyTo(_windowSize, 0);
        Session = state.Session;
        ForegroundGroup = state.ForegroundGroup;
        IsStopped = state.IsStopped;
        IsHeld = state.IsHeld;
        IsExclusive = state.IsExclusive;
        IsGone = state.IsGone;
        OwesRoomSignal = state.OwesRoomSignal;
        Arrived.Add(state.Arrived);
        Written.Add(state.Written);
        return Discipline.Restore(state.Discipline);
    }

    /// <summary>Settings have changed; <paramref name="hadFlow"/>: whether the usual keys stopped and started the output before.</summary>
    protected virtual void Changed(bool hadFlow, bool isExternal)
    {
    }

    /// <summary>Whether Ctrl-S and Ctrl-Q stop and start the output.</summary>
    protected bool HasUsualFlow =>
        Discipline.Settings.Has(InputModes.IXON)
        && Discipline.Settings[ControlCharacter.VSTOP] == 0x13
        && Discipline.Settings[ControlCharacter.VSTART] == 0x11;

    /// <summary>A program writes; answers how many bytes were taken.</summary>
    public virtual int Write(ReadOnlySpan<byte> bytes) => Discipline.Write(bytes);

    protected void WakeWriters()
    {
        Wake(Writable);
        if (!OwesRoomSignal)
            return;
        OwesRoomSignal = false;
        Services.Wakes.Signals.Tell(Files, FileBand.Output);
    }

    protected void Wake(PollEvents became)
    {
        for (int i = Files.Count - 1; i >= 0; i--)
            Services.Wakes.Wake(Files[i], became);
    }

    private void HangUpSession(int session, int foreground)
    {
        ClearSession(session);
        if (Services.Tasks.Find(session) is not { } leader || leader.Group.Session != session)
            return;
        leader.Group.HungUpGroup = foreground;
        Services.Processes?.Current.Send(session, 0, new SignalInfo(Contracts.Process.Signal.SIGHUP, SI_KERNEL));
        Services.Processes?.Current.Send(session, 0, new SignalInfo(Contracts.Process.Signal.SIGCONT, SI_KERNEL));
    }
}

using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Linux;

/// <summary>
/// The terminal that is standard input, in raw mode (termios(3)). It is opened once more, so that it can be used without waiting: the
/// blocking mode of the standard streams is shared with other processes. A thread reads keys ahead, since Ctrl-C must be noticed
/// whatever the machine is doing, and waits for room when the terminal takes no more.
/// </summary>
internal sealed unsafe class LinuxTerminal : IHostTerminal, IHostTerminalControl, IDisposable
{
    private const int TermiosSize = 36;
    private const int StandardInput = 0;
    private const int RingSize = 16384;
    private const byte CtrlC = 3;
    private const int ImpatientPresses = 3;
    private const long ImpatientMilliseconds = 1000;

    private readonly object _lock = new(); // Not a Lock: its statics are left to the JIT, which a start does without.
    private readonly long[] _presses = new long[ImpatientPresses];
    private byte[] _ring = [];
    private int _start;
    private int _count;
    private int _pressed;
    private int _fd = -1;
    private int _event = -1;
    private ulong _device;
    private byte[]? _initial;
    private byte[]? _raw;
    private TerminalGuard? _guard;
    private bool _isGone;
    private bool _wantsRoom;
    private Action? _changed;
    private Action? _impatient;

    public bool CanTake
    {
        get
        {
            if (!TryGetDevice(StandardInput, out _device))
                return false;
            int foreground;

            // A terminal that is not this process's controlling one has no foreground of which it could be no part.
            return LibC.Ioctl(StandardInput, LibC.TIOCGPGRP, &foreground) < 0 || foreground == LibC.Getpgrp();
        }
    }

    public bool IsTaken { get; private set; }

    public Contracts.Host.WindowSize Size
    {
        get
        {
            WindowSize size;
            return LibC.Ioctl(StandardInput, LibC.TIOCGWINSZ, &size) == 0
                ? new Contracts.Host.WindowSize(size.Rows, size.Columns, size.PixelsX, size.PixelsY)
                : default;
        }
    }

    public Errno Take(Action changed, Action impatient)
    {
        lock (_lock)
        {
            if (IsTaken)
                return Errno.EBUSY;
            if (!TryGetDevice(StandardInput, out _device))
                return Errno.ENOTTY;
            fixed (byte* path = "/proc/self/fd/0\0"u8)
                _fd = LibC.Openat(LibC.AT_FDCWD, path, LibC.O_RDWR | LibC.O_NONBLOCK | LibC.O_NOCTTY | LibC.O_CLOEXEC, 0);
            if (_fd < 0)
                return (Errno)Marshal.GetLastPInvokeError();
            _event = LibC.Eventfd(0, LibC.O_CLOEXEC | LibC.O_NONBLOCK);
            _initial = new byte[TermiosSize];
            _ring = new byte[RingSize];
            Errno error = _event < 0 ? (Errno)Marshal.GetLastPInvokeError() : Settings(LibC.TCGETS, _initial);
            if (error == Errno.None)
            {
                _raw = MakeRaw(_initial);
                _guard = new TerminalGuard();
                _guard.Start(_fd, _raw, _initial);
                error = Settings(LibC.TCSETS, _raw);
            }

            if (error != Errno.None)
            {
                _guard?.Stop();
                Close();
                return error;
            }

            _changed = changed;
            _impatient = impatient;
            IsTaken = true;
            AppDomain.CurrentDomain.ProcessExit += OnEnd;
            AppDomain.CurrentDomain.UnhandledException += OnEnd;
            new Thread(Watch) { IsBackground = true, Name = "terminal" }.Start();
        }

        return Errno.None;
    }

    public void Renew()
    {
        lock (_lock)
        {
            if (IsTaken)
                _ = Settings(LibC.TCSETS, _raw!); // A terminal that is gone is found so by its reader.
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            if (!IsTaken)
                return;
            IsTaken = false;
            _ = Settings(LibC.TCSETS, _initial!); // A terminal that is gone needs nothing put back.
            _guard!.Stop();
            AppDomain.CurrentDomain.ProcessExit -= OnEnd;
            AppDomain.CurrentDomain.UnhandledException -= OnEnd;
            Kick(); // The thread ends, and closes what it uses.
        }
    }

    public bool IsBehind(HostFileId stream) =>
        stream.Value is >= 1 and <= 3 && TryGetDevice((int)stream.Value - 1, out ulong device) && device == _device;

    public Result<int> Read(Span<byte> destination)
    {
        lock (_lock)
        {
            if (_count == 0)
                return _isGone ? 0 : Errno.EAGAIN;
            int length = 0;
            bool wasFull = _count == RingSize;
            for (; length < destination.Length && _count > 0; length++, _count--)
            {
                destination[length] = _ring[_start];
                _start = (_start + 1) % RingSize;
            }

            if (wasFull)
                Kick();
            return length;
        }
    }

    public Result<int> Write(ReadOnlySpan<byte> source)
    {
        lock (_lock)
        {
            if (!IsTaken)
                return Errno.EIO;
            fixed (byte* bytes = source)
            {
                nint written = LibC.Write(_fd, bytes, (nuint)source.Length);
                if (written == source.Length)
                    return source.Length;
                int error = written < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (written < 0 && error is not (LibC.EAGAIN or LibC.EINTR))
                    return (Errno)error;
                _wantsRoom = true;
                Kick();
                return written > 0 ? (int)written : Errno.EAGAIN;
            }
        }
    }

    public void Dispose() => Release();

    private static bool TryGetDevice(int fd, out ulong device)
    {
        device = 0;
        byte* settings = stackalloc byte[TermiosSize];
        if (LibC.Ioctl(fd, LibC.TCGETS, settings) < 0)
            return false;
        if (!HostStat.Of(fd).TryGet(out NodeAttributes attributes, out _))
            return false;
        device = attributes.SpecialDevice;
        return true;
    }

    private Errno Settings(nuint request, Span<byte> settings)
    {
        fixed (byte* bytes = settings)
            return LibC.Ioctl(_fd, request, bytes) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>cfmakeraw(3), with 8 bits, VMIN 1 and VTIME 0; the speeds and the rest stay.</summary>
    private static byte[] MakeRaw(byte[] initial)
    {
        const uint Input = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x1000; // IGNBRK … IXON, IXOFF
        const uint Output = 0x1; // OPOST
        const uint Local = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000; // ISIG, ICANON, ECHO, ECHONL, IEXTEN
        const int MinimumAt = 17 + 6;
        const int TimeAt = 17 + 5;
        byte[] settings = [.. initial];
        Span<uint> modes = MemoryMarshal.Cast<byte, uint>(settings.AsSpan(0, 16));
        modes[0] &= ~Input;
        modes[1] &= ~Output;
        modes[3] &= ~Local;
        settings[MinimumAt] = 1;
        settings[TimeAt] = 0;
        return settings;
    }

    private void OnEnd(object? sender, EventArgs e) => Release();

    private void Kick()
    {
        ulong one = 1;
        _ = LibC.Write(_event, (byte*)&one, sizeof(ulong)); // Fails only when the counter is full: kicked already.
    }

    /// <summary>The thread: keys into the ring, news to the machine, until the terminal is given back or goes.</summary>
    private void Watch()
    {
        PollDescriptor* descriptors = stackalloc PollDescriptor[2];
        bool goesOn = true;
        while (goesOn)
        {
            short events = 0;
            lock (_lock)
            {
                if (!IsTaken)
                    break;
                if (_count < RingSize)
                    events |= LibC.POLLIN;
                if (_wantsRoom)
                    events |= LibC.POLLOUT;
            }

            descriptors[0] = new PollDescriptor { Fd = _fd, Events = events };
            descriptors[1] = new PollDescriptor { Fd = _event, Events = LibC.POLLIN };
            if (LibC.Poll(descriptors, 2, -1) < 0)
                continue;
            ulong kicks;
            if (descriptors[1].Returned != 0)
                _ = LibC.Read(_event, (byte*)&kicks, sizeof(ulong)); // It does not wait (EFD_NONBLOCK).
            if (descriptors[0].Returned != 0)
                goesOn = LookAt(descriptors[0].Returned);
        }

        lock (_lock)
            Close();
    }

    private bool LookAt(short ready)
    {
        bool isImpatient = false;
        bool hasGone;
        lock (_lock)
        {
            if (!IsTaken)
                return false;
            if ((ready & LibC.POLLOUT) != 0)
                _wantsRoom = false;
            if ((ready & (LibC.POLLIN | LibC.POLLHUP | LibC.POLLERR)) != 0)
                isImpatient = Fill();
            hasGone = _isGone;
        }

        // Outside of the lock: both may call back.
        if (isImpatient)
            _impatient!();
        _changed!();
        return !hasGone;
    }

    private bool Fill()
    {
        int end = (_start + _count) % RingSize;
        int room = Math.Min(RingSize - _count, RingSize - end);
        if (room == 0)
        {
            _isGone = true; // Only the end of a terminal is told while there is no room.
            return false;
        }

        fixed (byte* bytes = _ring)
        {
            nint length = LibC.Read(_fd, bytes + end, (nuint)room);
            if (length <= 0)
            {
                _isGone = length == 0 || Marshal.GetLastPInvokeError() is not (LibC.EAGAIN or LibC.EINTR);
                return false;
            }

            _count += (int)length;

            // Pressed, that is, and not part of data that is sent through the terminal.
            var keys = new ReadOnlySpan<byte>(bytes + end, (int)length);
            if (keys.ContainsAnyExcept(CtrlC))
                return false;
            bool isImpatient = false;
            for (int i = 0; i < length; i++)
                isImpatient |= IsThirdPress();
            return isImpatient;
        }
    }

    private bool IsThirdPress()
    {
        long now = Environment.TickCount64;
        _presses[_pressed++ % ImpatientPresses] = now;
        return _pressed >= ImpatientPresses && now - _presses[_pressed % ImpatientPresses] < ImpatientMilliseconds;
    }

    private void Close()
    {
        if (_fd >= 0)
            _ = LibC.Close(_fd);
        if (_event >= 0)
            _ = LibC.Close(_event);
        _fd = _event = -1;
    }
}

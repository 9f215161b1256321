using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>
/// Terminals over a swap, and the console with a user's terminal behind it. What the line discipline does to bytes is compared with Linux's by
/// the guests tty_discipline, tty_jobs and pty.
/// </summary>
public sealed class TerminalTests
{
    private const uint TIOCGPGRP = 0x540F;
    private const uint TIOCGWINSZ = 0x5413;
    private const uint TIOCSWINSZ = 0x5414;
    private const uint FIONREAD = 0x541B;
    private const uint TCXONC = 0x540A;
    private const uint TIOCGPTN = 0x80045430;
    private const uint TIOCSPTLCK = 0x40045431;
    private const uint TIOCPKT = 0x5420;

    [Fact]
    public void PseudoterminalsOutliveASwap()
    {
        using TestMachine machine = Boot(null);
        (FileId master, FileId slave) = OpenPair(machine);
        Type(machine, master, "one\ntwo\u0004half");
        TestMachine.Ok(machine.Control.Control(master, TIOCSWINSZ, 0, (byte[])[1, 0, 2, 0, 3, 0, 4, 0]));
        machine.Swap();
        Assert.Equal("one\r\ntwohalf", Take(machine, master));
        Assert.Equal("one\n", Take(machine, slave));
        Assert.Equal("two", Take(machine, slave));
        Assert.Equal(Errno.EAGAIN, machine.Files.Read(slave, new byte[10], -1, machine.Task).Error);
        Type(machine, master, "\u007f\u007fs\n");
        machine.Swap();
        Assert.Equal("\b \b\b \bs\r\n", Take(machine, master));
        Assert.Equal("has\n", Take(machine, slave));
        var size = new byte[8];
        TestMachine.Ok(machine.Control.Control(slave, TIOCGWINSZ, 0, size));
        Assert.Equal([1, 0, 2, 0, 3, 0, 4, 0], size);
        Assert.Contains("0", machine.List("/dev/pts"));

        // What is stopped stays so, and what was written before waits.
        TestMachine.Ok(machine.Files.Write(slave, "before"u8));
        TestMachine.Ok(machine.Control.Control(slave, TCXONC, 0, []));
        machine.Swap();
        Assert.Equal(Errno.EAGAIN, machine.Files.Write(slave, "x"u8).Error);
        Assert.Equal("before", Take(machine, master));
        TestMachine.Ok(machine.Control.Control(slave, TCXONC, 1, []));
        Assert.Equal(1, TestMachine.Ok(machine.Files.Write(slave, "x"u8)));

        // Both ends, and what they know of each other.
        machine.Files.Release(slave);
        machine.Swap();
        Assert.Equal("x", Take(machine, master));
        Assert.Equal(Errno.EIO, machine.Files.Read(master, new byte[10]).Error);
        FileId again = machine.Open("/dev/pts/0", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        TestMachine.Ok(machine.Control.Control(master, TIOCPKT, 0, BitConverter.GetBytes(1)));
        machine.Files.Write(again, "y"u8);
        machine.Swap();
        Assert.Equal("\0y", Take(machine, master));
        machine.Files.Release(master);
        machine.Swap();
        Assert.Equal(0, TestMachine.Ok(machine.Files.Read(again, new byte[10])));
        Assert.Equal(Errno.EIO, machine.Files.Write(again, "z"u8).Error);
        machine.Files.Release(again);
        Assert.Equal(["ptmx"], machine.List("/dev/pts").Where(static name => name[0] != '.'));
        (master, _) = OpenPair(machine);
        var number = new byte[4];
        TestMachine.Ok(machine.Control.Control(master, TIOCGPTN, 0, number));
        Assert.Equal(0, BitConverter.ToInt32(number));
    }

    [Fact]
    public void ConsoleIsTheUsersTerminal()
    {
        var terminal = new UserTerminal();
        using TestMachine machine = Boot(terminal);
        machine.Parts.Terminals.AdoptConsole(machine.Task.Group);
        FileId file = TestMachine.Ok(machine.Mounts.OpenHostStream(new HostFileId(1), OpenFlags.O_RDONLY));
        Assert.Equal(0x501u, TestMachine.Ok(machine.Files.Stat(file)).SpecialDevice);
        Assert.Equal("/dev/console", Encoding.ASCII.GetString(TestMachine.Ok(machine.Mounts.GetPath(machine.Task, file))));
        terminal.Keys = "ab\u007fc\r";
        machine.Parts.Terminals.ConsoleChanged();
        Assert.Equal("ab\b \bc\r\n", terminal.Shown);
        Assert.Equal("ac\n", Take(machine, file));
        FileId tty = machine.Open("/dev/tty", OpenFlags.O_RDWR);
        Assert.Equal(2, TestMachine.Ok(machine.Files.Write(tty, "x\n"u8)));
        Assert.Equal("ab\b \bc\r\nx\r\n", terminal.Shown);
        var data = new byte[8];
        TestMachine.Ok(machine.Control.Control(tty, TIOCGPGRP, 0, data, machine.Task));
        Assert.Equal(machine.Task.Group.ProcessGroup, BitConverter.ToInt32(data));
        TestMachine.Ok(machine.Control.Control(tty, TIOCGWINSZ, 0, data));
        Assert.Equal([25, 0, 80, 0, 0, 0, 0, 0], data);
        terminal.Size = new WindowSize(30, 100, 0, 0);
        machine.Parts.Terminals.ConsoleChanged();
        machine.Swap();
        TestMachine.Ok(machine.Control.Control(tty, TIOCGWINSZ, 0, data));
        Assert.Equal([30, 0, 100, 0, 0, 0, 0, 0], data);
        Assert.Equal(machine.Task.Group.ProcessGroup, machine.Parts.Terminals.ForegroundGroup);

        // A terminal that takes no more keeps the rest back, and says when it goes on.
        terminal.Shown = string.Empty;
        terminal.Room = 3;
        Assert.Equal(4, TestMachine.Ok(machine.Files.Write(file, "1234"u8)));
        Assert.True(machine.Parts.Terminals.HasConsoleOutput);
        machine.Swap();
        terminal.Room = 100;
        machine.Parts.Terminals.ConsoleChanged();
        Assert.Equal("1234", terminal.Shown);
        Assert.False(machine.Parts.Terminals.HasConsoleOutput);

        // And one that goes is hung up.
        terminal.HasGone = true;
        machine.Parts.Terminals.ConsoleChanged();
        Assert.Equal(0, TestMachine.Ok(machine.Files.Read(file, new byte[10], -1, machine.Task)));
        Assert.Equal(Errno.EIO, machine.Files.Write(tty, "x"u8).Error);
        Assert.Equal(0UL, machine.Task.Group.ControllingTerminal);
        Assert.Equal(Errno.ENXIO, machine.TryOpen("/dev/tty", OpenFlags.O_RDWR).Error);
    }

    /// <summary>Keys that nobody reads stay with the user's terminal, and none is lost.</summary>
    [Fact]
    public void KeysWaitForTheirReader()
    {
        var terminal = new UserTerminal();
        using TestMachine machine = Boot(terminal);
        FileId file = TestMachine.Ok(machine.Mounts.OpenHostStream(new HostFileId(1), OpenFlags.O_RDONLY));
        string line = new string('k', 99) + "\n";
        string all = string.Concat(Enumerable.Repeat(line, 300));
        terminal.Keys = all;
        machine.Parts.Terminals.ConsoleChanged();
        var waiting = new byte[4];
        TestMachine.Ok(machine.Control.Control(file, FIONREAD, 0, waiting));
        Assert.InRange(BitConverter.ToInt32(waiting), 4000, 4096);
        Assert.NotEmpty(terminal.Keys);
        var text = new StringBuilder();
        for (int i = 0; i < 300; i++)
            text.Append(Take(machine, file));
        Assert.Equal(all, text.ToString());
        Assert.Empty(terminal.Keys);
    }

    [Fact]
    public void NobodysInputBreaksTheDiscipline()
    {
        // Any bytes, any settings, any order: nothing but answers.
        var random = new Random(4711);
        using TestMachine machine = Boot(null);
        (FileId master, FileId slave) = OpenPair(machine);
        var settings = new byte[36];
        var bytes = new byte[600];
        for (int round = 0; round < 3000; round++)
        {
            switch (random.Next(5))
            {
                case 0:
                    random.NextBytes(settings);
                    TestMachine.Ok(machine.Control.Control(slave, 0x5402, 0, settings));
                    break;
                case 1:
                    random.NextBytes(bytes);
                    machine.Files.Write(master, bytes.AsSpan(0, random.Next(600)));
                    break;
                case 2:
                    random.NextBytes(bytes);
                    machine.Files.Write(slave, bytes.AsSpan(0, random.Next(600)));
                    break;
                case 3:
                    machine.Files.Read(slave, bytes.AsSpan(0, random.Next(600)));
                    break;
                default:
                    machine.Files.Read(master, bytes.AsSpan(0, random.Next(600)));
                    break;
            }

            if (round % 500 == 499)
                machine.Swap();
        }
    }

    private static TestMachine Boot(IHostTerminal? terminal)
    {
        var machine = new TestMachine(terminal: terminal);
        TestMachine.Ok(machine.Mounts.MountMachine(new MachineMounts(RootKind.Empty, null, [], [])));
        machine.EnterRoot();
        machine.Task.Group.Session = machine.Task.Group.ProcessGroup = machine.Task.Group.Pid;
        return machine;
    }

    private static (FileId Master, FileId Slave) OpenPair(TestMachine machine)
    {
        FileId master = machine.Open("/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        TestMachine.Ok(machine.Control.Control(master, TIOCSPTLCK, 0, new byte[4]));
        return (master, machine.Open("/dev/pts/0", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY));
    }

    private static void Type(TestMachine machine, FileId master, string keys) =>
        Assert.Equal(keys.Length, TestMachine.Ok(machine.Files.Write(master, Encoding.ASCII.GetBytes(keys))));

    private static string Take(TestMachine machine, FileId file)
    {
        var buffer = new byte[8192];
        int count = TestMachine.Ok(machine.Files.Read(file, buffer, -1, machine.Task));
        return Encoding.ASCII.GetString(buffer, 0, count);
    }

    /// <summary>A user's terminal that does what a test says.</summary>
    private sealed class UserTerminal : IHostTerminal
    {
        public string Keys { get; set; } = string.Empty;

        public string Shown { get; set; } = string.Empty;

        public int Room { get; set; } = int.MaxValue;

        public bool HasGone { get; set; }

        public WindowSize Size { get; set; } = new(25, 80, 0, 0);

        public bool IsBehind(HostFileId stream) => stream.Value == 1;

        public Result<int> Read(Span<byte> destination)
        {
            if (Keys.Length == 0)
                return HasGone ? 0 : Errno.EAGAIN;
            int count = Encoding.ASCII.GetBytes(Keys.AsSpan(0, Math.Min(Keys.Length, destination.Length)), destination);
            Keys = Keys[count..];
            return count;
        }

        public Result<int> Write(ReadOnlySpan<byte> source)
        {
            int count = Math.Min(Room, source.Length);
            if (count == 0)
                return Errno.EAGAIN;
            Room -= count;
            Shown += Encoding.ASCII.GetString(source[..count]);
            return count;
        }
    }
}

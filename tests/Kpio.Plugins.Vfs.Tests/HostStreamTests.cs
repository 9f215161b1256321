using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>The host's streams as files, with a host that has a terminal.</summary>
public sealed class HostStreamTests
{
    [Fact]
    public void ATerminalAnswersWhatTerminalsAnswer()
    {
        var console = new Terminal();
        using var machine = new TestMachine(null, console);
        TestMachine.Ok(machine.Mounts.MountMachine(new MachineMounts(RootKind.Empty, null, [], [])));
        machine.EnterRoot();
        FileId file = TestMachine.Ok(machine.Mounts.OpenHostStream(new HostFileId(1), OpenFlags.O_RDWR));
        var key = new WaitKey(WaitKind.File, (ulong)file.Value);
        Assert.Equal(new HostFileId(1), machine.Waits.Watched[key]);
        Assert.Equal(Errno.EAGAIN, machine.Files.Read(file, new byte[4]).Error);
        Assert.Equal(PollEvents.None, machine.Files.Poll(file, PollEvents.POLLIN));
        console.Input = "ab"u8.ToArray();
        Assert.Equal(PollEvents.POLLIN, machine.Files.Poll(file, PollEvents.POLLIN));
        Assert.Equal(2, TestMachine.Ok(machine.Files.Read(file, new byte[4])));

        var data = new byte[8];
        TestMachine.Ok(machine.Control.Control(file, 0x5413, 0, data)); // TIOCGWINSZ
        Assert.Equal((25, 80), (BitConverter.ToUInt16(data), BitConverter.ToUInt16(data, 2)));
        TestMachine.Ok(machine.Control.Control(file, 0x5410, 0, BitConverter.GetBytes(77))); // TIOCSPGRP
        machine.Swap();
        TestMachine.Ok(machine.Control.Control(file, 0x540F, 0, data)); // TIOCGPGRP
        Assert.Equal(77, BitConverter.ToInt32(data));
        TestMachine.Ok(machine.Control.Control(file, 0x5401, 0, new byte[36])); // TCGETS
        Assert.Equal([0x5401u], console.Requests);
        Assert.Equal(Errno.ENOTTY, machine.Control.Control(file, 0x1234, 0, data).Error);
        FileId tty = machine.Open("/dev/tty", OpenFlags.O_RDWR);
        Assert.Equal(3, TestMachine.Ok(machine.Files.Write(tty, "out"u8)));
        Assert.Equal("out", console.Output);
        machine.Files.Release(file);
        Assert.False(machine.Waits.Watched.ContainsKey(key));
    }

    [Fact]
    public void WithoutATerminalThereIsNone()
    {
        using var machine = new TestMachine(null, new Terminal { IsTerminal = false });
        TestMachine.Ok(machine.Mounts.MountMachine(new MachineMounts(RootKind.Empty, null, [], [])));
        machine.EnterRoot();
        FileId file = TestMachine.Ok(machine.Mounts.OpenHostStream(new HostFileId(1), OpenFlags.O_RDONLY));
        Assert.Equal(Errno.ENOTTY, machine.Control.Control(file, 0x5401, 0, new byte[36]).Error);
        Assert.Equal(Errno.ENOTTY, machine.Control.Control(file, 0x5413, 0, new byte[8]).Error);
        Assert.Equal(Errno.ENXIO, machine.TryOpen("/dev/tty", OpenFlags.O_RDWR).Error);
        Assert.Equal(Errno.EBADF, machine.Files.Write(file, "x"u8).Error);
    }

    internal sealed class Terminal : IHostConsole
    {
        public bool IsTerminal { get; init; } = true;

        public byte[] Input { get; set; } = [];

        public string Output { get; private set; } = string.Empty;

        public List<uint> Requests { get; } = [];

        public Result<int> Read(HostFileId stream, Span<byte> destination)
        {
            if (Input.Length == 0)
                return Errno.EAGAIN;
            int count = Math.Min(Input.Length, destination.Length);
            Input.AsSpan(0, count).CopyTo(destination);
            Input = Input[count..];
            return count;
        }

        public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
        {
            Output += System.Text.Encoding.ASCII.GetString(source);
            return source.Length;
        }

        public PollEvents Poll(HostFileId stream, PollEvents interests) => Input.Length > 0 ? interests & PollEvents.POLLIN : PollEvents.None;

        public Result<NodeAttributes> Stat(HostFileId stream) =>
            new NodeAttributes { Kind = IsTerminal ? FileKind.CharacterDevice : FileKind.Fifo, SpecialDevice = IsTerminal ? 0x8800u : 0, Inode = 3 };

        public Result<long> Seek(HostFileId stream, long offset, int whence) => Errno.ESPIPE;

        public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data)
        {
            Requests.Add(request);
            return Errno.None;
        }

        public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size)
        {
            size = (80, 25);
            return IsTerminal;
        }
    }
}

using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Pairs of Unix sockets in a swap; the guests compare them with Linux.</summary>
public sealed class SocketTests : IDisposable
{
    private readonly TestMachine _machine = new TestMachine().WithRoot();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(SocketType.Stream)]
    [InlineData(SocketType.Datagram)]
    [InlineData(SocketType.SequencedPacket)]
    public void MessagesAndFilesOnTheirWayGoOver(SocketType type)
    {
        (FileId first, FileId second) = TestMachine.Ok(Sockets.CreatePair(_machine.Task, type, OpenFlags.O_NONBLOCK));
        FileId passed = TestMachine.Ok(_machine.SpecialFiles.CreateCounter(3, false, 0));
        var sender = new SocketCredentials(2, 5, 6);
        Assert.Equal(5, TestMachine.Ok(Sockets.Send(first, "hello"u8, null, sender)));
        Assert.Equal(4, TestMachine.Ok(Sockets.Send(first, "with"u8, [passed], sender)));
        _machine.Files.Release(passed);
        Assert.Equal(2, TestMachine.Ok(Sockets.Receive(second, new byte[2], type != SocketType.Stream)).Length);
        _machine.Swap();
        var bytes = new byte[64];
        SocketReceipt receipt = TestMachine.Ok(Sockets.Receive(second, bytes, false));
        Assert.Equal(sender, receipt.Sender);
        if (type == SocketType.Stream)
        {
            Assert.Equal("llowith", System.Text.Encoding.ASCII.GetString(bytes, 0, receipt.Length));
        }
        else
        {
            Assert.Equal("hello", System.Text.Encoding.ASCII.GetString(bytes, 0, receipt.Length));
            receipt = TestMachine.Ok(Sockets.Receive(second, bytes, false));
        }

        Assert.Equal(new[] { passed }, receipt.Files!);
        Assert.Equal(8, TestMachine.Ok(_machine.Files.Read(passed, bytes)));
        _machine.Files.Release(passed);
        Assert.Equal(Errno.EBADF, _machine.Files.Read(passed, bytes).Error);
        Assert.Equal(Errno.EAGAIN, _machine.Files.Read(second, bytes).Error);
        FileId lost = TestMachine.Ok(_machine.SpecialFiles.CreateCounter(3, false, 0));
        TestMachine.Ok(Sockets.Send(first, "lost"u8, [lost], sender));
        _machine.Files.Release(lost);
        int open = _machine.Parts.Core.Files.All().Count();
        _machine.Files.Release(second);
        Assert.Equal(open - 2, _machine.Parts.Core.Files.All().Count());
        _machine.Swap();
        Assert.NotEqual(Errno.None, Sockets.Send(first, "x"u8, null, sender).Error);
    }

    private OpenFiles.Sockets.SocketService Sockets => _machine.Parts.Sockets;
}

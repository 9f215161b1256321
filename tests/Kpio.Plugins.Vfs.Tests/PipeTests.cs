using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Pipes and fifos, by pipe(7).</summary>
public sealed class PipeTests : IDisposable
{
    private readonly TestMachine _machine = new TestMachine().WithRoot();
    private readonly FileId _read;
    private readonly FileId _write;

    public PipeTests() => (_read, _write) = TestMachine.Ok(_machine.Pipes.Create(_machine.Task, OpenFlags.O_RDONLY, 65536));

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void BytesComeOutInOrder()
    {
        var random = new Random(1);
        byte next = 0;
        byte expected = 0;
        int inside = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(1, 9000)];
            if (random.Next(2) == 0)
            {
                for (int j = 0; j < bytes.Length; j++)
                    bytes[j] = (byte)(next + j);
                Result<int> written = _machine.Files.Write(_write, bytes);
                if (written.Error == Errno.EAGAIN)
                {
                    // Full is a matter of slots: each may be as little as a byte short of two writes.
                    Assert.True(inside > 65536 / 2);
                    continue;
                }

                int count = TestMachine.Ok(written);
                Assert.True(count == bytes.Length || (bytes.Length > 4096 && inside + count > 65536 / 2));
                next = (byte)(next + count);
                inside += count;
            }
            else
            {
                Result<int> read = _machine.Files.Read(_read, bytes);
                Assert.Equal(inside == 0 ? Errno.EAGAIN : Errno.None, read.Error);
                bool isInOrder = true;
                for (int j = 0; j < read.ValueOrDefault; j++)
                    isInOrder &= bytes[j] == expected++;
                Assert.True(isInOrder);
                inside -= read.ValueOrDefault;
            }
        }
    }

    [Fact]
    public void ASmallWriteIsWholeOrNotAtAll()
    {
        TestMachine.Ok(_machine.Files.Write(_write, new byte[65536 - 100]));
        Assert.Equal(Errno.EAGAIN, _machine.Files.Write(_write, new byte[4096]).Error);
        Assert.Equal(1, TestMachine.Ok(_machine.Files.Write(_write, new byte[4097])));
        Assert.Equal(99, TestMachine.Ok(_machine.Files.Write(_write, new byte[99])));
        Assert.Equal(Errno.EAGAIN, _machine.Files.Write(_write, new byte[1]).Error);
    }

    [Fact]
    public void SmallWritesThatDoNotFitTogetherFillSlots()
    {
        for (int i = 0; i < 16; i++)
            Assert.Equal(3000, TestMachine.Ok(_machine.Files.Write(_write, new byte[3000])));
        Assert.Equal(Errno.EAGAIN, _machine.Files.Write(_write, new byte[3000]).Error);
        Assert.Equal(PollEvents.None, _machine.Files.Poll(_write, PollEvents.POLLOUT));
        Assert.Equal(1000, TestMachine.Ok(_machine.Files.Write(_write, new byte[1000])));
        TestMachine.Ok(_machine.Files.Read(_read, new byte[2999]));
        Assert.Equal(PollEvents.None, _machine.Files.Poll(_write, PollEvents.POLLOUT));
        TestMachine.Ok(_machine.Files.Read(_read, new byte[1]));
        Assert.Equal(PollEvents.POLLOUT, _machine.Files.Poll(_write, PollEvents.POLLOUT));
    }

    [Fact]
    public void PacketsStayApart()
    {
        (FileId read, FileId write) = TestMachine.Ok(_machine.Pipes.Create(_machine.Task, OpenFlags.O_DIRECT, 65536));
        TestMachine.Ok(_machine.Files.Write(write, "first"u8));
        TestMachine.Ok(_machine.Files.Write(write, "second"u8));
        TestMachine.Ok(_machine.Files.Write(write, new byte[5000]));
        _machine.Swap();
        var bytes = new byte[9000];
        Assert.Equal(5, TestMachine.Ok(_machine.Pipes.Peek(read, bytes)));
        Assert.Equal(5, TestMachine.Ok(_machine.Files.Read(read, bytes)));
        Assert.Equal(3, TestMachine.Ok(_machine.Files.Read(read, bytes.AsSpan(0, 3))));
        Assert.Equal(4096, TestMachine.Ok(_machine.Files.Read(read, bytes)));
        Assert.Equal(904, TestMachine.Ok(_machine.Files.Read(read, bytes)));
        Assert.Equal(Errno.EAGAIN, _machine.Files.Read(read, bytes).Error);
    }

    [Fact]
    public void TheEndsNoticeEachOther()
    {
        Assert.Equal(PollEvents.None, _machine.Files.Poll(_read, PollEvents.POLLIN));
        Assert.Equal(PollEvents.POLLOUT, _machine.Files.Poll(_write, PollEvents.POLLOUT));
        _machine.Waits.Woken.Clear();
        TestMachine.Ok(_machine.Files.Write(_write, "x"u8));
        Assert.Contains(new WaitKey(WaitKind.File, (ulong)_read.Value), _machine.Waits.Woken);
        Assert.Equal(PollEvents.POLLIN, _machine.Files.Poll(_read, PollEvents.POLLIN));
        _machine.Waits.Woken.Clear();
        _machine.Files.Release(_write);
        Assert.Contains(new WaitKey(WaitKind.File, (ulong)_read.Value), _machine.Waits.Woken);
        Assert.Equal(PollEvents.POLLIN | PollEvents.POLLHUP, _machine.Files.Poll(_read, PollEvents.POLLIN));
        Assert.Equal("x", _machine.ReadAll(_read));
        Assert.Equal(PollEvents.POLLHUP, _machine.Files.Poll(_read, PollEvents.POLLIN));
        Assert.Equal(0, TestMachine.Ok(_machine.Files.Read(_read, new byte[1])));
    }

    [Fact]
    public void WritingWithoutAReaderFails()
    {
        _machine.Files.Release(_read);
        Assert.Equal(Errno.EPIPE, _machine.Files.Write(_write, "x"u8).Error);
        Assert.Equal(PollEvents.POLLOUT | PollEvents.POLLERR, _machine.Files.Poll(_write, PollEvents.POLLOUT));
    }

    [Fact]
    public void WhatPipesCannotDo()
    {
        Assert.Equal(Errno.ESPIPE, _machine.Files.Seek(_read, 0, 0).Error);
        Assert.Equal(Errno.ESPIPE, _machine.Files.Read(_read, new byte[1], 0).Error);
        Assert.Equal(Errno.EBADF, _machine.Files.Read(_write, new byte[1]).Error);
        Assert.Equal(Errno.EBADF, _machine.Files.Write(_read, new byte[1]).Error);
        Assert.Equal(Errno.EINVAL, _machine.Control.Synchronize(_read));
        Assert.Equal(FileKind.Fifo, TestMachine.Ok(_machine.Files.Stat(_read)).Kind);
    }

    [Fact]
    public void TheSizeCanBeChanged()
    {
        Assert.Equal(65536, TestMachine.Ok(_machine.Pipes.Size(_machine.Task, _read, 0)));
        TestMachine.Ok(_machine.Files.Write(_write, new byte[10_000]));
        Assert.Equal(Errno.EBUSY, _machine.Pipes.Size(_machine.Task, _read, 4096).Error);
        Assert.Equal(16384, TestMachine.Ok(_machine.Pipes.Size(_machine.Task, _write, 10_001)));
        Assert.Equal(6000, TestMachine.Ok(_machine.Files.Write(_write, new byte[6000])));
        Assert.Equal(1 << 21, TestMachine.Ok(_machine.Pipes.Size(_machine.Task, _read, 1 << 21)));
        Assert.Equal(16384, TestMachine.Ok(_machine.Pipes.Size(_machine.Task, _read, 16384)));
        _machine.Task.Credentials = Credentials.Of(1000, 1000);
        Assert.Equal(Errno.EPERM, _machine.Pipes.Size(_machine.Task, _read, 1 << 21).Error);
        var count = new byte[4];
        TestMachine.Ok(_machine.Control.Control(_read, 0x541B, 0, count)); // FIONREAD
        Assert.Equal(16000, BitConverter.ToInt32(count));
    }

    [Fact]
    public void FifosJoinThoseWhoOpenThem()
    {
        TestMachine.Ok(_machine.Names.Create(_machine.Here, "/fifo"u8, new NewNode(FileKind.Fifo, 0x1B6, 0, 0)));
        Assert.Equal(Errno.ENXIO, _machine.TryOpen("/fifo", OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK).Error);
        FileId reader = _machine.Open("/fifo", OpenFlags.O_RDONLY);
        Assert.True(_machine.Pipes.IsAwaitingPartner(reader));
        Assert.Equal(PollEvents.None, _machine.Files.Poll(reader, PollEvents.POLLIN));
        _machine.Swap();
        FileId writer = _machine.Open("/fifo", OpenFlags.O_WRONLY);
        Assert.False(_machine.Pipes.IsAwaitingPartner(reader));
        Assert.False(_machine.Pipes.IsAwaitingPartner(writer));
        TestMachine.Ok(_machine.Files.Write(writer, "through"u8));
        _machine.Files.Release(writer);
        Assert.False(_machine.Pipes.IsAwaitingPartner(reader));
        Assert.Equal(PollEvents.POLLIN | PollEvents.POLLHUP, _machine.Files.Poll(reader, PollEvents.POLLIN));
        Assert.Equal("through", _machine.ReadAll(reader));
        _machine.Files.Release(reader);
        Assert.DoesNotContain(_machine.Parts.Core.Pipes.Pipes.ToArray(), pipe => pipe.Mount is not null);
    }
}

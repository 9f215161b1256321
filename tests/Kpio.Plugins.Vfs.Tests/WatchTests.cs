using System.Buffers.Binary;
using System.Text;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>inotify files in a swap and at their limits; the guests compare events with Linux.</summary>
public sealed class WatchTests : IDisposable
{
    private const uint All = 0xFFF;

    private readonly TestMachine _machine = new TestMachine().WithRoot();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void WatchesAndUnreadEventsGoOver()
    {
        TestMachine.Ok(_machine.MakeDirectory("/d"));
        FileId queue = TestMachine.Ok(_machine.Watches.Create(0, OpenFlags.O_NONBLOCK));
        Assert.Equal(1, TestMachine.Ok(_machine.Watches.Add(queue, _machine.Here, "/d"u8, All)));
        _machine.WriteFile("/d/a", "x");
        TestMachine.Ok(_machine.Rename("/d/a", "/d/b"));
        _machine.Swap();
        Assert.Equal(["100 a", "20 a", "2 a", "8 a", "40 a", "80 b"], Read(queue));
        _machine.WriteFile("/d/b", "y");
        Assert.Equal(["20 b", "2 b", "8 b"], Read(queue));
        Assert.Equal(2, TestMachine.Ok(_machine.Watches.Add(queue, _machine.Here, "/d/b"u8, All)));
        TestMachine.Ok(_machine.Watches.Remove(queue, 1));
        TestMachine.Ok(_machine.Remove("/d/b"));
        Assert.Equal(["8000 ", "4 ", "400 ", "8000 "], Read(queue));
        Assert.False(_machine.Parts.Core.Watches.Any);
    }

    [Fact]
    public void AUserHasSoManyQueues()
    {
        FileId last = default;
        for (int i = 0; i < 128; i++)
            last = TestMachine.Ok(_machine.Watches.Create(7, 0));
        Assert.Equal(Errno.EMFILE, _machine.Watches.Create(7, 0).Error);
        TestMachine.Ok(_machine.Watches.Create(8, 0));
        _machine.Files.Release(last);
        TestMachine.Ok(_machine.Watches.Create(7, 0));
        Assert.Equal(Errno.EINVAL, _machine.Watches.Remove(_machine.Open("/"), 1));
    }

    private List<string> Read(FileId queue)
    {
        var bytes = new byte[4096];
        int count = TestMachine.Ok(_machine.Files.Read(queue, bytes));
        var events = new List<string>();
        for (int at = 0; at < count;)
        {
            Span<byte> record = bytes.AsSpan(at);
            int length = BinaryPrimitives.ReadInt32LittleEndian(record[12..]);
            events.Add($"{BinaryPrimitives.ReadUInt32LittleEndian(record[4..]):x} {Encoding.ASCII.GetString(record.Slice(16, length)).TrimEnd('\0')}");
            at += 16 + length;
        }

        return events;
    }
}

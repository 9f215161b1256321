using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>POSIX message queues in a swap; the guests compare them with Linux.</summary>
public sealed class NamedQueueTests : IDisposable
{
    private readonly TestMachine _machine = new TestMachine().WithRoot();

    public void Dispose() => _machine.Dispose();

    private OpenFiles.Queues.NamedQueueService Queues => _machine.Parts.NamedQueues;

    [Fact]
    public void QueuesWithAndWithoutANameGoOver()
    {
        const int RLIMIT_MSGQUEUE = 12;
        _machine.Task.Group.Limits[RLIMIT_MSGQUEUE] = new ResourceLimit(819200, 819200);
        FileId named = Open("named", new NamedQueueLimits(3, 100));
        FileId unlinked = Open("unlinked", null);
        Send(named, "later", 1);
        Send(named, "first", 9);
        Assert.Equal(Errno.None, Queues.Notify(_machine.Task, unlinked, new NamedQueueNotice(1, 10, 77)));
        Assert.Equal(Errno.None, Queues.Unlink(_machine.Task, "unlinked"u8));
        _machine.Swap();

        NamedQueueStatus status = TestMachine.Ok(Queues.GetStatus(named));
        Assert.Equal((3, 100, 2), (status.Limits.Messages, status.Limits.MessageSize, status.Messages));
        Assert.Equal("first"u8.ToArray(), TestMachine.Ok(Queues.Receive(named, out uint priority)));
        Assert.Equal(9u, priority);
        Assert.Equal("later"u8.ToArray(), TestMachine.Ok(Queues.Receive(named, out _)));
        Assert.Equal(new NamedQueueNotice(1, 10, 77), Send(unlinked, "x", 0));
        Assert.Null(Send(unlinked, "y", 0));
        Assert.Equal(Errno.EEXIST, Queues.Open(_machine.Task, "named"u8, OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x180, null).Error);
        Assert.Equal(Errno.ENOENT, Queues.Open(_machine.Task, "unlinked"u8, OpenFlags.O_RDWR, 0, null).Error);
        _machine.Files.Release(unlinked);
        Assert.Equal(Errno.EBADF, Queues.GetStatus(unlinked).Error);
    }

    private FileId Open(string name, NamedQueueLimits? limits) =>
        TestMachine.Ok(Queues.Open(_machine.Task, System.Text.Encoding.ASCII.GetBytes(name), OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0x180, limits));

    private NamedQueueNotice? Send(FileId file, string text, uint priority)
    {
        Assert.Equal(Errno.None, Queues.Send(file, System.Text.Encoding.ASCII.GetBytes(text), priority, out NamedQueueNotice? notice));
        return notice;
    }
}

using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.Memory.Ipc;

namespace Kpio.Plugins.Memory.Tests;

public sealed class IpcTests : IDisposable
{
    private const uint Create = 0x200;
    private readonly MemoryFixture _memory = new();

    private IpcServices Ipc => _memory.Services.Ipc;

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Everything_goes_over_to_a_successor()
    {
        GuestTask task = _memory.Task;
        int segment = Ipc.Segments.Get(task, 7, 10_000, Create | 0x180).ValueOrDefault;
        ulong address = Ipc.Segments.Attach(task, segment, 0, 0).ValueOrDefault;
        _memory.Write(address + 8192, 42);
        int set = Ipc.Semaphores.Get(task, 8, 3, Create | 0x180).ValueOrDefault;
        Assert.Equal(0, Ipc.Semaphores.Operate(task, set, [new SemaphoreOperation(1, 5, 0x1000)], -1).Raw);
        int queue = Ipc.Queues.Get(task, 9, Create | 0x180).ValueOrDefault;
        Assert.Equal(0, Ipc.Queues.Send(task, queue, 3, [1, 2, 3], 0).Raw);

        Assert.Equal(Errno.None, _memory.Swap());

        Assert.Equal(42, _memory.Read(address + 8192));
        Assert.Equal((segment, set, queue), (
            Ipc.Segments.Get(task, 7, 0, 0).ValueOrDefault, Ipc.Semaphores.Get(task, 8, 0, 0).ValueOrDefault, Ipc.Queues.Get(task, 9, 0).ValueOrDefault));
        Assert.Equal(1, Ipc.Segments.GetStatus(task, segment, IpcLookup.Id).ValueOrDefault!.Attachments);
        int list = task.SemaphoreUndo!.Id;
        Ipc.Semaphores.Leave(task);
        var values = new ushort[3];
        Assert.Equal(Errno.None, Ipc.Semaphores.GetValues(task, set, -1, values));
        Assert.Equal([0, 0, 0], values);
        Assert.Equal(list + 1, Ipc.Semaphores.Share(task).Id);
        Assert.Equal(3, Ipc.Queues.Receive(task, queue, 3, 100, 0, out long type, out byte[] text).Raw);
        Assert.Equal((3L, 1), (type, text[0]));
        Assert.NotEqual(segment, Ipc.Segments.Get(task, 0, 4096, Create).ValueOrDefault);
    }

    [Fact]
    public void A_removed_segment_goes_with_its_last_region_and_gives_its_frames_back()
    {
        GuestTask task = _memory.Task;
        _memory.Write(_memory.Map(4096), 1);
        long used = _memory.Physical.UsedFrames;
        int id = Ipc.Segments.Get(task, 0, 64 * 4096, Create | 0x180).ValueOrDefault;
        ulong address = Ipc.Segments.Attach(task, id, 0x4000_0000, 0).ValueOrDefault;
        for (ulong i = 0; i < 64; i++)
            _memory.Write(address + (i * 4096), 1);
        Assert.Equal(Errno.None, Ipc.Segments.Remove(task, id));
        Assert.Equal(64, Ipc.Segments.Use.TotalBytes);
        Assert.Equal(Errno.None, Ipc.Segments.Detach(task, address));
        Assert.Equal(0, Ipc.Segments.Use.Count);
        Assert.Equal(used, _memory.Physical.UsedFrames);
    }
}

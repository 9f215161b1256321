using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>epoll files and event counters, by epoll(7) and eventfd(2); the guests compare what a program sees with Linux.</summary>
public sealed class EventPollTests : IDisposable
{
    private const uint In = 1;
    private const uint Exclusive = 1u << 28;
    private const uint OneShot = 1u << 30;
    private const uint Edge = 1u << 31;

    private readonly TestMachine _machine = new TestMachine().WithRoot();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void OnlyWhatIsReadyIsLookedAt()
    {
        FileId poll = Poll();
        var counters = new FileId[1000];
        for (int i = 0; i < counters.Length; i++)
            Add(poll, i, counters[i] = Counter(), In);
        Assert.Empty(Collect(poll));
        Put(counters[7]);
        Put(counters[900]);
        Put(counters[7]);
        Assert.Equal([7, 900], Collect(poll));
        Assert.Equal([7, 900], Collect(poll));
        Assert.Equal(2, _machine.Waits.Woken.Count(key => key.Id == (ulong)counters[7].Value));
        Take(counters[7]);
        Assert.Equal([900], Collect(poll));
    }

    [Fact]
    public void WhoWaitsForTheCollectorIsWoken()
    {
        FileId outer = Poll();
        FileId inner = Poll();
        FileId counter = Counter();
        Add(outer, 1, inner, In);
        Add(inner, 2, counter, In);
        _machine.Waits.Woken.Clear();
        Put(counter);
        Assert.Contains(Key(inner), _machine.Waits.Woken);
        Assert.Contains(Key(outer), _machine.Waits.Woken);
        Assert.Equal([1], Collect(outer));
        Assert.Equal(Errno.ELOOP, Control(inner, EventPollOperation.Add, 3, outer, In));
    }

    [Fact]
    public void OfExclusiveOnesAnOwnerThatIsWaitedForIsEnough()
    {
        FileId first = Poll();
        FileId second = Poll();
        FileId third = Poll();
        FileId counter = Counter();
        Add(first, 1, counter, In | Exclusive);
        Add(second, 1, counter, In | Exclusive);
        Add(third, 1, counter, In);
        _machine.Waits.WaitersOf[Key(first)] = 1;
        _machine.Waits.WaitersOf[Key(second)] = 1;
        _machine.Waits.Woken.Clear();
        Put(counter);
        Assert.Contains(Key(first), _machine.Waits.Woken);
        Assert.DoesNotContain(Key(second), _machine.Waits.Woken);
        Assert.Contains(Key(third), _machine.Waits.Woken);
    }

    [Fact]
    public void AClosedFileLeavesNothingBehind()
    {
        FileId poll = Poll();
        FileId counter = Counter();
        Add(poll, 1, counter, In);
        Add(poll, 2, counter, In);
        Assert.Single(_machine.Waits.Subscribed);
        _machine.Files.AddReference(counter);
        _machine.Files.Release(counter);
        Assert.Single(_machine.Waits.Subscribed);
        _machine.Files.Release(counter);
        Assert.Empty(_machine.Waits.Subscribed);
        Assert.Equal(Errno.ENOENT, Control(poll, EventPollOperation.Remove, 1, Counter(), 0));
        Add(poll, 3, Counter(), In);
        _machine.Files.Release(poll);
        Assert.Empty(_machine.Waits.Subscribed);
    }

    [Fact]
    public void EverythingGoesOver()
    {
        FileId poll = Poll();
        FileId outer = Poll();
        FileId[] counters = [Counter(), Counter(), Counter(), TestMachine.Ok(_machine.SpecialFiles.CreateCounter(5, true, OpenFlags.O_NONBLOCK))];
        Add(outer, 9, poll, In | Edge);
        Add(poll, 0, counters[0], In);
        Add(poll, 1, counters[1], In | Edge);
        Add(poll, 2, counters[2], In | OneShot);
        Add(poll, 3, counters[3], In);
        Put(counters[1]);
        Put(counters[2]);
        Assert.Equal([3, 1, 2], Collect(poll));
        Put(counters[1]);
        Put(counters[2]);
        _machine.Swap();
        Assert.Equal([3, 1], Collect(poll));
        Assert.Equal([9], Collect(outer));
        Put(counters[0]);
        Assert.Equal([3, 0], Collect(poll));
        Assert.Equal([9], Collect(outer));
        Assert.Equal(1UL, Take(counters[3]));
        Assert.Equal(2UL, Take(counters[1]));
        Assert.Equal(Errno.EEXIST, Control(poll, EventPollOperation.Add, 2, counters[2], In));
        _machine.Files.Release(counters[0]);
        Assert.Equal([3], Collect(poll));
    }

    [Fact]
    public void AStreamOfTheHostIsAskedAndWatchedThroughEveryLevel()
    {
        var console = new HostStreamTests.Terminal();
        using var machine = new TestMachine(null, console);
        machine.WithRoot();
        FileId stream = TestMachine.Ok(machine.Mounts.OpenHostStream(new HostFileId(1), OpenFlags.O_RDONLY));
        FileId inner = TestMachine.Ok(machine.EventPolls.Create());
        FileId outer = TestMachine.Ok(machine.EventPolls.Create());
        TestMachine.Ok(machine.EventPolls.Control(machine.Task, outer, EventPollOperation.Add, 5, inner, new EventPollEvent(In, 1)));
        TestMachine.Ok(machine.EventPolls.Control(machine.Task, inner, EventPollOperation.Add, 6, stream, new EventPollEvent(In | Edge, 2)));
        Assert.Equal(new HostFileId(1), machine.Waits.Watched[Key(inner)]);
        Assert.Equal(new HostFileId(1), machine.Waits.Watched[Key(outer)]);
        var events = new EventPollEvent[4];
        Assert.Equal(0, TestMachine.Ok(machine.EventPolls.Collect(machine.Task, outer, events)));
        console.Input = "x"u8.ToArray();
        Assert.Equal(1, TestMachine.Ok(machine.EventPolls.Collect(machine.Task, outer, events)));
        Assert.Equal(1, TestMachine.Ok(machine.EventPolls.Collect(machine.Task, inner, events)));
        Assert.Equal(0, TestMachine.Ok(machine.EventPolls.Collect(machine.Task, inner, events)));
        TestMachine.Ok(machine.Files.Read(stream, new byte[4]));
        Assert.Equal(0, TestMachine.Ok(machine.EventPolls.Collect(machine.Task, inner, events)));
        console.Input = "y"u8.ToArray();
        Assert.Equal(1, TestMachine.Ok(machine.EventPolls.Collect(machine.Task, inner, events)));
        TestMachine.Ok(machine.EventPolls.Control(machine.Task, inner, EventPollOperation.Remove, 6, stream, default));
        Assert.DoesNotContain(Key(outer), machine.Waits.Watched.Keys);
    }

    private static WaitKey Key(FileId file) => new(WaitKind.File, (ulong)file.Value);

    private FileId Poll() => TestMachine.Ok(_machine.EventPolls.Create());

    private FileId Counter() => TestMachine.Ok(_machine.SpecialFiles.CreateCounter(0, false, OpenFlags.O_NONBLOCK));

    private void Put(FileId counter) => TestMachine.Ok(_machine.Files.Write(counter, BitConverter.GetBytes(1UL)));

    private ulong Take(FileId counter)
    {
        var value = new byte[8];
        TestMachine.Ok(_machine.Files.Read(counter, value));
        return BitConverter.ToUInt64(value);
    }

    private Errno Control(FileId poll, EventPollOperation operation, int fd, FileId file, uint events) =>
        _machine.EventPolls.Control(_machine.Task, poll, operation, fd, file, new EventPollEvent(events, (ulong)fd));

    private void Add(FileId poll, int fd, FileId file, uint events) => TestMachine.Ok(Control(poll, EventPollOperation.Add, fd, file, events));

    private int[] Collect(FileId poll)
    {
        var events = new EventPollEvent[64];
        int count = TestMachine.Ok(_machine.EventPolls.Collect(_machine.Task, poll, events));
        return [.. events.Take(count).Select(entry => (int)entry.Data)];
    }
}

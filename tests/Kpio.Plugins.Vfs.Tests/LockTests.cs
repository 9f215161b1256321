using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Advisory locks in a swap, and the arithmetic of ranges against a plain model; the guests compare them with Linux.</summary>
public sealed class LockTests : IDisposable
{
    private readonly TestMachine _machine = new TestMachine().WithRoot();
    private readonly GuestTask _other;

    public LockTests()
    {
        _machine.WriteFile("/f", "content");
        _other = new GuestTask(3, new ThreadGroup(3, 2), null!, null!)
        {
            Descriptors = new DescriptorTable(),
            FileSystem = _machine.Task.FileSystem,
            Credentials = _machine.Task.Credentials,
        };
        _machine.Tasks.Add(_other);
    }

    private IFileLocks Locks => _machine.Parts.Core.Locks;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void LocksGoOverAndEndWithTheirOwners()
    {
        FileId file = _machine.Open("/f", OpenFlags.O_RDWR);
        FileId second = _machine.Open("/f", OpenFlags.O_RDWR);
        _machine.Task.Descriptors.Set(5, new Descriptor(file, false));
        TestMachine.Ok(Locks.Lock(_machine.Task, file, new FileLock(LockKind.Record, true, 10, 19), false));
        TestMachine.Ok(Locks.Lock(_machine.Task, second, new FileLock(LockKind.OpenFileRecord, true, 30, 39), false));
        TestMachine.Ok(Locks.Lock(_machine.Task, second, new FileLock(LockKind.Whole, true, 0, long.MaxValue), false));
        WaitKey key = Locks.KeyOf(file);
        _machine.Swap();
        Assert.Equal(key, Locks.KeyOf(second));
        var whole = new FileLock(LockKind.Whole, false, 0, long.MaxValue);
        var record = new FileLock(LockKind.Record, false, 15, 35);
        Assert.Equal(Errno.EAGAIN, Locks.Lock(_other, file, in whole, false));
        Assert.True(Locks.TryFindConflict(_other, file, in record, out FileLock found));
        Assert.Equal(new FileLock(LockKind.Record, true, 10, 19, 2), found);
        TestMachine.Ok(_machine.MakeDirectory("/proc"));
        TestMachine.Ok(_machine.Mounts.Mount("proc", new MountOptions("proc"), "/proc"u8));
        string[] lines = _machine.ReadFile("/proc/locks").TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains(lines, line => line.Contains(": POSIX  ADVISORY  WRITE 2 ", StringComparison.Ordinal) && line.EndsWith(" 10 19", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(": OFDLCK ADVISORY  WRITE -1 ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains(": FLOCK  ADVISORY  WRITE 2 ", StringComparison.Ordinal) && line.EndsWith(" 0 EOF", StringComparison.Ordinal));
    }

    [Fact]
    public void ClosingAnyDescriptorDropsTheRecordsAndClosingTheFileItsOwn()
    {
        FileId file = _machine.Open("/f", OpenFlags.O_RDWR);
        FileId second = _machine.Open("/f", OpenFlags.O_RDWR);
        _machine.Task.Descriptors.Set(5, new Descriptor(file, false));
        _machine.Task.Descriptors.Set(6, new Descriptor(second, false));
        var record = new FileLock(LockKind.Record, true, 0, 9);
        var own = new FileLock(LockKind.OpenFileRecord, true, 20, 29);
        TestMachine.Ok(Locks.Lock(_machine.Task, file, in record, false));
        TestMachine.Ok(Locks.Lock(_machine.Task, file, in own, false));
        DescriptorTable copy = _machine.Parts.Descriptors.Copy(_machine.Task.Descriptors);
        _machine.Parts.Descriptors.Leave(copy);
        Assert.True(Locks.TryFindConflict(_other, second, in record, out _));
        TestMachine.Ok(_machine.Parts.Descriptors.Close(_machine.Task.Descriptors, 6));
        Assert.False(Locks.TryFindConflict(_other, file, in record, out _));
        FileId third = _machine.Open("/f", OpenFlags.O_RDWR);
        Assert.True(Locks.TryFindConflict(_other, third, in own, out _));
        TestMachine.Ok(_machine.Parts.Descriptors.Close(_machine.Task.Descriptors, 5));
        Assert.False(Locks.TryFindConflict(_other, third, in own, out _));
        Assert.Empty(_machine.Parts.Core.Locks.All);
    }

    [Fact]
    public void RangesAreWhatAModelSays()
    {
        var random = new Random(3);
        FileId file = _machine.Open("/f", OpenFlags.O_RDWR);
        GuestTask[] tasks = [_machine.Task, _other];
        var model = new int[2, 40]; // 0 free, 1 shared, 2 exclusive
        for (int step = 0; step < 4000; step++)
        {
            int who = random.Next(2);
            int start = random.Next(40);
            int end = random.Next(start, 40);
            int type = random.Next(3);
            var range = new FileLock(LockKind.Record, type == 2, start, end);
            bool isFree = true;
            for (int at = start; at <= end; at++)
                isFree &= type == 0 || model[1 - who, at] == 0 || (type == 1 && model[1 - who, at] == 1);
            Errno error = type == 0 ? Locks.Unlock(tasks[who], file, in range) : Locks.Lock(tasks[who], file, in range, false);
            Assert.Equal(isFree ? Errno.None : Errno.EAGAIN, error);
            for (int at = start; isFree && at <= end; at++)
                model[who, at] = type;
        }

        // What is left is as few locks as it can be.
        int runs = 0;
        for (int who = 0; who < 2; who++)
        {
            for (int at = 0; at < 40; at++)
                runs += model[who, at] != 0 && (at == 0 || model[who, at - 1] != model[who, at]) ? 1 : 0;
        }

        Assert.Equal(runs, _machine.Parts.Core.Locks.All.Count());
    }
}

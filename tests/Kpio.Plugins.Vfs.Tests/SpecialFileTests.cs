using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Files that stand for timers, signals and processes: what goes over to a successor, and what a poll sees.</summary>
public sealed class SpecialFileTests : IDisposable
{
    private readonly TestMachine _machine = new TestMachine().WithRoot();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void ATimerGoesOnUnderTheSuccessor()
    {
        Assert.Equal(Errno.EINVAL, _machine.SpecialFiles.CreateTimer(ClockId.CLOCK_MONOTONIC_RAW, 0).Error);
        FileId file = TestMachine.Ok(_machine.SpecialFiles.CreateTimer(ClockId.CLOCK_MONOTONIC, 0));
        TestMachine.Ok(_machine.SpecialFiles.SetTimer(file, 500, 70));
        TimerId timer = Assert.Single(_machine.Timers.All.Keys);
        FileId poll = TestMachine.Ok(_machine.EventPolls.Create());
        TestMachine.Ok(_machine.EventPolls.Control(_machine.Task, poll, EventPollOperation.Add, 4, file, new EventPollEvent(1, 4)));
        _machine.Swap();
        var events = new EventPollEvent[2];
        Assert.Equal(0, TestMachine.Ok(_machine.EventPolls.Collect(_machine.Task, poll, events)));
        _machine.Timers.Fire(timer);
        _machine.Timers.Fire(timer);
        Assert.Equal(1, TestMachine.Ok(_machine.EventPolls.Collect(_machine.Task, poll, events)));
        var count = new byte[8];
        Assert.Equal(8, TestMachine.Ok(_machine.Files.Read(file, count)));
        Assert.Equal(2, count[0]);
        Assert.Equal(Errno.EAGAIN, _machine.Files.Read(file, count).Error);
        Assert.Equal(70, TestMachine.Ok(_machine.SpecialFiles.GetTimer(file)).Setting.IntervalNanoseconds);
        _machine.Files.Release(file);
        Assert.Empty(_machine.Timers.All);
    }

    [Fact]
    public void SignalsAreTheReaders()
    {
        FileId file = TestMachine.Ok(_machine.SpecialFiles.CreateSignals(new SignalSet(0).With(Signal.SIGUSR1).With(Signal.SIGKILL), 0));
        _machine.Swap();
        var record = new byte[128];
        Assert.Equal(Errno.EAGAIN, _machine.Files.Read(file, record, -1, _machine.Task).Error);
        _machine.Task.Signals.Pending.Add(new SignalInfo(Signal.SIGUSR1, 0, Pid: 77, Uid: 5));
        Assert.Equal(PollEvents.POLLIN, _machine.Files.Poll(file, PollEvents.POLLIN, _machine.Task));
        Assert.Equal(PollEvents.None, _machine.Files.Poll(file, PollEvents.POLLIN));
        Assert.Equal(new WaitKey(WaitKind.SignalQueue, 2), _machine.Parts.Files.KeyOf(file, _machine.Task));
        Assert.Equal(128, TestMachine.Ok(_machine.Files.Read(file, record, -1, _machine.Task)));
        Assert.Equal([(byte)Signal.SIGUSR1, 77, 5], [record[0], record[12], record[16]]);
        Assert.Equal(Errno.EINVAL, _machine.SpecialFiles.SetSignals(TestMachine.Ok(_machine.EventPolls.Create()), default));
    }

    [Fact]
    public void AProcessIsReadyWhenItHasEnded()
    {
        Assert.Equal(Errno.ESRCH, _machine.SpecialFiles.CreateProcess(55, 0).Error);
        FileId file = TestMachine.Ok(_machine.SpecialFiles.CreateProcess(2, 0));
        _machine.Swap();
        Assert.Equal(2, TestMachine.Ok(_machine.SpecialFiles.ProcessOf(file, orDirectory: false)));
        Assert.Equal(PollEvents.None, _machine.Files.Poll(file, PollEvents.POLLIN));
        _machine.Task.Group.WaitStatus = 0;
        Assert.Equal(PollEvents.POLLIN, _machine.Files.Poll(file, PollEvents.POLLIN));
        _machine.Task.Group.WaitStatus = null;
        _machine.Task.Group.StartTimeNanoseconds++;
        Assert.Equal(PollEvents.POLLIN, _machine.Files.Poll(file, PollEvents.POLLIN));
        Assert.Equal(Errno.ESRCH, _machine.SpecialFiles.ProcessOf(file, orDirectory: false).Error);
    }
}

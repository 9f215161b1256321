using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Signals of open files in a swap; the guests compare who gets what with Linux.</summary>
public sealed class FileSignalTests : IDisposable
{
    private readonly TestMachine _machine = new TestMachine().WithRoot();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void OwnersAndSignalsGoOver()
    {
        (FileId read, FileId write) = TestMachine.Ok(_machine.Pipes.Create(_machine.Task, OpenFlags.O_NONBLOCK, 8192));
        TestMachine.Ok(_machine.FileSignals.SetOwner(_machine.Task, read, new FileOwner(FileOwnerKind.Thread, 2)));
        TestMachine.Ok(_machine.FileSignals.SetSignal(read, Signal.SIGUSR1));
        TestMachine.Ok(_machine.FileSignals.SetAsync(_machine.Task, read, 7, true));
        _machine.Swap();
        Assert.Equal(new FileOwner(FileOwnerKind.Thread, 2), TestMachine.Ok(_machine.FileSignals.GetOwner(read)));
        Assert.Equal(Signal.SIGUSR1, TestMachine.Ok(_machine.FileSignals.GetSignal(read)));
        TestMachine.Ok(_machine.Files.Write(write, "x"u8));
        Assert.Equal(["2 2 SIGUSR1 1 7"], _machine.Sender.Take());
        TestMachine.Ok(_machine.FileSignals.SetAsync(_machine.Task, read, 7, false));
        TestMachine.Ok(_machine.Files.Write(write, "x"u8));
        Assert.Empty(_machine.Sender.Take());
    }

    [Fact]
    public void ASignalThatIsOwedIsSentByTheSuccessor()
    {
        (FileId one, FileId other) = TestMachine.Ok(_machine.Sockets.CreatePair(_machine.Task, SocketType.Stream, OpenFlags.O_NONBLOCK));
        TestMachine.Ok(_machine.FileSignals.SetOwner(_machine.Task, one, new FileOwner(FileOwnerKind.Process, 2)));
        TestMachine.Ok(_machine.FileSignals.SetAsync(_machine.Task, one, 3, true));
        while (_machine.Files.Write(one, new byte[4096]).IsOk)
        {
            // Until there is no room.
        }

        _machine.Swap();
        Assert.Empty(_machine.Sender.Take());
        while (_machine.Files.Read(other, new byte[4096]).IsOk)
        {
            // Until there is room again.
        }

        Assert.Equal(["2 0 SIGIO 128 0"], _machine.Sender.Take());
    }

    [Fact]
    public void ALeaseThatIsBeingBrokenAndNoticesGoOver()
    {
        TestMachine.Ok(_machine.MakeDirectory("/d"));
        _machine.WriteFile("/d/f", "x");
        FileId holder = _machine.Open("/d/f");
        TestMachine.Ok(_machine.Leases.SetLease(_machine.Task, holder, 5, LeaseKind.Read));
        Assert.Equal(Errno.EAGAIN, _machine.TryOpen("/d/f", OpenFlags.O_WRONLY).Error);
        Assert.Equal(["2 0 SIGIO 128 0"], _machine.Sender.Take());
        Assert.Equal(holder.Value, _machine.Task.Restart.Extra);
        FileId directory = _machine.Open("/d", OpenFlags.O_DIRECTORY);
        TestMachine.Ok(_machine.Leases.Notify(_machine.Task, directory, 6, 4));
        TestMachine.Ok(_machine.FileSignals.SetSignal(directory, Signal.SIGUSR1));
        _machine.Swap();
        Assert.Equal(LeaseKind.None, TestMachine.Ok(_machine.Leases.GetLease(holder)));
        Assert.Equal(Errno.EAGAIN, _machine.TryOpen("/d/f", OpenFlags.O_WRONLY).Error);
        Assert.Empty(_machine.Sender.Take());
        _machine.Clock.Time += 45_000_000_000;
        TestMachine.Ok(_machine.TryOpen("/d/f", OpenFlags.O_WRONLY));
        _machine.WriteFile("/d/g", "x");
        _machine.WriteFile("/d/h", "x");
        Assert.Equal(["2 0 SIGUSR1 3 6"], _machine.Sender.Take());
        Assert.False(_machine.Parts.Core.Watches.Any);
    }
}

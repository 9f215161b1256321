using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Kernel.Execution;

namespace Kpio.Kernel.Tests;

/// <summary>What the host asks of the run loop while the run loop looks at what it asked before.</summary>
public sealed class HostRequestsTests : IDisposable
{
    private readonly TestConsole _console = new();
    private readonly HostRequests _requests;

    public HostRequestsTests() => _requests = new HostRequests(new IdleCpu(), _console);

    public void Dispose() => _console.Dispose();

    [Fact]
    public void NewsOfTheTerminalIsNotLostBehindTheLast()
    {
        _requests.NotifyTerminal();
        Assert.True(_requests.TakeTerminalChange());
        _requests.NotifyTerminal(); // while the run loop acts on the first
        Assert.Null(_requests.TakeSignal());
        Assert.True(_requests.Any);
        Assert.True(_requests.TakeTerminalChange());
        Assert.Null(_requests.TakeSignal());
        Assert.False(_requests.Any);
    }

    [Fact]
    public void EndIsNotLostBehindASignal()
    {
        _requests.Send(1, new SignalInfo(Signal.SIGINT, SignalCode.SI_KERNEL));
        Assert.Null(_requests.Stop);
        _requests.RequestStop(MachineEnd.Stopped, null);
        Assert.NotNull(_requests.TakeSignal());
        Assert.Null(_requests.TakeSignal());
        Assert.True(_requests.Any);
    }

    private sealed class IdleCpu : ICpu
    {
        public long Cycles => 0;

        public long Instructions => 0;

        public CpuContext CreateContext() => throw new NotSupportedException();

        public CpuExit Run(CpuContext context, long cycleBudget) => throw new NotSupportedException();

        public void Interrupt()
        {
        }

        public void AddCycles(long cycles)
        {
        }
    }
}

using System.Diagnostics;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Tests;

/// <summary>Clocks and waiting, in both ways to the host.</summary>
public sealed class HostMachineTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ClocksAgreeWithTheBaseLibrary(bool portable)
    {
        using var host = HostMachine.Create(portable);
        long expected = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        Assert.InRange(host.Clock.RealtimeNanoseconds - expected, -1_000_000_000, 60_000_000_000);
        long first = host.Clock.MonotonicNanoseconds;
        Assert.True(host.Clock.MonotonicNanoseconds >= first);
        Assert.InRange(host.Clock.MonotonicNanoseconds - host.Clock.CoarseMonotonicNanoseconds, -1_000_000_000, 60_000_000_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WaitsEndByTimeAndByInterrupt(bool portable)
    {
        using var host = HostMachine.Create(portable);
        long start = Stopwatch.GetTimestamp();
        Assert.True(host.Waiter.Wait([], 30_000_000).IsNone);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(25));

        // An interrupt that comes first is not lost.
        host.Waiter.Interrupt();
        Assert.True(host.Waiter.Wait([], -1).IsNone);
        var thread = new Thread(() =>
        {
            Thread.Sleep(20);
            host.Waiter.Interrupt();
        });
        thread.Start();
        Assert.True(host.Waiter.Wait([], -1).IsNone);
        thread.Join();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnlyTheStandardStreamsAreStreams(bool portable)
    {
        using var host = HostMachine.Create(portable);
        foreach (long id in (long[])[0, 4, -1, 1000])
        {
            Assert.Equal(Errno.EBADF, host.Console.Read(new HostFileId(id), new byte[1]).Error);
            Assert.Equal(Errno.EBADF, host.Console.Write(new HostFileId(id), new byte[1]).Error);
            Assert.Equal(Errno.EBADF, host.Console.Stat(new HostFileId(id)).Error);
            Assert.Equal(PollEvents.POLLNVAL, host.Console.Poll(new HostFileId(id), PollEvents.POLLIN));
            Assert.False(host.Console.TryGetTerminalSize(new HostFileId(id), out _));
        }

        Assert.NotEqual(FileKind.None, host.Console.Stat(new HostFileId(2)).ValueOrDefault.Kind);
    }
}

using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;

namespace Kpio.Debugger.Tests.Protocol;

/// <summary>Numbers, threads and signals as packets have them.</summary>
public sealed class PacketCursorTests
{
    [Theory]
    [InlineData("0", true, 0)]
    [InlineData("7fffffff", true, 0x7FFF_FFFF)]
    [InlineData("80000000", false, 0)]
    [InlineData("", false, 0)]
    [InlineData("x", false, 0)]
    [InlineData("11111111111111111", false, 0)]
    public void NumbersHaveBounds(string text, bool isNumber, int value)
    {
        var cursor = new PacketCursor(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal(isNumber, cursor.TakeInt32(out int read));
        if (isNumber)
            Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("p2.3", 2, 3)]
    [InlineData("p2.-1", 2, -1)]
    [InlineData("p-1", -1, -1)]
    [InlineData("-1", -1, -1)]
    [InlineData("0", 0, 0)]
    [InlineData("2a", 0, 42)]
    public void ThreadsHaveTheirForms(string text, int pid, int tid)
    {
        var cursor = new PacketCursor(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.True(cursor.TakeThread(out ThreadId thread));
        Assert.Equal(new ThreadId(pid, tid), thread);
    }

    [Theory]
    [InlineData("")]
    [InlineData("p")]
    [InlineData("p.1")]
    [InlineData("p2.")]
    [InlineData("-2")]
    [InlineData("pffffffffff.1")]
    public void OtherThreadsAreRefused(string text) =>
        Assert.False(new PacketCursor(System.Text.Encoding.ASCII.GetBytes(text)).TakeThread(out _));

    [Fact]
    public void EverySignalGoesThereAndBack()
    {
        var numbers = new HashSet<byte>();
        for (int signal = 1; signal <= SignalNumbers.Count; signal++)
        {
            byte number = GdbSignals.Of((Signal)signal);
            if (signal == (int)Signal.SIGSTKFLT)
                continue; // The protocol has none for it.
            Assert.True(numbers.Add(number), $"{signal} and another are both {number}.");
            Assert.Equal((Signal)signal, GdbSignals.ToLinux(number));
        }

        Assert.Equal(Signal.None, GdbSignals.ToLinux(0));
        Assert.Equal(Signal.None, GdbSignals.ToLinux(ulong.MaxValue));
        Assert.Equal((10, 30, 20, 45), (GdbSignals.Of(Signal.SIGBUS), GdbSignals.Of(Signal.SIGUSR1), GdbSignals.Of(Signal.SIGCHLD), GdbSignals.Of((Signal)33)));
    }
}

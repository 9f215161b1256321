using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Tests;

public sealed class PendingSignalListTests
{
    [Fact]
    public void Entries_of_a_number_come_out_oldest_first()
    {
        var list = new PendingSignalList();
        for (ulong i = 0; i < 100; i++)
        {
            list.Add(new SignalInfo((Signal)40, SignalCode.SI_QUEUE, Value: i));
            list.Add(new SignalInfo((Signal)35, SignalCode.SI_QUEUE, Value: 1000 + i));
        }

        Assert.Equal(200, list.Count);
        Assert.Equal(Enumerable.Range(1000, 100).Concat(Enumerable.Range(0, 100)), list.Select(info => (int)info.Value));
        for (ulong i = 0; i < 100; i++)
        {
            Assert.True(list.TryTake((Signal)40, out SignalInfo info));
            Assert.Equal(i, info.Value);
        }

        Assert.False(list.TryTake((Signal)40, out _));
        Assert.Equal(new SignalSet(0).With((Signal)35), list.Set);
    }

    [Fact]
    public void A_signal_without_an_entry_is_taken_once_with_zeros()
    {
        var list = new PendingSignalList();
        list.AddBare(Signal.SIGKILL);
        Assert.Equal(0, list.Count);
        Assert.True(list.TryTake(Signal.SIGKILL, out SignalInfo info));
        Assert.Equal(new SignalInfo(Signal.SIGKILL, SignalCode.SI_USER), info);
        Assert.False(list.TryTake(Signal.SIGKILL, out _));
    }

    [Fact]
    public void What_is_removed_leaves_the_rest_in_order_and_makes_room()
    {
        var list = new PendingSignalList();
        for (int round = 0; round < 1000; round++)
        {
            list.Add(new SignalInfo((Signal)50, -1, Value: 1));
            list.Add(new SignalInfo((Signal)51, -1, Value: 2));
            list.Add(new SignalInfo((Signal)50, -1, Value: 3));
            list.Remove(new SignalSet(0).With((Signal)51));
            Assert.Equal([1UL, 3UL], list.Select(info => info.Value));
            list.Clear();
            Assert.Equal(0, list.Count);
            Assert.Equal(default, list.Set);
        }
    }

    [Fact]
    public void A_timer_is_known_by_its_entry()
    {
        var list = new PendingSignalList();
        Assert.False(list.Contains(Signal.SIGALRM, new TimerId(7)));
        list.Add(new SignalInfo(Signal.SIGALRM, SignalCode.SI_TIMER, Timer: new TimerId(6)));
        list.Add(new SignalInfo(Signal.SIGALRM, SignalCode.SI_TIMER, Timer: new TimerId(7)));
        Assert.True(list.Contains(Signal.SIGALRM, new TimerId(7)));
        list.TryTake(Signal.SIGALRM, out _);
        Assert.False(list.Contains(Signal.SIGALRM, new TimerId(6)));
        Assert.True(list.Contains(Signal.SIGALRM, new TimerId(7)));
    }
}

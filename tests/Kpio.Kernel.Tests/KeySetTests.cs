using Kpio.Contracts.Process;
using Kpio.Kernel.Execution;

namespace Kpio.Kernel.Tests;

/// <summary>The set of keys against the base library's, over random additions and removals that make many of them meet.</summary>
public sealed class KeySetTests
{
    [Fact]
    public void HoldsWhatWasAddedAndNotRemoved()
    {
        var random = new Random(1);
        var set = new KeySet();
        var expected = new HashSet<WaitKey>();
        Assert.False(set.Contains(Key(0)));
        for (int i = 0; i < 20_000; i++)
        {
            WaitKey key = Key(random.Next(200));
            if (random.Next(2) == 0)
            {
                set.Add(key);
                expected.Add(key);
            }
            else
            {
                set.Remove(key);
                expected.Remove(key);
            }

            WaitKey other = Key(random.Next(200));
            Assert.Equal(expected.Contains(other), set.Contains(other));
        }

        for (int i = 0; i < 200; i++)
            Assert.Equal(expected.Contains(Key(i)), set.Contains(Key(i)));
    }

    private static WaitKey Key(int number) => new((WaitKind)(1 + (number % 3)), (ulong)number << (number % 40));
}

using Kpio.Contracts.Values;

namespace Kpio.Kernel.Tests;

/// <summary><see cref="PlainMap{TKey, TValue}"/> against the base library's dictionary.</summary>
public sealed class PlainMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void DoesAsADictionaryDoes(int seed)
    {
        var random = new Random(seed);
        object[] keys = [.. Enumerable.Range(0, 200).Select(static _ => new object())];
        var expected = new Dictionary<object, string>(ReferenceEqualityComparer.Instance);
        var map = new PlainMap<object, string>();
        for (int step = 0; step < 20_000; step++)
        {
            // The number of entries swings between few and many.
            object key = keys[random.Next(keys.Length)];
            bool adds = random.Next(2000) < 1000 + (900 * Math.Sin(step / 1000.0));
            if (adds && !expected.ContainsKey(key))
            {
                expected.Add(key, $"{step}");
                map.Add(key, expected[key]);
            }
            else if (!adds)
            {
                Assert.Equal(expected.Remove(key, out string? value), map.Remove(key, out string? removed));
                Assert.Same(value, removed);
            }

            Assert.Equal(expected.Count, map.Count);
            Assert.Equal(expected.TryGetValue(key, out string? wanted), map.TryGetValue(key, out string? found));
            Assert.Same(wanted, found);
        }

        var values = new List<string>();
        foreach (string value in map.Values)
            values.Add(value);
        Assert.Equal(expected.Values.Order(), values.Order());
        Assert.All(keys, key => Assert.Equal(expected.ContainsKey(key), map.ContainsKey(key)));
    }

    [Fact]
    public void AKeyThatIsThereIsRefused()
    {
        var map = new PlainMap<object, string>();
        var key = new object();
        map.Add(key, "first");
        Assert.Throws<ArgumentException>(() => map.Add(key, "second"));
        Assert.True(map.TryGetValue(key, out string? value));
        Assert.Equal("first", value);
        Assert.False(map.Remove(new object()));
    }
}

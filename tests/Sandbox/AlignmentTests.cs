using Kpio.Cli.Sandbox.Comparing;

namespace Kpio.Sandbox.Tests;

/// <summary>The alignment of two sequences.</summary>
public sealed class AlignmentTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "abc", 3)]
    [InlineData("abc", "", 0)]
    [InlineData("", "abc", 0)]
    [InlineData("abcabba", "cbabac", 4)]
    [InlineData("abcdef", "xabcdef", 6)]
    [InlineData("abcdef", "abXdef", 5)]
    [InlineData("abc", "xyz", 0)]
    public void AsManyAsCanBeBelongTogether(string a, string b, int common)
    {
        List<(int A, int B)> pairs = Align(a, b);
        Assert.Equal(common, pairs.Count(static pair => pair is { A: >= 0, B: >= 0 }));
    }

    /// <summary>The longest common subsequence by the textbook's table is as long, and each element is there once and in order.</summary>
    [Fact]
    public void RandomSequencesAreAlignedAsWellAsCanBe()
    {
        var random = new Random(7);
        for (int round = 0; round < 500; round++)
        {
            string a = Text(random.Next(30));
            string b = Text(random.Next(30));
            Assert.Equal(Longest(a, b), Align(a, b).Count(static pair => pair is { A: >= 0, B: >= 0 }));
        }

        string Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => (char)('a' + random.Next(4)))]);
    }

    /// <summary>Where too much is left over for the shortest way, everything still comes out once, and the common end is found.</summary>
    [Fact]
    public void LongSequencesWithNothingInCommonEnd()
    {
        int[] a = [.. Enumerable.Range(0, 20_000), .. Enumerable.Range(1_000_000, 100)];
        int[] b = [.. Enumerable.Range(100_000, 5_000), .. Enumerable.Range(1_000_000, 100)];
        List<(int A, int B)> pairs = Alignment.Of(a, b);
        Check(pairs, a.Length, b.Length);
    }

    private static List<(int A, int B)> Align(string a, string b)
    {
        List<(int A, int B)> pairs = Alignment.Of([.. a.Select(static c => (int)c)], [.. b.Select(static c => (int)c)]);
        Check(pairs, a.Length, b.Length);
        Assert.All(pairs, pair => Assert.True(pair.A < 0 || pair.B < 0 || a[pair.A] == b[pair.B]));
        return pairs;
    }

    private static void Check(List<(int A, int B)> pairs, int a, int b)
    {
        Assert.Equal(Enumerable.Range(0, a), pairs.Where(static pair => pair.A >= 0).Select(static pair => pair.A));
        Assert.Equal(Enumerable.Range(0, b), pairs.Where(static pair => pair.B >= 0).Select(static pair => pair.B));
    }

    private static int Longest(string a, string b)
    {
        int[,] table = new int[a.Length + 1, b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
                table[i, j] = a[i - 1] == b[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
        }

        return table[a.Length, b.Length];
    }
}

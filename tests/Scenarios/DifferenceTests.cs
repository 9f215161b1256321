using System.Text;
using Kpio.Cli.Testing.Reporting;

namespace Kpio.Scenarios.Tests;

/// <summary>Where two texts differ is shown so that a person sees it.</summary>
public sealed class DifferenceTests
{
    [Fact]
    public void FirstDifferenceIsShownWithWhatIsAroundIt()
    {
        string expected = string.Concat(Enumerable.Range(1, 100).Select(static number => $"line {number}\n"));
        string actual = expected.Replace("line 50\n", "line fifty\nand more\n", StringComparison.Ordinal);
        Assert.Equal(
            """
             at line 50, byte 389:
                line 47
                line 48
                line 49
              - line 50
              + line fifty
              + and more
                line 51
                line 52
                line 53
            """.ReplaceLineEndings("\n"),
            Describe(expected, actual));
    }

    [Theory]
    [InlineData("a\n", "a", " at line 1, byte 2:\n  - a\n  + a (no newline)")]
    [InlineData("a\n", "a\nb\n", " at line 2, byte 3:\n    a\n  + b")]
    [InlineData("a\nb\n", "a\n", " at line 2, byte 3:\n    a\n  - b")]
    [InlineData("", "x\u001b[1m\t\r\n", " at line 1, byte 1:\n  + x\\e[1m\\t\\r")]
    [InlineData("ä\n", "ö\n", " at line 1, byte 2:\n  - ä\n  + ö")]
    public void SmallDifferenceIsSeen(string expected, string actual, string shown) => Assert.Equal(shown, Describe(expected, actual));

    [Fact]
    public void LongLineIsShownWhereItDiffers()
    {
        string shown = Describe(new string('a', 10_000) + "b\n", new string('a', 10_000) + "c\n");
        Assert.Contains("aab\n", shown, StringComparison.Ordinal);
        Assert.Contains("aac", shown, StringComparison.Ordinal);
        Assert.True(shown.Length < 500, shown);
    }

    [Fact]
    public void ManyLinesAreCounted()
    {
        string shown = Describe("", string.Concat(Enumerable.Repeat("x\n", 1000)));
        Assert.Contains("… 995 more lines", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNoTextAreEscaped() => Assert.Equal("    a\\xff\\x00 (no newline)", TextDifference.Show([(byte)'a', 0xFF, 0]));

    [Fact]
    public void WhatXmlCannotHoldIsLeftOut()
    {
        // Half of a pair is replaced by the character for what cannot be read.
        Assert.Equal("abc\ufffdde\t\n", XmlText.Clean("a\u0000b\u001b\u0085c" + '\ud800' + "d\uffff\ufffee\t\n"));
        Assert.Equal("😀 ]]> <&", XmlText.Clean("😀 ]]> <&"));
    }

    private static string Describe(string expected, string actual) => TextDifference.Describe(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(actual));
}

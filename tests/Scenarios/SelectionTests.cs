using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Cli.Testing.Selection;

namespace Kpio.Scenarios.Tests;

/// <summary>Which scenarios are run.</summary>
public sealed class SelectionTests
{
    [Theory]
    [InlineData("hello", true)]
    [InlineData("hell", false)]
    [InlineData("h?ll*", true)]
    [InlineData("a/b.yaml", true)]
    [InlineData("*b.yaml", true)]
    [InlineData("[hello]", false)]
    [InlineData("/^he.*o$/", true)]
    [InlineData("/ell/", true)]
    [InlineData("/^ell/", false)]
    public void FilterFits(string filter, bool fits) => Assert.Equal(fits, new ScenarioFilter(filter).Accepts(Make("a/b.yaml", "hello")));

    [Fact]
    public void EachScenarioIsInOnePartAndTheSameWhateverOthersThereAre()
    {
        Scenario[] all = [.. Enumerable.Range(0, 1000).Select(static number => Make($"dir/{number / 10}.yaml", $"case {number}"))];
        Shard[] parts = [.. Enumerable.Range(1, 7).Select(static index => new Shard(index, 7))];
        Assert.All(all, scenario => Assert.Single(parts, part => part.Holds(scenario)));
        Assert.All(parts, part => Assert.InRange(all.Count(part.Holds), 1000 / 7 / 2, 1000 / 7 * 3 / 2));

        // The split is the same on every machine and in every version: these are fixed.
        Assert.Equal([7, 5, 3, 5], all.Take(4).Select(scenario => parts.Single(part => part.Holds(scenario)).Index));
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1")]
    [InlineData("1/0")]
    [InlineData("-1/2")]
    [InlineData("a/b")]
    public void WhatIsNoPartIsRefused(string text) => Assert.Throws<UsageException>(() => Shard.Parse(text));

    private static Scenario Make(string path, string name) => new(new ScenarioSource("/" + path, path, path)) { Name = name };
}

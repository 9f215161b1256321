using System.Text.Json;
using Kpio.Testing;

namespace Kpio.Sandbox.Tests;

/// <summary><c>kpio abi show</c> and <c>kpio abi diff A B</c>: what interfaces say of themselves; and the tiers that both take.</summary>
public sealed class CatalogTests
{
    private static readonly string Variants = RepositoryRoot.Combine("samples", "abi-variants");
    private static readonly string ShortReads = Path.Combine(Variants, "ShortReads.cs");
    private static readonly string NoEntropy = Path.Combine(Variants, "NoEntropy.cs");

    [Fact]
    public void ShowTellsOfEachCall()
    {
        RunResult run = Kpio("abi", "show", ShortReads, "read", "16");
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        string[] lines = run.OutputText.Split('\n');
        Assert.Matches("^number +name +arguments +tier +support +layer +notes$", lines[0]);
        Assert.Matches(@"^0 +read +fd:Fd buffer:Out\(count\) count:Size -> Size +A +full +short-reads +at most 7 bytes at a time$", lines[1]);
        Assert.Matches(@"^16 +ioctl +fd:Fd request:Enum\(Ioctl\) argument:Address -> Int +A +partial +descriptor flags.*$", lines[2]);
    }

    [Fact]
    public void ShowPrintsTheWholeCatalogAsJson()
    {
        using JsonDocument all = JsonDocument.Parse(Kpio("abi", "show", "--json", "linux").OutputText);
        Assert.True(all.RootElement.GetArrayLength() > 300);
        JsonElement read = all.RootElement[0];
        Assert.Equal(("read", "Out", 2), (read.GetProperty("name").GetString(), read.GetProperty("arguments")[1].GetProperty("kind").GetString(), read.GetProperty("arguments")[1].GetProperty("length").GetInt32()));
        Assert.Equal(("full", ""), (read.GetProperty("support").GetString(), read.GetProperty("layer").GetString()));
    }

    [Fact]
    public void DifferencesOfCatalogsAreListed()
    {
        RunResult run = Kpio("abi", "diff", "linux", NoEntropy);
        Assert.Equal((1, ""), (run.ExitCode, run.ErrorText));
        Assert.Matches(@"\n63 +uname +note +- +answers as Linux does, and then EPERM\n", run.OutputText);
        Assert.Matches(@"\n318 +getrandom +support +full +none\n", run.OutputText);
        Assert.EndsWith("\n2 calls differ\n", run.OutputText, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(Kpio("abi", "diff", "--json", "linux", NoEntropy).OutputText);
        Assert.False(json.RootElement.GetProperty("same").GetBoolean());
        Assert.Equal(["uname", "getrandom"], json.RootElement.GetProperty("calls").EnumerateArray().Select(static call => call.GetProperty("name").GetString()));
    }

    [Theory]
    [InlineData("linux", "linux")]
    [InlineData("linux", "linux:A+B+C")]
    public void EqualCatalogsAreTheSame(string a, string b)
    {
        RunResult run = Kpio("abi", "diff", a, b);
        Assert.Equal((0, $"{a} and {b} describe the same calls\n", ""), (run.ExitCode, run.OutputText, run.ErrorText));
    }

    /// <summary>The seed's variant keeps Tier A and nothing else.</summary>
    [Fact]
    public void TierAVariantTakesAwayWhatLiesBeyond()
    {
        using JsonDocument json = JsonDocument.Parse(Kpio("abi", "diff", "--json", "linux", "kpio-tier-a").OutputText);
        Dictionary<string, string> support = json.RootElement.GetProperty("calls").EnumerateArray()
            .ToDictionary(static call => call.GetProperty("name").GetString()!, static call => call.GetProperty("b").GetProperty("support").GetString()!);
        Assert.Equal("none", support["umask"]);
        Assert.DoesNotContain("write", support.Keys);
    }

    [Theory]
    [InlineData(new[] { "abi", "diff", "linux", "nothing" }, 2, "no plugin has an ABI named 'nothing'")]
    [InlineData(new[] { "abi", "diff", "linux", "nothing.cs" }, 2, "nothing.cs cannot be read")]
    [InlineData(new[] { "abi", "diff", "linux" }, 2, "kpio --help")]
    [InlineData(new[] { "abi", "diff", "linux", "linux:Q" }, 2, "'Q' is no tier")]
    [InlineData(new[] { "abi", "diff", "linux", "linux:" }, 2, "it is empty")]
    [InlineData(new[] { "abi", "show", "linux", "nocall" }, 125, "no system call 'nocall'")]
    [InlineData(new[] { "abi", "show" }, 125, "kpio --help")]
    public void WrongUseIsToldInALine(string[] arguments, int code, string message)
    {
        RunResult run = Kpio(arguments);
        Assert.Equal((code, ""), (run.ExitCode, run.OutputText));
        Assert.Contains(message, run.ErrorText, StringComparison.Ordinal);
        Assert.Single(run.ErrorText.TrimEnd('\n').Split('\n'));
    }

    /// <summary>A later tier lies on an earlier one: a variant gives back what a choice of calls has taken away, and the other way round.</summary>
    [Fact]
    public void TiersLieOnOneAnotherInTheirOrder()
    {
        Assert.Equal("full", Support("linux:-read:" + ShortReads));
        Assert.Equal("none", Support($"linux:{ShortReads}:-read"));
        Assert.Equal((0, "3\n"), Run("--tier", ShortReads, "--tier", "-umask"));
        Assert.Equal((1, "0\n"), Run("--tier", ShortReads, "--tier", "-read"));

        static string Support(string abi)
        {
            using JsonDocument json = JsonDocument.Parse(Kpio("abi", "show", "--json", abi, "read").OutputText);
            return json.RootElement[0].GetProperty("support").GetString()!;
        }

        static (int Code, string Output) Run(params string[] options)
        {
            RunResult run = Kpio([.. (string[])["run", .. options], "busybox", "sh", "-c", "echo ok >/tmp/ok; busybox wc -c </tmp/ok 2>/dev/null"]);
            return (run.ExitCode, run.OutputText);
        }
    }

    private static RunResult Kpio(params string[] arguments) => KpioCommandRunner.Invoke(arguments, "/", timeout: TimeSpan.FromMinutes(2));
}

using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// The launcher and the real command together: a changed source is seen, by the command or, on a host where it cannot, by the launcher;
/// it is built once, and what was asked for runs as if nothing had happened.
/// </summary>
public sealed class ChangedSourcesTests
{
    private static readonly string[] Echo = ["run", "busybox", "echo", "it", "runs"];

    [Theory]
    [InlineData("core/a.cs", false)]
    [InlineData("platform/b's.cs", false)]
    [InlineData("plugins/x/c.cs", false)]
    [InlineData("plugins/x/new.cs", false)]
    [InlineData("tools/Packaging/p.proj", false)]
    [InlineData("Directory.Packages.props", false)]
    [InlineData("core/a.cs", true)]
    [InlineData("platform/b's.cs", true)]
    [InlineData("plugins/x/new.cs", true)]
    [InlineData("Directory.Packages.props", true)]
    public void BuildsAgainWhenASourceChanged(string file, bool byShell)
    {
        using var tree = new LauncherTree(startsCommand: true, launcherCompares: byShell);
        Check(tree.Run(Echo));
        tree.Age();
        Check(tree.Run(Echo));
        Assert.Equal(1, tree.Builds);
        tree.Write(file, "2\n");
        Check(tree.Run(Echo));
        Check(tree.Run(Echo));
        Assert.Equal(2, tree.Builds);
    }

    // Its folder may look unchanged, as when another tool puts the time back.
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void BuildsAgainWhenASourceIsRemoved(bool byShell, bool looksUnchanged)
    {
        using var tree = new LauncherTree(startsCommand: true, launcherCompares: byShell);
        tree.Run(Echo);
        tree.Age();
        File.Delete(Path.Combine(tree.Root, "plugins", "x", "c.cs"));
        if (looksUnchanged)
            tree.Age();
        Check(tree.Run(Echo));
        Check(tree.Run(Echo));
        Assert.Equal(2, tree.Builds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DoesNotBuildForWhatIsNoSource(bool byShell)
    {
        using var tree = new LauncherTree(startsCommand: true, launcherCompares: byShell);
        File.CreateSymbolicLink(Path.Combine(tree.Root, "core", ".#a.cs"), "user@host.1234"); // an editor's lock
        tree.Run(Echo);
        tree.Age();
        tree.Write("README.md", "2\n");
        tree.Write("tests/a.cs", "2\n");
        Check(tree.Run(Echo));
        Assert.Equal(1, tree.Builds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void SourceFromTheFutureIsBuiltOnceAStart(bool byShell)
    {
        using var tree = new LauncherTree(startsCommand: true, launcherCompares: byShell);
        tree.Run(Echo);
        tree.Age();
        File.SetLastWriteTimeUtc(Path.Combine(tree.Root, "core", "a.cs"), DateTime.UtcNow.AddDays(1));
        Check(tree.Run(Echo));
        Assert.Equal(2, tree.Builds);
        Check(tree.Run(Echo));
        Assert.Equal(3, tree.Builds);
    }

    [Fact]
    public void BuildsAgainWhenThePackagesStampIsGone()
    {
        using var tree = new LauncherTree(startsCommand: true);
        tree.Run(Echo);
        File.Delete(Path.Combine(tree.Root, "artifacts", "kpio", "current", ".stamp"));
        Check(tree.Run(Echo));
        Assert.Equal(2, tree.Builds);
    }

    [Fact]
    public void SourcesBeyondTheFirstPieceOfTheListCount()
    {
        using var tree = new LauncherTree(startsCommand: true);
        string folder = string.Join('/', Enumerable.Repeat(new string('d', 200), 5));
        for (int i = 0; i < 40; i++)
            tree.Write($"core/{folder}/{i}", "1\n");
        tree.Run(Echo);
        tree.Age();
        string[] list = File.ReadAllLines(Path.Combine(tree.Root, "artifacts", "kpio", "current", ".source-list"));
        Assert.True(list.Sum(static line => line.Length) > 30_000);
        for (int i = 1; i < list.Length; i += 5)
        {
            Check(tree.Run(Echo));
            int builds = tree.Builds;
            File.SetLastWriteTimeUtc(Path.Combine(tree.Root, list[i]), DateTime.UtcNow);
            Check(tree.Run(Echo));
            Assert.Equal(builds + 1, tree.Builds);
            tree.Age();
        }
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("plugins")]
    [InlineData("run", "--help")]
    [InlineData("abi", "list", "--format", "csv")]
    [InlineData("run", "--no-such-option")]
    [InlineData("no-such-command")]
    public void EveryCommandCompares(params string[] arguments)
    {
        using var tree = new LauncherTree(startsCommand: true);
        RunResult first = tree.Run(arguments);
        tree.Age();
        tree.Write("core/a.cs", "2\n");
        RunResult again = tree.Run(arguments);
        Assert.Equal(2, tree.Builds);
        Assert.Equal((first.ExitCode, WithoutTimes(first.OutputText), first.ErrorText), (again.ExitCode, WithoutTimes(again.OutputText), again.ErrorText));
    }

    /// <summary>The command for plugins shows since when each is loaded, and from which build.</summary>
    private static string WithoutTimes(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, @"\d\d:\d\d:\d\d|\d{10}-\d+ *", "TIME");

    [Fact]
    public void ArgumentsInputAndVariablesPassThroughTheBuild()
    {
        using var tree = new LauncherTree(startsCommand: true);
        var own = new Dictionary<string, string> { ["DOTNET_EnableDiagnostics_IPC"] = "1", ["OWN"] = "a\nb", ["KPIO_SEED"] = "3" };
        const string Line = """exec ./kpio run busybox sh -c 'printf "[%s]" "$@"; echo; cat; env | sort' - "$(printf '\377\n\342')" '' ' a' '*'""";
        RunResult built = Run();
        RunResult compared = Run();
        tree.Age();
        tree.Write("core/a.cs", "2\n");
        RunResult builtAgain = Run();
        Assert.Equal(2, tree.Builds);
        Assert.StartsWith("[\u00ff\n\u00e2][][ a][*]\nof the \u0080 user\n", System.Text.Encoding.Latin1.GetString(built.Output), StringComparison.Ordinal);
        Assert.Contains("\nDOTNET_EnableDiagnostics_IPC=1\n", built.OutputText, StringComparison.Ordinal);
        Assert.Contains("\nOWN=a\n", built.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("LAUNCHER", built.OutputText + compared.OutputText + builtAgain.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("_SETTING", built.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("LTTng", built.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("WriteXorExecute", built.OutputText, StringComparison.Ordinal);
        Assert.Equal((0, ""), (built.ExitCode, built.ErrorText));
        foreach (RunResult result in (RunResult[])[compared, builtAgain])
        {
            Assert.Equal(built.Output, result.Output);
            Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        }

        RunResult Run() => tree.RunShell(tree.Root, Line, own, "of the \u0080 user\n");
    }

    [Fact]
    public void FailedBuildIsTold()
    {
        using var tree = new LauncherTree(startsCommand: true);
        tree.Run(Echo);
        tree.Age();
        tree.Write("core/a.cs", "2\n");
        tree.Write("broken", "");
        RunResult failed = tree.Run(Echo);
        Assert.Equal((125, "", "core/a.cs(1,1): error: it is broken\nkpio: the build failed\n"), (failed.ExitCode, failed.OutputText, failed.ErrorText));
        File.Delete(Path.Combine(tree.Root, "broken"));
        Check(tree.Run(Echo));
        Assert.Equal(2, tree.Builds);
    }

    private static void Check(RunResult result) => Assert.Equal((0, "it runs\n", ""), (result.ExitCode, result.OutputText, result.ErrorText));
}

using System.Diagnostics;
using System.Globalization;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// The launcher, <c>kpio</c>, in a tree of its own with a build that takes no time: when it builds, what it prints, what it leaves.
/// In place of .NET there is a script that counts builds and makes a program which shows its arguments and variables.
/// </summary>
public sealed class LauncherTests : IDisposable
{
    private const string Sdk = """
        #!/bin/sh
        case $1 in
          --version) echo 10.0.100 ;;
          msbuild)
            for argument; do case $argument in -p:PackageDir=*) folder=${argument#*=} ;; esac; done
            [ ! -e "$TREE/broken" ] || { echo "core/a.cs(1,1): error: it is broken"; exit 1; }
            sleep 0.3
            echo build >>"$TREE/builds"
            cp "$TREE/core/a.cs" "$folder/Kpio.Cli.dll" ;;
          *)
            echo "program: $(cat "$1")"
            shift
            for argument; do echo "argument: $argument"; done
            env | grep -E '^(DOTNET_|KPIO_)' | sort
            echo "to standard error" >&2
            exit 7 ;;
        esac

        """;

    private const string Marks =
        "DOTNET_EnableDiagnostics_Debugger=0\nDOTNET_EnableDiagnostics_IPC=0\nDOTNET_EnableWriteXorExecute=0\n"
        + "KPIO_RUNTIME_SETTING=DOTNET_EnableWriteXorExecute DOTNET_EnableDiagnostics_IPC DOTNET_EnableDiagnostics_Debugger\n";

    private readonly ScratchDirectory _scratch = new();
    private readonly string _tree;

    public LauncherTests()
    {
        _tree = Path.Combine(_scratch.Path, "a tree");
        _scratch.WriteProgram("bin/dotnet", Sdk);
        foreach (string file in (string[])["core/a.cs", "platform/b's.cs", "plugins/x/c.cs", "tools/Packaging/p.proj", "global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            _scratch.Write("a tree/" + file, "1\n");
        File.Copy(RepositoryRoot.Combine("kpio"), Path.Combine(_tree, "kpio"));
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void BuildsOnceAndPrintsNothingOfItsOwn()
    {
        for (int i = 0; i < 3; i++)
            Check(Run("one", "two words"), "program: 1\nargument: one\nargument: two words\n" + Marks);
        Assert.Equal(1, Builds);
    }

    [Fact]
    public void SeveralAtOnceBuildOnce()
    {
        Task<RunResult>[] runs = [.. Enumerable.Range(0, 5).Select(_ => Task.Run(() => Run("x")))];
        foreach (RunResult result in runs.Select(static run => run.GetAwaiter().GetResult()))
            Check(result, "program: 1\nargument: x\n" + Marks);
        Assert.Equal(1, Builds);
        Assert.Single(Directory.GetDirectories(Path.Combine(_tree, "artifacts", "kpio"), "*-*"));
    }

    [Theory]
    [InlineData("core/a.cs", "2")]
    [InlineData("platform/b's.cs", "1")]
    [InlineData("plugins/x/c.cs", "1")]
    [InlineData("plugins/x/new.cs", "1")]
    [InlineData("tools/Packaging/p.proj", "1")]
    [InlineData("Directory.Packages.props", "1")]
    public void BuildsAgainWhenASourceChanged(string file, string program)
    {
        Run();
        Age();
        _scratch.Write("a tree/" + file, "2\n");
        Check(Run(), $"program: {program}\n" + Marks);
        Check(Run(), $"program: {program}\n" + Marks);
        Assert.Equal(2, Builds);
    }

    [Fact]
    public void BuildsAgainWhenASourceIsRemoved()
    {
        Run();
        Age();
        File.Delete(Path.Combine(_tree, "plugins", "x", "c.cs"));
        Run();
        Run();
        Assert.Equal(2, Builds);
    }

    [Fact]
    public void DoesNotBuildForWhatIsNoSource()
    {
        Run();
        Age();
        _scratch.Write("a tree/README.md", "2\n");
        _scratch.Write("a tree/tests/a.cs", "2\n");
        Run();
        Assert.Equal(1, Builds);
    }

    [Fact]
    public void FailedBuildIsToldAndLeavesTheLastOne()
    {
        Run();
        Age();
        _scratch.Write("a tree/core/a.cs", "2\n");
        _scratch.Write("a tree/broken", "");
        RunResult failed = Run();
        Assert.Equal((125, "", "core/a.cs(1,1): error: it is broken\nkpio: the build failed\n"), (failed.ExitCode, failed.OutputText, failed.ErrorText));
        Assert.Single(Directory.GetDirectories(Path.Combine(_tree, "artifacts", "kpio"), "*-*"));
        File.Delete(Path.Combine(_tree, "broken"));
        Check(Run(), "program: 2\n" + Marks);
    }

    [Fact]
    public void BuildThatIsInterruptedLeavesNothing()
    {
        using Process process = Start();
        while (!Directory.Exists(Path.Combine(_tree, "artifacts", "kpio")) || Directory.GetDirectories(Path.Combine(_tree, "artifacts", "kpio"), "*-*").Length == 0)
            Thread.Sleep(5);
        ChildProcess.Run("/bin/kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], "/");
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_tree, "artifacts", "kpio"), "*-*"));
        Check(Run(), "program: 1\n" + Marks);
    }

    [Fact]
    public void IsFoundThroughALinkAndByARelativePath()
    {
        File.CreateSymbolicLink(Path.Combine(_scratch.Path, "link"), "a tree/kpio");
        Check(Run(_scratch.Path, "./link", []), "program: 1\n" + Marks);
        Check(Run(_tree, "./kpio", []), "program: 1\n" + Marks);
        Check(Run(Path.Combine(_tree, "core"), "../kpio", []), "program: 1\n" + Marks);
        Assert.Equal(1, Builds);
    }

    [Fact]
    public void UsersOwnRuntimeSettingStays() => Check(
        Run(_tree, "./kpio", new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "1", ["DOTNET_EnableDiagnostics_IPC"] = "1", ["KPIO_MEMORY"] = "1G" }),
        "program: 1\nDOTNET_EnableDiagnostics_IPC=1\nDOTNET_EnableWriteXorExecute=1\nKPIO_MEMORY=1G\n");

    private int Builds => File.ReadAllLines(Path.Combine(_tree, "builds")).Length;

    // As if all that is there had been there for long: file times are too coarse to tell a change right after a build.
    private void Age()
    {
        DateTime past = DateTime.UtcNow.AddMinutes(-10);
        foreach (string path in Directory.GetFileSystemEntries(_tree, "*", SearchOption.AllDirectories).Where(path => !path.StartsWith(Path.Combine(_tree, "artifacts"), StringComparison.Ordinal)))
        {
            if (Directory.Exists(path))
                Directory.SetLastWriteTimeUtc(path, past);
            else
                File.SetLastWriteTimeUtc(path, past);
        }

        File.SetLastWriteTimeUtc(Path.Combine(_tree, "artifacts", "kpio", "current", ".stamp"), past.AddMinutes(1));
    }

    private static void Check(RunResult result, string output) =>
        Assert.Equal((7, output, "to standard error\n"), (result.ExitCode, result.OutputText, result.ErrorText));

    private RunResult Run(params string[] arguments) => ChildProcess.Run(Path.Combine(_tree, "kpio"), arguments, "/", Variables([]));

    private RunResult Run(string folder, string launcher, Dictionary<string, string> environment) =>
        ChildProcess.Run("/bin/sh", ["-c", "exec " + launcher], folder, Variables(environment));

    private Process Start()
    {
        var start = new ProcessStartInfo(Path.Combine(_tree, "kpio")) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach ((string name, string value) in Variables([]))
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("The launcher did not start.");
    }

    private Dictionary<string, string> Variables(Dictionary<string, string> more) => new(more)
    {
        ["PATH"] = Path.Combine(_scratch.Path, "bin") + ":/usr/bin:/bin",
        ["HOME"] = _scratch.Path,
        ["TREE"] = _tree,
    };
}

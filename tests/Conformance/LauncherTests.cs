using System.Diagnostics;
using System.Globalization;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>The launcher, <c>kpio</c>: when it builds, what it prints, what it leaves, what it tells the program. The program is a script here.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string RuntimeSettings = "DOTNET_EnableWriteXorExecute DOTNET_EnableDiagnostics_IPC DOTNET_EnableDiagnostics_Debugger DOTNET_LTTng";
    private const string RuntimeValues = "DOTNET_EnableDiagnostics_Debugger=0\nDOTNET_EnableDiagnostics_IPC=0\nDOTNET_EnableWriteXorExecute=0\nDOTNET_LTTng=0\n";

    // After a build the program has nothing to compare.
    private const string BuiltMarks = RuntimeValues + "KPIO_RUNTIME_SETTING=" + RuntimeSettings + "\n";

    private readonly LauncherTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void BuildsOnceAndPrintsNothingOfItsOwn()
    {
        Check(_tree.Run("one", "two words"), "program: 1\nargument: one\nargument: two words\n" + BuiltMarks);
        for (int i = 0; i < 3; i++)
            Check(_tree.Run("one", "two words"), "program: 1\nargument: one\nargument: two words\n" + Marks(_tree.Launcher));
        Assert.Equal(1, _tree.Builds);
    }

    [Fact]
    public void SeveralAtOnceBuildOnce()
    {
        Task<RunResult>[] runs = [.. Enumerable.Range(0, 5).Select(_ => Task.Run(() => _tree.Run("x")))];
        foreach (RunResult result in runs.Select(static run => run.GetAwaiter().GetResult()))
        {
            // One that comes late finds the package, and the program has to compare.
            string late = result.OutputText.Contains("KPIO_LAUNCHER", StringComparison.Ordinal) ? Marks(_tree.Launcher) : BuiltMarks;
            Check(result, "program: 1\nargument: x\n" + late);
        }

        Assert.Equal(1, _tree.Builds);
        Assert.Single(_tree.Packages);
    }

    [Fact]
    public void SeveralThatFoundAChangeBuildOnce()
    {
        _tree.Run();
        _tree.Age();
        _tree.Write("core/a.cs", "2\n");
        Task<RunResult>[] runs = [.. Enumerable.Range(0, 5).Select(_ => Task.Run(() => RunTold([])))];
        foreach (RunResult result in runs.Select(static run => run.GetAwaiter().GetResult()))
            Check(result, "program: 2\n" + BuiltMarks);
        Assert.Equal(2, _tree.Builds);
    }

    [Fact]
    public void ComparesItselfWhenToldOfAChange()
    {
        _tree.Run();
        Check(RunTold([]), "program: 1\n" + BuiltMarks);
        Assert.Equal(1, _tree.Builds);
    }

    [Fact]
    public void FailedBuildIsToldAndLeavesTheLastOne()
    {
        _tree.Run();
        _tree.Age();
        _tree.Write("core/a.cs", "2\n");
        _tree.Write("broken", "");
        RunResult failed = RunTold([]);
        Assert.Equal((125, "", "core/a.cs(1,1): error: it is broken\nkpio: the build failed\n"), (failed.ExitCode, failed.OutputText, failed.ErrorText));
        Assert.Single(_tree.Packages);
        File.Delete(Path.Combine(_tree.Root, "broken"));
        Check(RunTold([]), "program: 2\n" + BuiltMarks);
    }

    /// <summary>The SDK ends with 0 when it is told to end in the middle of a build.</summary>
    [Fact]
    public void BuildThatMadeNoProgramHasFailed()
    {
        _tree.Run();
        _tree.Age();
        _tree.Write("core/a.cs", "2\n");
        _tree.Write("killed", "");
        RunResult failed = RunTold([]);
        Assert.Equal((125, "", "kpio: the build failed\n"), (failed.ExitCode, failed.OutputText, failed.ErrorText));
        File.Delete(Path.Combine(_tree.Root, "killed"));
        Check(RunTold([]), "program: 2\n" + BuiltMarks);
    }

    [Fact]
    public void BuildThatIsInterruptedLeavesNothing()
    {
        using Process process = Start();
        while (_tree.Packages.Length == 0)
            Thread.Sleep(5);
        ChildProcess.Run("/bin/kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)], "/");
        process.WaitForExit();
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(_tree.Packages);
        Check(_tree.Run(), "program: 1\n" + BuiltMarks);
    }

    [Fact]
    public void IsFoundThroughALinkAndByARelativePath()
    {
        File.CreateSymbolicLink(Path.Combine(_tree.Above, "link"), "a tree/kpio");
        Check(Run(_tree.Above, "./link", []), "program: 1\n" + BuiltMarks);
        Check(Run(_tree.Above, "./link", []), "program: 1\n" + Marks(_tree.Launcher));
        Check(Run(_tree.Root, "./kpio", []), "program: 1\n" + Marks("./kpio"));
        Check(Run(_tree.Root, "sh kpio", []), "program: 1\n" + Marks("./kpio"));
        Check(Run(Path.Combine(_tree.Root, "core"), "../kpio", []), "program: 1\n" + Marks("../kpio"));
        Assert.Equal(1, _tree.Builds);
    }

    [Fact]
    public void UsersOwnRuntimeSettingStays()
    {
        var own = new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "1", ["DOTNET_EnableDiagnostics_IPC"] = "1", ["DOTNET_LTTng"] = "1", ["KPIO_MEMORY"] = "1G" };
        const string Shown = "program: 1\nDOTNET_EnableDiagnostics_IPC=1\nDOTNET_EnableWriteXorExecute=1\nDOTNET_LTTng=1\n";
        Check(Run(_tree.Root, "./kpio", own), Shown + "KPIO_MEMORY=1G\n");
        Check(Run(_tree.Root, "./kpio", own), Shown + "KPIO_LAUNCHER=./kpio\nKPIO_MEMORY=1G\nKPIO_RUNTIME_SETTING=KPIO_LAUNCHER\n");
    }

    /// <summary>Scenarios are run by code that is compiled once more only after a while; what the user has set himself stays.</summary>
    [Fact]
    public void ScenariosPutCompilationOff()
    {
        const string Setting = "DOTNET_TC_CallCountingDelayMs";
        _tree.Run();
        string own = _tree.Run("test", "a.yaml").OutputText;
        Assert.Contains($"\n{Setting}=2710\n", own, StringComparison.Ordinal);
        Assert.Matches($"KPIO_RUNTIME_SETTING=.* {Setting}\n", own);
        string users = Run(_tree.Root, "./kpio test", new Dictionary<string, string> { [Setting] = "64" }).OutputText;
        Assert.Contains($"\n{Setting}=64\n", users, StringComparison.Ordinal);
        Assert.DoesNotMatch($"KPIO_RUNTIME_SETTING=.*{Setting}", users);
    }

    private static string Marks(string launcher) => $"{RuntimeValues}KPIO_LAUNCHER={launcher}\nKPIO_RUNTIME_SETTING=KPIO_LAUNCHER {RuntimeSettings}\n";

    private static void Check(RunResult result, string output) =>
        Assert.Equal((7, output, "to standard error\n"), (result.ExitCode, result.OutputText, result.ErrorText));

    private RunResult Run(string folder, string launcher, Dictionary<string, string> environment) => _tree.RunShell(folder, "exec " + launcher, environment);

    // As the program does when it finds that a source has changed.
    private RunResult RunTold(Dictionary<string, string> environment) =>
        Run(_tree.Root, "./kpio", new Dictionary<string, string>(environment) { ["KPIO_SOURCES_CHANGED"] = "1" });

    private Process Start()
    {
        var start = new ProcessStartInfo(_tree.Launcher) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Clear();
        foreach ((string name, string value) in _tree.Variables([]))
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("The launcher did not start.");
    }
}

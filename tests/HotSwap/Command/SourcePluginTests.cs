using System.Globalization;
using System.Text.Json;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests.Command;

/// <summary>One C# file as a plugin: compiled in memory, with what the compiler says.</summary>
public sealed class SourcePluginTests : IDisposable
{
    private readonly ScratchDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FileIsAPlugin()
    {
        string path = _folder.Write("my layer.cs", SpeechPlugin.Source(SpeechPlugin.Loud));
        Check(["run", "--abi", path, "busybox", "echo", "hello"], 0, "HELLO\n", "");
        Check(["run", "--plugin", path, "--abi", "speech", "busybox", "echo", "hello"], 0, "HELLO\n", "");

        RunResult loaded = KpioCommandRunner.Invoke(["plugins", "--json", "--plugin", path], "/");
        using JsonDocument document = JsonDocument.Parse(loaded.OutputText);
        JsonElement row = document.RootElement.EnumerateArray().Single(static row => row.GetProperty("name").GetString() == "speech");
        Assert.Equal(("source", path, 1), (row.GetProperty("kind").GetString(), row.GetProperty("path").GetString(), row.GetProperty("generation").GetInt32()));
        Assert.InRange(row.GetProperty("since").GetDateTime(), DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow);
        Assert.All(
            document.RootElement.EnumerateArray().Where(static row => row.GetProperty("name").GetString() != "speech"),
            static row => Assert.Equal("built-in", row.GetProperty("kind").GetString()));
    }

    [Fact]
    public void WarningsAreShownAndErrorsEndTheRun()
    {
        string path = _folder.Write("layer.cs", SpeechPlugin.Source("{ string? none = null; letter += (byte)none.Length; }"));
        RunResult result = KpioCommandRunner.Invoke(["run", "--abi", path, "busybox", "echo", "1"], "/");
        Assert.Equal((0, "1\n", $"kpio: {path}({SpeechPlugin.ChangeLine},56): warning CS8602: Dereference of a possibly null reference.\n"), (result.ExitCode, result.OutputText, result.ErrorText));

        _folder.Write("layer.cs", SpeechPlugin.Source("letter += nothing"));
        Check(
            ["run", "--abi", path, "busybox", "echo", "1"], 125, "",
            $"kpio: {path}({SpeechPlugin.ChangeLine},27): error CS0103: The name 'nothing' does not exist in the current context\nkpio: {path} does not compile: 1 error\n");
        Check(["run", "--plugin", "missing.cs", "busybox", "echo", "1"], 125, "", "kpio: plugin /missing.cs cannot be read: no such file or directory\n");
        _folder.Write("layer.cs", "internal sealed class Nothing;\n");
        Check(
            ["run", "--plugin", path, "busybox", "echo", "1"], 125, "",
            $"kpio: {path} is no KPIO plugin: it has 0 public classes that implement IKernelPlugin, not one\n");
    }

    [Fact]
    public void FailureIsReportedWithItsLine()
    {
        string path = _folder.Write("layer.cs", SpeechPlugin.Source("throw new InvalidOperationException(\"no letters\")"));
        RunResult result = KpioCommandRunner.Invoke(["run", "--abi", path, "busybox", "echo", "hello"], "/");
        Assert.Equal(125, result.ExitCode);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{path}:line {SpeechPlugin.ChangeLine}"), result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void CompilerIsNotOpenedWithoutAFile()
    {
        string trace = Path.Combine(_folder.Path, "trace");
        KpioCommandRunner.Invoke(["--version"], "/"); // builds it
        RunResult result = ChildProcess.Run("strace", ["-f", "-e", "trace=openat,open", "-o", trace, KpioCommandRunner.Command, "run", "busybox", "true"], "/", ProgramRun.PlainEnvironment);
        Assert.Equal(0, result.ExitCode);
        string[] opened = File.ReadAllLines(trace);
        Assert.Contains(opened, static line => line.Contains("Kpio.Kernel.dll", StringComparison.Ordinal));
        Assert.DoesNotContain(opened, static line => line.Contains("CodeAnalysis", StringComparison.Ordinal));
    }

    private static void Check(string[] arguments, int exitCode, string output, string error)
    {
        RunResult result = KpioCommandRunner.Invoke(arguments, "/");
        Assert.Equal((exitCode, output, error), (result.ExitCode, result.OutputText, result.ErrorText));
    }
}

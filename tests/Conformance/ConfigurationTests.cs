using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Where the options of <c>kpio run</c> come from: <c>kpio.json</c>, over it <c>KPIO_*</c> variables, over them the command line.</summary>
public sealed class ConfigurationTests
{
    private static readonly string s_busyBox = BusyBoxFixture.Find();

    [Theory]
    [InlineData(null, null, null, "6.1.0-kpio")]
    [InlineData("file", null, null, "file")]
    [InlineData("file", "variable", null, "variable")]
    [InlineData("file", null, "line", "line")]
    [InlineData(null, "variable", "line", "line")]
    [InlineData("file", "variable", "line", "line")]
    public void TheCommandLineIsOverTheEnvironmentIsOverTheFile(string? file, string? variable, string? line, string release)
    {
        using var scratch = new ScratchDirectory();
        if (file is not null)
            scratch.Write("kpio.json", $$"""{ "uname-release": "{{file}}" }""");
        var environment = new Dictionary<string, string>(ProgramRun.PlainEnvironment);
        if (variable is not null)
            environment["KPIO_UNAME_RELEASE"] = variable;
        string[] options = line is null ? [] : ["--uname-release", line];
        RunResult result = KpioCommandRunner.Invoke(
            ["run", .. options, "--", s_busyBox, "uname", "-r"], scratch.Path, environment: environment);
        Assert.Equal((0, release + "\n", ""), (result.ExitCode, result.OutputText, result.ErrorText));
    }

    [Fact]
    public void TheFileTakesNumbersListsObjectsAndComments()
    {
        using var scratch = new ScratchDirectory();
        scratch.Write("shared/file", "content\n");
        scratch.Write("kpio.json", """
            {
              // Numbers are written as JSON's own, a repeated option as a list.
              "user": 1000, "timeout": 60, "root": "empty", "cwd": "/shared",
              "env": { "FIRST": "one", "SECOND": "two" },
              "mount": [ "shared:/shared", "BUSYBOX:/busybox", ],
            }
            """.Replace("BUSYBOX", s_busyBox, StringComparison.Ordinal));
        Assert.Equal("uid=1000 gid=1000\n", Run(scratch, "id").OutputText);
        Assert.Equal("content\n", Run(scratch, "cat", "file").OutputText);
        Assert.Contains("FIRST=one\nSECOND=two\n", Run(scratch, "env").OutputText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"user\": ")]
    [InlineData("")]
    [InlineData("[ 1 ]")]
    [InlineData("{ \"no-such-option\": 1 }")]
    [InlineData("{ \"user\": \"nobody\" }")]
    [InlineData("{ \"memory\": true }")]
    [InlineData("{ \"memory\": [ \"1G\" ] }")]
    public void ABrokenFileIsToldInOneLine(string content)
    {
        using var scratch = new ScratchDirectory();
        scratch.Write("kpio.json", content);
        RunResult result = KpioCommandRunner.Invoke(["run", "--", s_busyBox, "true"], scratch.Path);
        Assert.Equal(125, result.ExitCode);
        Assert.Empty(result.OutputText);
        Assert.StartsWith("kpio: kpio.json", result.ErrorText, StringComparison.Ordinal);
        Assert.DoesNotMatch("JsonElement|Tokens|Depth", result.ErrorText);
        Assert.Equal(result.ErrorText.Length - 1, result.ErrorText.IndexOf('\n', StringComparison.Ordinal));
    }

    [Fact]
    public void ABrokenVariableIsNamed()
    {
        using var scratch = new ScratchDirectory();
        var environment = new Dictionary<string, string>(ProgramRun.PlainEnvironment) { ["KPIO_MEMORY"] = "much" };
        RunResult result = KpioCommandRunner.Invoke(["run", "--", s_busyBox, "true"], scratch.Path, environment: environment);
        Assert.Equal(125, result.ExitCode);
        Assert.StartsWith("kpio: KPIO_MEMORY: ", result.ErrorText, StringComparison.Ordinal);
    }

    private static RunResult Run(ScratchDirectory scratch, params string[] applet)
    {
        RunResult result = KpioCommandRunner.Invoke(["run", "--", "/busybox", .. applet], scratch.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        return result;
    }
}

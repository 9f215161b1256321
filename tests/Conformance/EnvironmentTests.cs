using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>The guest's environment is the host's to the byte: nothing that the launcher or the runtime sets for itself is in it.</summary>
public sealed class EnvironmentTests
{
    private static readonly string BusyBox = BusyBoxFixture.Find();

    [Fact]
    public void NothingOfTheLauncherIsInIt() => Check([]);

    [Theory]
    [InlineData("DOTNET_EnableWriteXorExecute", "1")]
    [InlineData("DOTNET_EnableWriteXorExecute", "0")]
    [InlineData("DOTNET_EnableDiagnostics_IPC", "0")]
    [InlineData("DOTNET_EnableDiagnostics", "0")]
    [InlineData("KPIO_MEMORY", "1G")]
    [InlineData("EMPTY", "")]
    [InlineData("LINES", "one\ntwo")]
    [InlineData("BYTES", "\u00fc\u20ac = \t")]
    public void WhatTheUserSetIsInIt(string name, string value) => Check(new() { [name] = value });

    [Fact]
    public void ATreeOfItsOwnHasWhatALoginSets()
    {
        RunResult result = KpioCommandRunner.Invoke(
            ["run", "--root", "empty", "--mount", $"{BusyBox}:/busybox", "/busybox", "env", "-0"],
            "/",
            environment: new Dictionary<string, string> { ["PATH"] = "/bin", ["SECRET"] = "secret", ["TERM"] = "vt100" });
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        Assert.Equal("HOME=/\0PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\0TERM=vt100\0", Sorted(result.OutputText));
    }

    [Fact]
    public void NothingIsLeftInTheFolderForTemporaryFiles()
    {
        using var scratch = new ScratchDirectory();
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["TMPDIR"] = scratch.Path };
        RunResult result = KpioCommandRunner.Invoke(["run", BusyBox, "true"], "/", environment: environment);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Path));
    }

    private static void Check(Dictionary<string, string> more)
    {
        var environment = new Dictionary<string, string>(more) { ["PATH"] = "/usr/bin:/bin", ["PWD"] = "/", ["HOME"] = "/" };
        RunResult native = ChildProcess.Run(BusyBox, ["env", "-0"], "/", environment);
        RunResult own = KpioCommandRunner.Invoke(["run", BusyBox, "env", "-0"], "/", environment: environment);
        Assert.Equal((0, ""), (own.ExitCode, own.ErrorText));
        Assert.Equal(Sorted(native.OutputText), Sorted(own.OutputText));
    }

    private static string Sorted(string variables) =>
        string.Concat(variables.Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(static line => line + "\0"));
}

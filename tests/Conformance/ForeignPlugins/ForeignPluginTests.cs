using System.Text.Json;
using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.ForeignPlugins;

/// <summary>Somebody else's plugins, loaded with <c>--plugin</c> and <c>--abi</c>.</summary>
public sealed class ForeignPluginTests(PluginFolder plugins) : IClassFixture<PluginFolder>
{
    private static readonly string BusyBox = BusyBoxFixture.Find();

    [Fact]
    public void FileSystemOfAPluginIsMountedByItsType()
    {
        string[] options = ["run", "--plugin", plugins.Greetings, "--mount", "greetings:you there:/tmp/greetings"];
        Check([.. options, BusyBox, "cat", "/tmp/greetings/hello", "/tmp/greetings/hi"], 0, "hello, you there\nhello, you there\n", "");
        Check([.. options, BusyBox, "ls", "-F", "/tmp/greetings"], 0, "hello\nhi@\n", "");
        Check([.. options, BusyBox, "touch", "/tmp/greetings/new"], 1, "", "touch: /tmp/greetings/new: Read-only file system\n");
        Check([.. options, BusyBox, "cat", "/tmp/greetings/ho"], 1, "", "cat: can't open '/tmp/greetings/ho': No such file or directory\n");
        Check([.. options, BusyBox, "grep", " /tmp/greetings ", "/proc/mounts"], 0, "greetings /tmp/greetings greetings ro,relatime 0 0\n", "");
    }

    [Fact]
    public void TypeOfAPluginWorksInAnEmptyRootAndTwice() => Check(
        [
            "run", "--root", "empty", "--mount", $"{BusyBox}:/busybox", "--plugin", plugins.Greetings,
            "--mount", "greetings:one:/1", "--mount", "greetings:two:/2:ro", "/busybox", "cat", "/1/hello", "/2/hello",
        ],
        0,
        "hello, one\nhello, two\n",
        "");

    [Fact]
    public void TypeThatRefusesItsSourceEndsInALine() => Check(
        ["run", "--plugin", plugins.Greetings, "--mount", "greetings::/tmp/greetings", BusyBox, "true"],
        125,
        "",
        "kpio: mount /tmp/greetings: it does not fit there\n");

    [Fact]
    public void TypeWithoutItsPluginEndsInALine() => Check(
        ["run", "--mount", "greetings:you:/tmp/greetings", BusyBox, "true"],
        125,
        "",
        "kpio: mount /tmp/greetings: there is no such type of file system\n");

    [Fact]
    public void LayerIsChosenByItsAssemblysPath()
    {
        Check(["run", "--abi", plugins.Shouting, BusyBox, "echo", "hello"], 0, "HELLO\n", "");
        Check(["run", "--abi", Path.GetRelativePath("/", plugins.Shouting), "--", BusyBox, "echo", "hello"], 0, "HELLO\n", "");
        Check(["run", "--plugin", plugins.Shouting, "--abi", plugins.Shouting, BusyBox, "echo", "hello"], 0, "HELLO\n", "");
    }

    [Fact]
    public void LayerIsChosenByItsName() => Check(["run", "--plugin", plugins.Shouting, "--abi", "shouting", BusyBox, "echo", "hello"], 0, "HELLO\n", "");

    [Fact]
    public void LayerThatIsNotChosenChangesNothing() => Check(["run", "--plugin", plugins.Shouting, BusyBox, "echo", "hello"], 0, "hello\n", "");

    [Fact]
    public void LayerTakesCallsAwayAndAddsSome()
    {
        Check(["run", "--abi", plugins.Shouting, GuestProgram.Build("support/layer.c")], 0, "umask: -38\ncall 600: 42\n", "");
        Check(["run", GuestProgram.Build("support/layer.c")], 0, "umask: 0\ncall 600: -38\n", "");
        Check(
            ["run", "--abi", plugins.Shouting, "--trace", "--trace-format", "strace", "--trace-filter", "add", GuestProgram.Build("support/layer.c")],
            0,
            "umask: -38\ncall 600: 42\n",
            "kpio: unknown syscall umask (95): ENOSYS\nadd(40, 2)                              = 42\n+++ exited with 0 +++\n");
    }

    [Fact]
    public void CommandsDescribeWhatAPluginBrings()
    {
        RunResult list = KpioCommandRunner.Invoke(["abi", "list", "--format", "csv", "--abi", plugins.Shouting], "/");
        string[] lines = list.OutputText.Split('\n');
        Assert.Equal((0, ""), (list.ExitCode, list.ErrorText));
        Assert.Contains(lines, static line => line.StartsWith("600,add,", StringComparison.Ordinal) && line.EndsWith(",the sum", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("1,write,A,", StringComparison.Ordinal) && line.EndsWith("small letters become capital ones", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("95,umask,", StringComparison.Ordinal) && line.Contains(",none,", StringComparison.Ordinal));

        RunResult loaded = KpioCommandRunner.Invoke(["plugins", "--json", "--plugin", plugins.Greetings], "/");
        using JsonDocument document = JsonDocument.Parse(loaded.OutputText);
        JsonElement row = document.RootElement.EnumerateArray().Single(static row => row.GetProperty("name").GetString() == "greetings");
        Assert.Equal(("1.2", plugins.Greetings), (row.GetProperty("version").GetString(), row.GetProperty("path").GetString()));
        Assert.Equal("IFileSystemType", Assert.Single(row.GetProperty("provides").EnumerateArray()).GetString());
    }

    [Theory]
    [InlineData("NoPlugin", "is no KPIO plugin: it has 0 public classes that implement IKernelPlugin, not one")]
    [InlineData("TwoPlugins", "is no KPIO plugin: it has 2 public classes that implement IKernelPlugin, not one")]
    [InlineData("NoConstructor", "is no KPIO plugin: BrokenPlugin has no public constructor without parameters")]
    [InlineData("NewerContract", "was built for contract version ")]
    [InlineData("OtherContract", "was built for contract version ")]
    [InlineData("FailingConstructor", "has failed: InvalidOperationException: the constructor has failed")]
    [InlineData("FailingServices", "has failed: InvalidOperationException: the services have failed")]
    [InlineData("FailingService", "has failed: InvalidOperationException: the service has failed")]
    [InlineData("MissingRequirement", "requires IDisposable, which no loaded plugin provides")]
    [InlineData("NoPlaceForService", "provides IDisposable, which is no service that the kernel has a place for")]
    [InlineData("MissingService", "says that it provides IVfs, but registers no such service")]
    [InlineData("TakenName", "two plugins are named 'vfs'")]
    public void PluginThatDoesNotFitEndsInALine(string symbol, string message)
    {
        string path = plugins.Broken(symbol);
        Fails(["run", "--plugin", path, BusyBox, "true"], message);
        Fails(["run", "--abi", path, BusyBox, "true"], message);
        Fails(["plugins", "--plugin", path], message);
        Fails(["abi", "list", "--abi", path], message);
    }

    [Fact]
    public void LayerThatDoesNotFitEndsInALine() =>
        Fails(["run", "--abi", plugins.Broken("FailingLayer"), BusyBox, "true"], "has failed: InvalidOperationException: ");

    [Theory]
    [InlineData("missing.dll", "there is no file ")]
    [InlineData("./missing", "there is no file ")]
    [InlineData("/", "there is no file ")]
    [InlineData("text.dll", "cannot be loaded as a plugin: it is no .NET assembly")]
    [InlineData("empty.dll", "cannot be loaded as a plugin: it is no .NET assembly")]
    [InlineData("truncated.dll", "cannot be loaded as a plugin: it is no .NET assembly")]
    [InlineData("/bin/true", "cannot be loaded as a plugin: it is no .NET assembly")]
    public void WhatIsNoAssemblyEndsInALine(string path, string message)
    {
        File.WriteAllText(Path.Combine(plugins.Path, "text.dll"), "some text\n");
        File.WriteAllText(Path.Combine(plugins.Path, "empty.dll"), "");
        File.WriteAllBytes(Path.Combine(plugins.Path, "truncated.dll"), File.ReadAllBytes(plugins.Shouting)[..1000]);
        Fails(["run", "--plugin", path, BusyBox, "true"], message);
        Fails(["run", "--abi", path, BusyBox, "true"], message);
    }

    [Fact]
    public void WhatHasNoAbiCannotBeChosen()
    {
        Fails(["run", "--abi", plugins.Greetings, BusyBox, "true"], "has no ABI: it provides neither ISyscallLayer nor ISyscallAbi");
        Fails(["run", "--abi", "nobodys", BusyBox, "true"], "no plugin has an ABI named 'nobodys'; there are: linux, kpio-tier-a");
        Fails(["abi", "list", "--abi", "nobodys"], "no plugin has an ABI named 'nobodys'; there are: linux, kpio-tier-a");
    }

    private void Fails(string[] arguments, string message)
    {
        RunResult result = KpioCommandRunner.Invoke(arguments, plugins.Path);
        Assert.Equal((125, ""), (result.ExitCode, result.OutputText));
        string line = Assert.Single(result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("kpio: ", line, StringComparison.Ordinal);
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.DoesNotContain("defect in KPIO", line, StringComparison.Ordinal);
    }

    private static void Check(string[] arguments, int exitCode, string output, string error)
    {
        RunResult result = KpioCommandRunner.Invoke(arguments, "/");
        Assert.Equal((exitCode, output, error), (result.ExitCode, result.OutputText, result.ErrorText));
    }
}

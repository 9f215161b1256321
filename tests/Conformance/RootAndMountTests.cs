using System.Formats.Tar;
using System.Runtime.Versioning;
using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>What a guest sees and may change: <c>--root</c>, <c>--mount</c>, <c>--user</c>, <c>--cwd</c>, <c>--env</c>.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RootAndMountTests
{
    private static readonly string s_busyBox = BusyBoxFixture.Find();

    [Fact]
    public void AMountIsReadOnlyUnlessItSaysOtherwise()
    {
        using var scratch = new ScratchDirectory();
        scratch.Write("shared/file", "content\n");
        foreach (string mode in (string[])["", ":ro"])
        {
            string[] options = ["--mount", scratch.Path + "/shared:/m" + mode];
            Assert.Equal("content\n", Succeed(scratch, options, "cat", "/m/file"));
            Assert.Contains("Read-only file system", Fail(scratch, options, "touch", "/m/new"), StringComparison.Ordinal);
            Assert.Contains("Read-only file system", Fail(scratch, options, "rm", "/m/file"), StringComparison.Ordinal);
        }

        string[] writable = ["--mount", scratch.Path + "/shared:/m:rw"];
        Succeed(scratch, writable, "cp", "/m/file", "/m/new");
        Assert.Equal("content\n", File.ReadAllText(scratch.Path + "/shared/new"));
        Succeed(scratch, writable, "rm", "/m/file");
        Assert.False(File.Exists(scratch.Path + "/shared/file"));
    }

    [Fact]
    public void AMountTakesOptionsOfItsType()
    {
        using var scratch = new ScratchDirectory();
        string[] options = ["--mount", "tmpfs,size=8k,mode=0711::/m:rw"];
        Assert.Equal("711\n", Succeed(scratch, options, "stat", "-c", "%a", "/m"));
        Assert.Contains("No space left on device", Fail(scratch, options, "dd", "if=/dev/zero", "of=/m/file", "bs=4k", "count=3"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root")]
    [InlineData("root.tar")]
    public void ADirectoryAndAnArchiveAreRootsThatStayAsTheyAre(string root)
    {
        using var scratch = new ScratchDirectory();
        scratch.Write("root/etc/name", "inside\n");
        File.Copy(s_busyBox, scratch.Path + "/root/busybox");
        TarFile.CreateFromDirectory(scratch.Path + "/root", scratch.Path + "/root.tar", includeBaseDirectory: false);
        IReadOnlyList<string> before = scratch.Snapshot();
        string[] options = ["--root", root];
        Assert.Equal("inside\n", Succeed(scratch, options, "cat", "/etc/name"));
        Assert.Equal("inside\n", Succeed(scratch, [.. options, "--cwd", "/etc"], "cat", "name"));
        Assert.Contains("No such file", Fail(scratch, options, "cat", "/etc/passwd"), StringComparison.Ordinal);
        Succeed(scratch, options, "mv", "/etc/name", "/etc/other");
        Succeed(scratch, options, "touch", "/new");
        Assert.Equal(before, scratch.Snapshot());
    }

    [Fact]
    public void AnEmptyRootHoldsWhatIsMountedAlone()
    {
        using var scratch = new ScratchDirectory();
        string[] options = [.. Sandbox, "--mount", scratch.Path + ":/m"];
        Assert.Equal("busybox\ndev\nm\nproc\nsys\ntmp\n", Succeed(scratch, options, "ls", "/"));
        Assert.Equal("/\n", Succeed(scratch, options, "pwd"));
    }

    [Fact]
    public void NoLinkAndNoDotsLeadOutOfAMount()
    {
        using var scratch = new ScratchDirectory();
        string secret = scratch.Write("secret", "secret\n");
        scratch.Write("shared/file", "content\n");
        scratch.Write("shared/folder/file", "content\n");
        File.CreateSymbolicLink(scratch.Path + "/shared/inside", "folder/../file");
        File.CreateSymbolicLink(scratch.Path + "/shared/relative", "../secret");
        File.CreateSymbolicLink(scratch.Path + "/shared/absolute", secret);
        File.CreateSymbolicLink(scratch.Path + "/shared/above", "..");
        File.CreateSymbolicLink(scratch.Path + "/shared/made", "../made");
        File.CreateSymbolicLink(scratch.Path + "/shared/host", scratch.Path);
        string[] options = [.. Sandbox, "--mount", scratch.Path + "/shared:/m:rw"];
        Assert.Equal("content\n", Succeed(scratch, options, "cat", "/m/inside"));
        string[] ways =
        [
            "/m/relative", "/m/absolute", "/m/above/secret", "/m/host/secret", "/m/../secret", "/m/folder/../../secret",
            "/m/../../../../../../../.." + secret, "/proc/self/root" + secret, "/proc/self/cwd/.." + secret, secret,
        ];
        foreach (string way in ways)
            Assert.Contains("No such file", Fail(scratch, options, "cat", way), StringComparison.Ordinal);

        // What is made through a link that leads up is made in the guest's root, which is memory.
        Succeed(scratch, options, "cp", "/m/file", "/m/made");
        Succeed(scratch, options, "cp", "/m/file", "/m/above/made");
        Assert.False(File.Exists(scratch.Path + "/made"));
        Assert.Equal("secret\n", File.ReadAllText(secret));
    }

    [Fact]
    public void TheUserIsWhoTheOptionSaysAndMayNoMore()
    {
        using var scratch = new ScratchDirectory();
        string file = scratch.Write("private", "content\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] root = [.. Sandbox, "--mount", scratch.Path + ":/m"];
        string[] user = [.. root, "--user", "54321:54322"];
        Assert.Equal("uid=0 gid=0\n", Succeed(scratch, root, "id"));
        Assert.Equal("uid=54321 gid=54322\n", Succeed(scratch, user, "id"));
        Assert.Equal("uid=54321 gid=54321\n", Succeed(scratch, [.. root, "--user", "54321"], "id"));
        Assert.Equal("content\n", Succeed(scratch, root, "cat", "/m/private"));
        Assert.Contains("Permission denied", Fail(scratch, user, "cat", "/m/private"), StringComparison.Ordinal);
    }

    [Fact]
    public void EnvironmentAndWorkingDirectoryAreWhatTheOptionsSay()
    {
        using var scratch = new ScratchDirectory();
        var environment = new Dictionary<string, string>(ProgramRun.PlainEnvironment) { ["OWN"] = "of the host", ["OTHER"] = "too" };
        RunResult result = KpioCommandRunner.Invoke(
            ["run", .. Sandbox, "--env", "FIRST=one=1", "--env", "OWN", "--env", "EMPTY=", "--env", "PATH=/x", "--", "/busybox", "env"],
            scratch.Path,
            environment: environment);
        string[] lines = result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["EMPTY=", "FIRST=one=1", "HOME=/", "OWN=of the host", "PATH=/x"],
            lines.Where(static line => !line.StartsWith("TERM=", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal("/tmp\n", Succeed(scratch, [.. Sandbox, "--cwd", "/tmp"], "pwd"));
        result = KpioCommandRunner.Invoke(["run", .. Sandbox, "--cwd", "/missing", "--", "/busybox", "pwd"], scratch.Path);
        Assert.Equal(125, result.ExitCode);
        Assert.Contains("/missing", result.ErrorText, StringComparison.Ordinal);
    }

    private static string[] Sandbox => ["--root", "empty", "--mount", s_busyBox + ":/busybox"];

    private static string Succeed(ScratchDirectory scratch, string[] options, params string[] applet)
    {
        RunResult result = Run(scratch, options, applet);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        return result.OutputText;
    }

    private static string Fail(ScratchDirectory scratch, string[] options, params string[] applet)
    {
        RunResult result = Run(scratch, options, applet);
        Assert.Equal((1, ""), (result.ExitCode, result.OutputText));
        return result.ErrorText;
    }

    // In a root of the host BusyBox lies where the host has it; in others it was put at the top.
    private static RunResult Run(ScratchDirectory scratch, string[] options, string[] applet) => KpioCommandRunner.Invoke(
        ["run", .. options, "--", options.Contains("--root") ? "/busybox" : s_busyBox, .. applet], scratch.Path);
}

using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// <c>kpio demo</c>, as it is, and where there is no BusyBox: with a package that apt-get fetches (a real one, made here, by an apt-get
/// that takes it from a folder) and on systems without apt. It runs from a copy of the build, whose artifacts are its own.
/// </summary>
public sealed class DemoTests : IDisposable
{
    private const string AptGet = """
        #!/bin/sh
        [ "$1 $2" = "download busybox-static" ] || exit 100
        echo "$PWD" >>"$PACKAGES/fetched"
        exec /bin/cp "$PACKAGES"/busybox-static_*.deb .

        """;

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void RunsBusyBoxAndAProgram()
    {
        RunResult result = KpioCommandRunner.Invoke(["demo"], _scratch.Path, timeout: TimeSpan.FromMinutes(2), environment: ProgramRun.PlainEnvironment);
        Assert.Equal(0, result.ExitCode);
        ShowsEverything(result);
        Assert.Contains("a C program with 2 arguments, the second is 'second'", result.OutputText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bin")]
    [InlineData("usr/bin")]
    public void FetchesThePackageOnce(string folder)
    {
        Tool("apt-get", AptGet);
        MakePackage(folder, BusyBoxFixture.Find());
        RunResult first = RunCopy();
        Assert.Equal((0, ""), (first.ExitCode, OwnLines(first)));
        Assert.Contains("Fetching Debian's busybox-static ...\n", first.OutputText, StringComparison.Ordinal);
        ShowsEverything(first);
        Assert.Contains("There is no C compiler with a static C library here", first.OutputText, StringComparison.Ordinal);
        Assert.Contains("a program assembled by the demo: two system calls, no library\n", first.OutputText, StringComparison.Ordinal);

        RunResult second = RunCopy();
        Assert.Equal(0, second.ExitCode);
        Assert.DoesNotContain("Fetching", second.OutputText, StringComparison.Ordinal);
        string fetched = Assert.Single(File.ReadAllLines(Path.Combine(_scratch.Path, "packages", "fetched")));
        Assert.Equal(Path.Combine(_scratch.Path, "copy", "artifacts", "demo"), fetched);
    }

    [Fact]
    public void WithoutAptSaysWhatToInstall() =>
        Fails("kpio: the demo needs a static BusyBox, and there is no apt-get and dpkg to fetch Debian's: install busybox (static) and run 'kpio demo' again\n");

    [Fact]
    public void DynamicBusyBoxIsNotEnough()
    {
        File.Copy("/bin/true", Path.Combine(Directory.CreateDirectory(Path.Combine(_scratch.Path, "tools")).FullName, "busybox"));
        Fails("kpio: the demo needs a static BusyBox, and there is no apt-get and dpkg to fetch Debian's: install busybox (static) and run 'kpio demo' again\n");
    }

    [Fact]
    public void FailingDownloadSaysWhatToDo()
    {
        Tool("apt-get", "#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n");
        Tool("dpkg", "#!/bin/sh\n");
        Fails("kpio: Debian's busybox-static cannot be fetched: 'apt-get update && apt-get install busybox-static', then run 'kpio demo' again\n");
    }

    [Fact]
    public void PackageWithoutBusyBoxIsTold()
    {
        Tool("apt-get", AptGet);
        MakePackage("usr/share/doc", BusyBoxFixture.Find());
        RunResult result = RunCopy();
        Assert.Equal(125, result.ExitCode);
        Assert.EndsWith(" has no busybox: install busybox-static and run 'kpio demo' again\n", result.ErrorText, StringComparison.Ordinal);
    }

    private static void ShowsEverything(RunResult result)
    {
        Assert.Contains("\nLinux 6.1.0-kpio x86_64\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("hello from BusyBox\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("8! = 40320", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("plugin: abi\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("\nNext: kpio run ", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("Linux Syscall Statistics Summary", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("openat(AT_FDCWD, \"/etc/hostname\", O_RDONLY", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("[TRACE] pid=2 exit_group(231) args=(0x0, ", result.ErrorText, StringComparison.Ordinal);
    }

    // What stands on standard error of KPIO's own.
    private static string OwnLines(RunResult result) =>
        string.Concat(result.ErrorText.Split('\n').Where(static line => line.StartsWith("kpio: ", StringComparison.Ordinal)));

    private void Fails(string message)
    {
        RunResult result = RunCopy();
        Assert.Equal((125, message), (result.ExitCode, result.ErrorText));
    }

    /// <summary>The demo from a copy of the build, with the tools of the test alone.</summary>
    private RunResult RunCopy()
    {
        KpioCommandRunner.Invoke(["--version"], "/"); // builds it
        string current = RepositoryRoot.Combine("artifacts", "kpio", "current");
        string copy = Path.Combine(_scratch.Path, "copy", "artifacts", "kpio", "current");
        if (!Directory.Exists(copy))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            ChildProcess.Run("/bin/cp", ["-RL", current, copy], "/");
        }

        Directory.CreateDirectory(Path.Combine(_scratch.Path, "tools"));
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath!;
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = Path.Combine(_scratch.Path, "tools"),
            ["HOME"] = _scratch.Path,
            ["PACKAGES"] = Path.Combine(_scratch.Path, "packages"),
        };
        return ChildProcess.Run(dotnet, [Path.Combine(copy, "Kpio.Cli.dll"), "demo"], _scratch.Path, environment, timeout: TimeSpan.FromMinutes(2));
    }

    private void MakePackage(string folder, string busyBox)
    {
        string root = Path.Combine(_scratch.Path, "package");
        _scratch.Write("package/DEBIAN/control", "Package: busybox-static\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n");
        string target = Directory.CreateDirectory(Path.Combine(root, folder)).FullName;
        File.Copy(busyBox, Path.Combine(target, folder.EndsWith("bin", StringComparison.Ordinal) ? "busybox" : "README"));
        string packages = Directory.CreateDirectory(Path.Combine(_scratch.Path, "packages")).FullName;
        RunResult made = ChildProcess.Run("/usr/bin/dpkg-deb", ["-b", root, Path.Combine(packages, "busybox-static_1_amd64.deb")], "/");
        Assert.True(made.ExitCode == 0, made.ErrorText);
        foreach (string tool in (string[])["dpkg", "dpkg-deb", "tar", "xz", "rm"])
        {
            string? path = ((string[])["/usr/bin/", "/bin/"]).Select(prefix => prefix + tool).FirstOrDefault(File.Exists);
            if (path is not null)
                File.CreateSymbolicLink(Path.Combine(_scratch.Path, "tools", tool), path);
        }
    }

    private void Tool(string name, string script) => _scratch.WriteProgram("tools/" + name, script);
}

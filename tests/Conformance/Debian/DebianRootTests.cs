using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Debian;

/// <summary>
/// <c>--root</c> with a small Debian tree (merged /usr, a dynamic loader, a C library, a shell and some programs), as a directory, as an
/// archive and as a compressed one.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class DebianRootTests
{
    private static readonly string[] Programs = ["dash", "cat", "ls", "mkdir", "mv", "sed", "sort", "tr", "wc"];

    // Nothing here depends on the tree, so that the host's own programs are the oracle.
    private const string Work = """
        echo c b a | tr ' ' '\n' | sort
        mkdir -p "$0/deep"; cd "$0/deep"; echo text > file; mv file moved; cat moved; ls
        cd ..; ls -l missing; echo $?
        sed -n 's/x\(.*\)/\1/p' <<END | wc -c
        xone
        two
        END
        (exit 9)
        """;

    [Theory]
    [InlineData("tree")]
    [InlineData("tree.tar")]
    [InlineData("tree.tar.gz")]
    public void ProgramsFindTheirLoaderAndLibrariesInTheTree(string root)
    {
        using var scratch = new ScratchDirectory();
        MakeTree(scratch.Path + "/tree");
        if (root != "tree")
            MakeArchive(scratch.Path + "/tree", scratch.Path + "/" + root);
        IReadOnlyList<string> before = scratch.Snapshot();

        string[] command = ["/bin/sh", "-c", Work + "\nexit", scratch.Path + "/work"];
        RunResult native = ChildProcess.Run(command[0], command[1..], scratch.Path, ProgramRun.PlainEnvironment);
        Directory.Delete(scratch.Path + "/work", recursive: true);
        RunResult result = Run(command);
        Assert.Equal((native.OutputText, native.ErrorText, native.ExitCode), (result.OutputText, result.ErrorText, result.ExitCode));
        Assert.Equal(9, native.ExitCode);

        Assert.Equal(string.Concat(Programs.Append("sh").Order(StringComparer.Ordinal).Select(static name => name + "\n")), Run("/usr/bin/ls", "/bin").OutputText);
        Assert.Equal("inside\n", Run("cat", "/etc/name").OutputText);
        Assert.Equal(127, Run("python3").ExitCode);
        Assert.Equal(before, scratch.Snapshot());

        RunResult Run(params string[] command) => KpioCommandRunner.Invoke(["run", "--root", root, "--env", "LC_ALL=C", "--", .. command], scratch.Path);
    }

    private static void MakeTree(string tree)
    {
        foreach (string folder in (string[])["usr/bin", "usr/lib", "usr/lib64", "etc", "tmp"])
            Directory.CreateDirectory(Path.Combine(tree, folder));
        foreach (string link in (string[])["bin", "lib", "lib64"])
            File.CreateSymbolicLink(Path.Combine(tree, link), "usr/" + link);
        File.CreateSymbolicLink(tree + "/usr/bin/sh", "dash");
        File.WriteAllText(tree + "/etc/name", "inside\n");
        foreach (string program in Programs)
        {
            string path = "/bin/" + program;
            File.Copy(path, $"{tree}/usr/bin/{program}");
            RunResult needed = ChildProcess.Run("/usr/bin/ldd", [path], "/", ProgramRun.PlainEnvironment);
            foreach (Match match in Library().Matches(needed.OutputText))
            {
                // Through the tree's own links: /lib64/ld-linux-x86-64.so.2 lands in usr/lib64.
                string target = tree + match.Value;
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(match.Value, target, overwrite: true);
            }
        }
    }

    private static void MakeArchive(string tree, string archive)
    {
        using FileStream file = File.Create(archive);
        using Stream stream = archive.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        TarFile.CreateFromDirectory(tree, stream, includeBaseDirectory: false);
    }

    [GeneratedRegex(@"/\S+\.so[.\d]*")]
    private static partial Regex Library();
}

using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// A tree with the launcher, <c>kpio</c>, and a few sources, whose build takes no time: in place of .NET there is a script. It counts builds, and
/// runs either a program that shows its arguments and variables, or the real command as the repository's own launcher has built it.
/// </summary>
internal sealed class LauncherTree : IDisposable
{
    private const string Sdk = """
        #!/bin/sh
        case $1 in
          --version) echo 10.0.100 ;;
          msbuild)
            for argument; do case $argument in -p:PackageDir=*) folder=${argument#*=} ;; esac; done
            [ ! -e "$TREE/broken" ] || { echo "core/a.cs(1,1): error: it is broken"; exit 1; }
            [ ! -e "$TREE/killed" ] || exit 0
            sleep 0.3
            echo build >>"$TREE/builds"
            cp "$TREE/core/a.cs" "$folder/Kpio.Cli.dll" ;;
          *)
            program=$(cat "$1")
            shift
            [ -z "$COMMAND" ] || exec "$COMMAND" "$@"
            echo "program: $program"
            for argument; do echo "argument: $argument"; done
            env | grep -E '^(DOTNET_|KPIO_)' | sort
            echo "to standard error" >&2
            exit 7 ;;
        esac

        """;

    private readonly ScratchDirectory _scratch = new();
    private readonly string _command = "";

    /// <summary>Makes the tree.</summary>
    /// <param name="startsCommand">Whether the real command is run.</param>
    /// <param name="launcherCompares">Whether this shall look like a host on which the program cannot compare times, so that the launcher does.</param>
    public LauncherTree(bool startsCommand = false, bool launcherCompares = false)
    {
        Root = Path.Combine(_scratch.Path, "a tree");
        _scratch.WriteProgram("bin/dotnet", Sdk);
        if (launcherCompares)
            _scratch.WriteProgram("bin/uname", "#!/bin/sh\ncase $1 in -s) echo Darwin ;; *) echo x86_64 ;; esac\n");
        foreach (string file in (string[])["core/a.cs", "platform/b's.cs", "plugins/x/c.cs", "tools/Packaging/p.proj", "global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            Write(file, "1\n");
        File.Copy(RepositoryRoot.Combine("kpio"), Launcher);
        if (!startsCommand)
            return;
        KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
        _command = RepositoryRoot.Combine("artifacts", "kpio", "current", "Kpio.Cli");
    }

    /// <summary>The folder above the tree.</summary>
    public string Above => _scratch.Path;

    /// <summary>The tree's root.</summary>
    public string Root { get; }

    /// <summary>The launcher in it.</summary>
    public string Launcher => Path.Combine(Root, "kpio");

    /// <summary>How often there was a build.</summary>
    public int Builds => File.ReadAllLines(Path.Combine(Root, "builds")).Length;

    /// <summary>The folders of packages.</summary>
    public string[] Packages => Directory.Exists(Path.Combine(Root, "artifacts", "kpio")) ? Directory.GetDirectories(Path.Combine(Root, "artifacts", "kpio"), "*-*") : [];

    /// <summary>Writes a file of the tree.</summary>
    public void Write(string file, string content) => _scratch.Write("a tree/" + file, content);

    /// <summary>As if all that is there had been there for long: file times are too coarse to tell a change right after a build.</summary>
    public void Age()
    {
        DateTime past = DateTime.UtcNow.AddMinutes(-10);
        foreach (string path in Directory.GetFileSystemEntries(Root, "*", SearchOption.AllDirectories).Where(path => !path.StartsWith(Path.Combine(Root, "artifacts"), StringComparison.Ordinal)))
        {
            if (Directory.Exists(path))
                Directory.SetLastWriteTimeUtc(path, past);
            else if (File.Exists(path))
                File.SetLastWriteTimeUtc(path, past);
        }

        File.SetLastWriteTimeUtc(Path.Combine(Root, "artifacts", "kpio", "current", ".stamp"), past.AddMinutes(1));
    }

    /// <summary>Runs the launcher from the root directory.</summary>
    public RunResult Run(params string[] arguments) => ChildProcess.Run(Launcher, arguments, "/", Variables([]));

    /// <summary>Runs a line of shell.</summary>
    public RunResult RunShell(string folder, string line, Dictionary<string, string> environment, string input = "") =>
        ChildProcess.Run("/bin/sh", ["-c", line], folder, Variables(environment), System.Text.Encoding.Latin1.GetBytes(input));

    /// <summary>The variables that the launcher is run with.</summary>
    public Dictionary<string, string> Variables(Dictionary<string, string> more) => new(more)
    {
        ["PATH"] = Path.Combine(_scratch.Path, "bin") + ":/usr/bin:/bin",
        ["HOME"] = _scratch.Path,
        ["TREE"] = Root,
        ["COMMAND"] = _command,
    };

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();
}

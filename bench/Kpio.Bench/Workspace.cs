using System.Diagnostics;

namespace Kpio.Bench;

/// <summary>The source tree that the benchmarks build from and run in.</summary>
internal sealed class Workspace
{
    /// <summary>Finds the tree above the running assembly.</summary>
    public Workspace()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KPIO.sln")))
            folder = folder.Parent;
        Root = folder?.FullName ?? throw new InvalidOperationException($"No KPIO.sln above {AppContext.BaseDirectory}.");
        Output = Path.Combine(Root, "artifacts", "bench");
        Directory.CreateDirectory(Output);
    }

    /// <summary>The tree's root.</summary>
    public string Root { get; }

    /// <summary>Where measured programs' output and the hello-world go.</summary>
    public string Output { get; }

    /// <summary>Builds a C file, statically with glibc or as another variant of <c>tests/Guests/build.sh</c>, and answers the program's path.</summary>
    public string BuildGuest(string source, string variant = "glibc") =>
        Capture(Path.Combine(Root, "tests", "Guests", "build.sh"), Path.Combine(Root, source), variant).TrimEnd('\n');

    /// <summary>The command line that runs a program natively, under qemu-user or under KPIO.</summary>
    public IReadOnlyList<string> CommandOn(string system, BenchOptions options, IReadOnlyList<string> command) => system switch
    {
        "native" => command,
        "qemu" => [options.Qemu, .. command],
        _ => [Path.Combine(Root, "kpio"), "run", .. options.KpioOptions, "--", .. command],
    };

    /// <summary>Publishes the hello-world, ReadyToRun, and answers its path.</summary>
    public string BuildHello(string runtime)
    {
        string folder = Path.Combine(Output, "hello");
        Capture(
            "dotnet", "publish", Path.Combine(Root, "bench", "Hello"), "-c", "Release", "-r", runtime, "--self-contained", "false",
            "-p:PublishReadyToRun=true", "-p:DebugType=none", "-p:RunAnalyzers=false", $"-p:ArtifactsPath={Path.Combine(Output, "build")}", "-o", folder, "-v", "q", "--nologo");
        return Path.Combine(folder, "hello");
    }

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a command and answers its standard output.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it wrote.</exception>
    public string Capture(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{command} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}{error.Result}");
    }
}

using Kpio.Testing;

namespace Kpio.Conformance.Tests.BusyBox;

/// <summary>The machine's static BusyBox, and the folder that its command lines start in: laid out once, copied for each run.</summary>
public sealed class BusyBoxFixture : IDisposable
{
    private readonly ScratchDirectory _template = new();

    /// <summary>Lays out the folder.</summary>
    public BusyBoxFixture()
    {
        Program = Find();
        string script = RepositoryRoot.Combine("tests", "Conformance", "BusyBox", "fixture.sh");
        RunResult result = ChildProcess.Run("/bin/sh", [script], _template.Path, ProgramRun.PlainEnvironment);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"fixture.sh: exit code {result.ExitCode}\n{result.ErrorText}");
    }

    /// <summary>The path of BusyBox.</summary>
    public string Program { get; }

    /// <summary>The lines of a data file beside this class, without comments.</summary>
    public static IReadOnlyList<string> Lines(string file) =>
        [.. File.ReadAllLines(RepositoryRoot.Combine("tests", "Conformance", "BusyBox", file))
            .Where(static line => line.Length > 0 && line[0] != '#')];

    /// <summary>The applets that the machine's BusyBox has.</summary>
    public static IReadOnlyList<string> Applets() =>
        ChildProcess.Run(Find(), ["--list"], "/", ProgramRun.PlainEnvironment).OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Copies the folder, with permissions and times, to a run's own.</summary>
    public void SetUp(ScratchDirectory scratch)
    {
        RunResult result = ChildProcess.Run("/bin/cp", ["-a", _template.Path + "/.", scratch.Path], "/", ProgramRun.PlainEnvironment);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"cp: {result.ErrorText}");
    }

    /// <summary>A run of a command line.</summary>
    internal ProgramRun Run(CommandLine line) => new(Program, [.. line.Words])
    {
        Input = line.InputFile is { } file ? File.ReadAllBytes(Path.Combine(_template.Path, file)) : [],
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <inheritdoc/>
    public void Dispose() => _template.Dispose();

    internal static string Find() => (Environment.GetEnvironmentVariable("PATH") ?? "/bin:/usr/bin").Split(':')
        .Select(static folder => Path.Combine(folder, "busybox"))
        .FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("busybox is not installed: apt install busybox-static");
}

using System.Text;

namespace Kpio.Testing;

/// <summary>A program to be run, the same way on Linux and on KPIO.</summary>
/// <param name="Program">Its absolute path.</param>
/// <param name="Arguments">Its arguments, argv[0] apart.</param>
public sealed record ProgramRun(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>What every program starts with unless a test says otherwise: nothing that differs between machines.</summary>
    public static IReadOnlyDictionary<string, string> PlainEnvironment { get; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/",
        ["LC_ALL"] = "C",
        ["TZ"] = "UTC0",
    };

    /// <summary>The whole environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = PlainEnvironment;

    /// <summary>The bytes on standard input, which then ends.</summary>
    public byte[] Input { get; init; } = [];

    /// <summary>Options of <c>kpio run</c> for the KPIO side alone.</summary>
    public IReadOnlyList<string> KpioOptions { get; init; } = [];

    /// <summary>How long either side may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The environment with PWD, which shells (and so the launcher) add when it is missing.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentIn(string workingDirectory) =>
        new Dictionary<string, string>(Environment) { ["PWD"] = workingDirectory };

    /// <summary>The same with text as standard input.</summary>
    public ProgramRun WithInput(string text) => this with { Input = Encoding.Latin1.GetBytes(text) };
}

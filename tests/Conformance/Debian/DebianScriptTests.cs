using Kpio.Testing;

namespace Kpio.Conformance.Tests.Debian;

/// <summary>
/// Debian's dynamically linked programs as they are installed: each script of the folder <c>Scripts</c> is run by the interpreter
/// that its name's ending stands for, natively and on KPIO, and leaves the same output, exit code and files.
/// </summary>
public sealed class DebianScriptTests
{
    private static readonly string Folder = RepositoryRoot.Combine("tests", "Conformance", "Debian", "Scripts");

    public static TheoryData<string> Scripts => [.. Directory.GetFiles(Folder).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void AgreesWithLinux(string script)
    {
        string interpreter = Path.GetExtension(script) switch
        {
            ".py" => "/usr/bin/python3",
            ".pl" => "/usr/bin/perl",
            ".lua" => "/usr/bin/lua5.4",
            ".sh" => "/bin/sh",
            _ => throw new InvalidOperationException($"No interpreter is known for {script}."),
        };
        RunResult native = Parity.Check(
            Runners.Default, new ProgramRun(interpreter, Path.Combine(Folder, script)) { Timeout = TimeSpan.FromMinutes(3) });
        Assert.NotEmpty(native.Output);
        Assert.NotEqual(127, native.ExitCode);
        Assert.DoesNotContain("not found", native.ErrorText, StringComparison.Ordinal);
    }
}

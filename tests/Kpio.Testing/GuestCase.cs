namespace Kpio.Testing;

/// <summary>
/// A conformance guest: a C file of <c>tests/Guests/conformance</c> that prints <c>name: result</c> lines. It is run natively and
/// on KPIO in an empty folder, and every line must agree.
/// </summary>
public static class GuestCase
{
    /// <summary>Builds and compares one file, and checks that it printed cases at all.</summary>
    public static void Check(IProgramRunner runner, string source, string variant = GuestVariant.Musl)
    {
        var run = new ProgramRun(GuestProgram.Build(source, variant));
        RunResult native = Parity.Check(runner, run);
        Assert.Equal(0, native.ExitCode);
        Assert.Contains(": ", native.OutputText, StringComparison.Ordinal);
    }
}

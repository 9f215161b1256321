using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Static Go programs: the runtime starts threads before main.</summary>
public sealed class GoTests
{
    public static TheoryData<string> Sources => [.. GuestProgram.Sources("go", "*.go")];

    [Theory]
    [MemberData(nameof(Sources))]
    public void AgreesWithLinux(string source) =>
        Parity.Check(Runners.Default, new ProgramRun(GuestProgram.Build(source, GuestVariant.Go)));
}

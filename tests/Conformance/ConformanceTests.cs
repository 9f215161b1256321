using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Every C file in <c>tests/Guests/conformance</c>, one test each: see the README there.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    [Theory]
    [MemberData(nameof(Sources))]
    public void AgreesWithLinux(string source) => GuestCase.Check(Runners.Default, source);
}

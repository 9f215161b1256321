using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Programs of <c>tests/Guests/threads</c>, whose output is the same whatever the order in which their threads run.</summary>
public sealed class ThreadTests
{
    public static TheoryData<string, string> Programs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string source in GuestProgram.Sources("threads"))
            {
                data.Add(source, GuestVariant.Musl);
                data.Add(source, GuestVariant.Glibc);
                data.Add(source, GuestVariant.Dynamic);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void AgreesWithLinux(string source, string variant)
    {
        RunResult native = Parity.Check(Runners.Default, new ProgramRun(GuestProgram.Build(source, variant)));
        Assert.NotEmpty(native.Output);
    }
}

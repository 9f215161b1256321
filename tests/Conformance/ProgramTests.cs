using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Whole programs of <c>tests/Guests/programs</c>, each on both C libraries and as static-PIE, and programs in Rust.</summary>
public sealed partial class ProgramTests
{
    // glibc chooses its mathematics by CPUID, and versions with FMA round differently. Both sides are held to those without.
    private static readonly Dictionary<string, string> SameMathematics = new(ProgramRun.PlainEnvironment)
    {
        ["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F",
    };

    public static TheoryData<string, string> Programs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string source in GuestProgram.Sources("programs"))
            {
                foreach (string variant in GuestVariant.AllOfC)
                    data.Add(source, variant);
            }

            return data;
        }
    }

    public static TheoryData<string> RustPrograms => [.. GuestProgram.Sources("rust", "*.rs")];

    [Theory]
    [MemberData(nameof(Programs))]
    public void AgreesWithLinux(string source, string variant)
    {
        var run = new ProgramRun(GuestProgram.Build(source, variant), "first", "second argument") { Environment = SameMathematics };
        RunResult native = Parity.Check(Runners.Default, run);
        Assert.NotEmpty(native.Output);
    }

    [Theory]
    [MemberData(nameof(RustPrograms))]
    public void RustAgreesWithLinux(string source)
    {
        ProgramRun run = new ProgramRun(GuestProgram.Build(source, GuestVariant.Rust), "first", "second").WithInput("The cat and the hat.\nAnd the dog.\n");
        RunResult native = Parity.Check(Runners.Default, run, normalize: static text => ThreadId().Replace(text, "thread 'main'"));
        Assert.NotEmpty(native.Output);
    }

    // A panic's message holds the thread's id.
    [GeneratedRegex(@"thread 'main' \(\d+\)")]
    private static partial Regex ThreadId();
}

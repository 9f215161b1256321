using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Whole programs of <c>tests/Guests/programs</c>, each on both C libraries, as static-PIE and linked dynamically, and programs in C++ and Rust.</summary>
public sealed partial class ProgramTests
{
    // glibc chooses its mathematics by CPUID, and versions with FMA round differently. Both sides are held to those without.
    private static readonly Dictionary<string, string> SameMathematics = new(ProgramRun.PlainEnvironment)
    {
        ["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F",
    };

    public static TheoryData<string, string> Programs => Pairs(GuestProgram.Sources("programs"), [.. GuestVariant.AllOfC]);

    public static TheoryData<string, string> CppPrograms => Pairs(GuestProgram.Sources("cpp", "*.cpp"), GuestVariant.Cpp, GuestVariant.CppDynamic);

    public static TheoryData<string, string> RustPrograms => Pairs(GuestProgram.Sources("rust", "*.rs"), GuestVariant.Rust, GuestVariant.RustDynamic);

    [Theory]
    [MemberData(nameof(Programs))]
    public void AgreesWithLinux(string source, string variant)
    {
        var run = new ProgramRun(GuestProgram.Build(source, variant), "first", "second argument") { Environment = SameMathematics };
        RunResult native = Parity.Check(Runners.Default, run);
        Assert.NotEmpty(native.Output);
    }

    [Theory]
    [MemberData(nameof(CppPrograms))]
    public void CppAgreesWithLinux(string source, string variant)
    {
        ProgramRun run = new ProgramRun(GuestProgram.Build(source, variant)) { Environment = SameMathematics }.WithInput("first\nsecond");
        RunResult native = Parity.Check(Runners.Default, run);
        Assert.NotEmpty(native.Output);
    }

    [Theory]
    [MemberData(nameof(RustPrograms))]
    public void RustAgreesWithLinux(string source, string variant)
    {
        ProgramRun run = new ProgramRun(GuestProgram.Build(source, variant), "first", "second").WithInput("The cat and the hat.\nAnd the dog.\n");
        RunResult native = Parity.Check(Runners.Default, run, normalize: static text => ThreadId().Replace(text, "$1"));
        Assert.NotEmpty(native.Output);
    }

    private static TheoryData<string, string> Pairs(IEnumerable<string> sources, params string[] variants)
    {
        var data = new TheoryData<string, string>();
        foreach (string source in sources)
        {
            foreach (string variant in variants)
                data.Add(source, variant);
        }

        return data;
    }

    // A panic's message holds the thread's id.
    [GeneratedRegex(@"(thread '\w+') \(\d+\)")]
    private static partial Regex ThreadId();
}

using Iced.Intel;
using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// The instruction forms of the emulated machine: <c>forms.txt</c> names those that the oracle compares, <c>excluded.txt</c> the
/// others, with the reason. A line is the form's name in Iced, for the excluded ones followed by the reason of its section.
/// </summary>
internal static class FormList
{
    private const string AmdOnly = "amd ";

    private static readonly CpuidFeature[] s_v3 =
    [
        CpuidFeature.AVX, CpuidFeature.AVX2, CpuidFeature.BMI1, CpuidFeature.BMI2, CpuidFeature.F16C, CpuidFeature.FMA, CpuidFeature.LZCNT, CpuidFeature.MOVBE,
    ];

    private static readonly CpuidFeature[] s_max = [CpuidFeature.AES, CpuidFeature.PCLMULQDQ, CpuidFeature.SHA];

    /// <summary>The features of x86-64-v2 and those that every such processor has, by Iced's names.</summary>
    private static readonly HashSet<CpuidFeature> s_v2 =
    [
        CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386, CpuidFeature.INTEL486, CpuidFeature.X64,
        CpuidFeature.CMOV, CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387, CpuidFeature.MMX, CpuidFeature.SSE, CpuidFeature.SSE2,
        CpuidFeature.SSE3, CpuidFeature.SSSE3, CpuidFeature.SSE4_1, CpuidFeature.SSE4_2, CpuidFeature.CX8, CpuidFeature.CMPXCHG16B,
        CpuidFeature.POPCNT, CpuidFeature.CPUID, CpuidFeature.TSC, CpuidFeature.RDTSCP, CpuidFeature.CLFSH, CpuidFeature.FXSR, CpuidFeature.XSAVE,
        CpuidFeature.RDRAND, CpuidFeature.RDSEED, CpuidFeature.MULTIBYTENOP, CpuidFeature.PAUSE, CpuidFeature.SYSCALL, CpuidFeature.SEP,
        CpuidFeature.MSR, CpuidFeature.RDPMC, CpuidFeature.PREFETCHW,
    ];

    /// <summary>The features of a model, whose forms are all compared or excluded.</summary>
    public static IReadOnlySet<CpuidFeature> FeaturesOf(CpuModel model) => model switch
    {
        CpuModel.V2 => s_v2,
        CpuModel.V3 => s_v2.Concat(s_v3).ToHashSet(),
        _ => s_v2.Concat(s_v3).Concat(s_max).ToHashSet(),
    };

    /// <summary>Every form that a processor of the largest model has in 64-bit mode.</summary>
    public static IEnumerable<Code> Claimed { get; } = ClaimedBy(CpuModel.Max);

    /// <summary>Every form that a processor of a model has in 64-bit mode.</summary>
    public static IReadOnlyList<Code> ClaimedBy(CpuModel model)
    {
        IReadOnlySet<CpuidFeature> features = FeaturesOf(model);
        return [.. Enum.GetValues<Code>().Where(code => IsClaimed(code, features))];
    }

    /// <summary>The forms to compare.</summary>
    public static IReadOnlyList<Code> Compared { get; } = [.. ReadLines("forms.txt").Select(line => Enum.Parse<Code>(line.StartsWith(AmdOnly, StringComparison.Ordinal) ? line[AmdOnly.Length..] : line))];

    /// <summary>The forms among <see cref="Compared"/> that processors of other vendors than AMD do otherwise.</summary>
    public static IReadOnlySet<Code> OnAmdOnly { get; } = ReadLines("forms.txt").Where(line => line.StartsWith(AmdOnly, StringComparison.Ordinal)).Select(line => Enum.Parse<Code>(line[AmdOnly.Length..])).ToHashSet();

    /// <summary>The forms that are not compared, with the reason: the comment that heads their section.</summary>
    public static IReadOnlyDictionary<Code, string> Excluded { get; } = ReadExcluded();

    private static bool IsClaimed(Code code, IReadOnlySet<CpuidFeature> features)
    {
        OpCodeInfo form = code.ToOpCode();
        return form.IsInstruction && form.Mode64 && form.Encoding is EncodingKind.Legacy or EncodingKind.VEX && code.CpuidFeatures().All(features.Contains);
    }

    private static Dictionary<Code, string> ReadExcluded()
    {
        var excluded = new Dictionary<Code, string>();
        string reason = "";
        foreach (string line in ReadText("excluded.txt"))
        {
            if (line.StartsWith('#')) reason = line[1..].Trim();
            else if (line.Length != 0) excluded.Add(Enum.Parse<Code>(line), reason);
        }

        return excluded;
    }

    private static IEnumerable<string> ReadLines(string name) => ReadText(name).Where(line => line.Length != 0 && !line.StartsWith('#'));

    private static IEnumerable<string> ReadText(string name)
    {
        using Stream stream = typeof(FormList).Assembly.GetManifestResourceStream($"Kpio.Platform.X64.Tests.Oracle.{name}")
            ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line) yield return line.Trim();
    }
}

using System.Globalization;
using Iced.Intel;
using Decoder = Iced.Intel.Decoder;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>The interpreter against the host's processor, form by form.</summary>
public sealed class OracleTests
{
    private const int CasesPerForm = 200, PlainCasesPerForm = 60, Sequences = 3000, PlainSequences = 1000;

    /// <summary>Each group on each engine.</summary>
    public static TheoryData<string, TestedEngine> Groups
    {
        get
        {
            var data = new TheoryData<string, TestedEngine>();
            foreach (string group in FormList.Compared.Select(GroupOf).Distinct())
            {
                foreach (TestedEngine engine in Enum.GetValues<TestedEngine>()) data.Add(group, engine);
            }

            return data;
        }
    }

    /// <summary>Registers, flags, memory and faults of every form are the host's.</summary>
    [Theory]
    [MemberData(nameof(Groups))]
    public void FormsBehaveAsOnTheHost(string group, TestedEngine engine)
    {
        NativeProcessor.RequireEveryFeature();
        using var comparison = new OracleComparison(engine);
        List<string> differences = [];
        foreach (Code code in FormList.Compared.Where(code => GroupOf(code) == group))
        {
            if (FormList.OnAmdOnly.Contains(code) && !NativeProcessor.IsAmd) continue;
            if (comparison.Compare(code, engine == TestedEngine.Plain ? PlainCasesPerForm : CasesPerForm) is { } difference) differences.Add(difference);
        }

        Assert.True(differences.Count == 0, $"{differences.Count} forms differ.\n{string.Join("\n", differences)}");
    }

    /// <summary>Whole programs: flags that are made late or not at all, instructions that are done together, branches, calls, slices, steps.</summary>
    [Theory]
    [InlineData(TestedEngine.Specialised)]
    [InlineData(TestedEngine.Plain)]
    [InlineData(TestedEngine.Translated)]
    public void SequencesBehaveAsOnTheHost(TestedEngine engine)
    {
        NativeProcessor.RequireEveryFeature();
        using var comparison = new OracleComparison(engine);
        List<string> differences = [];
        (int first, int count) = Seeds(engine == TestedEngine.Plain ? PlainSequences : Sequences);
        for (int i = 0; i < count && differences.Count < 5; i++)
        {
            if (comparison.CompareSequence(first + i) is { } difference) differences.Add(difference);
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    /// <summary>The first seed and how many: from <c>KPIO_FUZZ=FIRST:COUNT</c> (tests/fuzz.sh), or those that are always compared.</summary>
    private static (int First, int Count) Seeds(int usual)
    {
        if (Environment.GetEnvironmentVariable("KPIO_FUZZ") is not { Length: > 0 } wanted) return (0, usual);
        string[] parts = wanted.Split(':');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static string GroupOf(Code code) => string.Join(" and ", code.CpuidFeatures());

    [Fact]
    public void EveryClaimedFormIsComparedOrExcluded()
    {
        var known = new HashSet<Code>(FormList.Compared.Concat(FormList.Excluded.Keys));
        Assert.Empty(FormList.Claimed.Except(known));
        Assert.Empty(known.Except(FormList.Claimed));
        Assert.Equal(FormList.Compared.Count + FormList.Excluded.Count, known.Count);
        Assert.DoesNotContain(FormList.Excluded.Values, string.IsNullOrEmpty);
    }

    /// <summary>The encodings that the cases use are those that the machine decodes to the form.</summary>
    [Fact]
    public void EveryComparedFormIsDecodedAsItself()
    {
        foreach (Code code in FormList.Compared)
        {
            var maker = new CaseMaker(new OperandValues((int)code));
            bool found = false;
            for (int i = 0; i < 50 && !found; i++)
            {
                FormCase made = maker.Make(code);
                Decoder decoder = Decoder.Create(64, made.Bytes, made.Input.Rip, DecoderOptions.AMD);
                found = decoder.Decode().Code == code && decoder.IP == made.Input.Rip + (ulong)made.Bytes.Length;
            }

            Assert.True(found, $"{code} is never decoded as itself.");
        }
    }
}

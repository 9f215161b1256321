using Iced.Intel;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// Every x87 instruction but the transcendental ones, against the processor of the host: random states (registers, tags, TOP,
/// control word with all rounding and precision modes, masks) and memory operands; all registers, the control, status and tag
/// words, memory and RFLAGS are compared bit by bit. The seed of a code's cases is 0x8087_0000 plus the code.
/// </summary>
public sealed unsafe class X87HostTests
{
    private const int Cases = 60_000;

    public static TheoryData<string> Codes()
    {
        var data = new TheoryData<string>();
        foreach (Code code in Enum.GetValues<Code>())
        {
            if (IsCovered(code))
                data.Add(code.ToString());
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Equals_the_host(string name) => Compare(Enum.Parse<Code>(name));

    private static void Compare(Code code) =>
        X87Comparison.Run(code, Cases, 0x8087_0000 + (ulong)code, (before, host, ours) => Same(host, ours, code));

    private static bool IsCovered(Code code)
    {
        OpCodeInfo info = code.ToOpCode();
        return info.IsInstruction && info.Mode64 && IsX87(code) && !IsTranscendental(code)
            // 9B before an instruction that does not wait: decoded as two instructions.
            && !info.ToOpCodeString().StartsWith("9B", StringComparison.Ordinal);
    }

    private static bool IsX87(Code code)
    {
        foreach (CpuidFeature feature in code.CpuidFeatures())
        {
            if (feature is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387)
                return true;
        }

        return code is Code.Wait || code.ToString().StartsWith("Fisttp", StringComparison.Ordinal);
    }

    private static bool IsTranscendental(Code code) => code is Code.Fsin or Code.Fcos or Code.Fsincos or Code.Fptan or Code.Fpatan
        or Code.F2xm1 or Code.Fyl2x or Code.Fyl2xp1;

    private static bool Same(FloatCase* host, FloatCase* ours, Code code)
    {
        ulong comparedFlags = 0x8D5;
        if (code is Code.Fnstenv_m28byte or Code.Fnstenv_m14byte or Code.Fnsave_m108byte or Code.Fnsave_m94byte)
            ClearPointers(host, ours, code);
        int statusBits = 0xFFFF;
        if (IsComparison(code) && (host->StatusWord & ~host->ControlWord & (int)FloatStatus.BeforeResult) != 0)
        {
            // The manual leaves the condition codes alone when the exception is not masked (SDM vol. 2A, FCOM); AMD's processors set them,
            // and RFLAGS with FCOMI.
            statusBits = ~(X87Stack.C0 | X87Stack.C2 | X87Stack.C3);
            comparedFlags = 0;
        }

        return host->ControlWord == ours->ControlWord
            && ((host->StatusWord ^ ours->StatusWord) & statusBits) == 0
            && host->Occupied == ours->Occupied
            && host->Rax == ours->Rax
            && ((host->Rflags ^ ours->Rflags) & comparedFlags) == 0
            && new Span<byte>(host->Memory, 128).SequenceEqual(new Span<byte>(ours->Memory, 128))
            && new Span<byte>(host->Image + 32, 128).SequenceEqual(new Span<byte>(ours->Image + 32, 128));
    }

    private static bool IsComparison(Code code) =>
        code.Mnemonic() is Mnemonic.Fcom or Mnemonic.Fcomp or Mnemonic.Fcompp or Mnemonic.Fucom or Mnemonic.Fucomp or Mnemonic.Fucompp
            or Mnemonic.Ficom or Mnemonic.Ficomp or Mnemonic.Ftst
            or Mnemonic.Fcomi or Mnemonic.Fcomip or Mnemonic.Fucomi or Mnemonic.Fucomip;

    /// <summary>FIP, FDP, FOP and the selectors are where processors differ, and the host's are not the guest's.</summary>
    private static void ClearPointers(FloatCase* host, FloatCase* ours, Code code)
    {
        bool shortForm = code is Code.Fnstenv_m14byte or Code.Fnsave_m94byte;
        int start = shortForm ? 6 : 12;
        int length = shortForm ? 8 : 14;
        new Span<byte>(host->Memory + start, length).Clear();
        new Span<byte>(ours->Memory + start, length).Clear();
    }
}

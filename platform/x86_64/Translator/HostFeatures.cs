using System.Runtime.Intrinsics.X86;
using Iced.Intel;

namespace Kpio.Platform.X64.Translator;

/// <summary>What the host's processor can execute (SDM vol. 2A CPUID; AMD APM vol. 3 appendix E).</summary>
internal static class HostFeatures
{
    /// <summary>Whether it has AVX, and its operating system keeps the upper halves of YMM.</summary>
    public static bool HasAvx => Avx.IsSupported;

    /// <summary>Whether it has every extension that a form needs, of those that an emulated processor may claim.</summary>
    public static bool HasForm(in Instruction instruction)
    {
        foreach (CpuidFeature feature in instruction.CpuidFeatures)
        {
            bool has = feature switch
            {
                CpuidFeature.SSE or CpuidFeature.SSE2 => true,
                CpuidFeature.SSE3 => Sse3.IsSupported,
                CpuidFeature.SSSE3 => Ssse3.IsSupported,
                CpuidFeature.SSE4_1 => Sse41.IsSupported,
                CpuidFeature.SSE4_2 => Sse42.IsSupported,
                CpuidFeature.AVX => Avx.IsSupported,
                CpuidFeature.AVX2 => Avx2.IsSupported,
                CpuidFeature.BMI1 => Bmi1.IsSupported,
                CpuidFeature.BMI2 => Bmi2.IsSupported,
                CpuidFeature.FMA => Fma.IsSupported,
                CpuidFeature.LZCNT => Lzcnt.IsSupported,
                CpuidFeature.AES => Aes.IsSupported,
                CpuidFeature.PCLMULQDQ => Pclmulqdq.IsSupported,
                CpuidFeature.F16C => Avx.IsSupported && HasBit(X86Base.CpuId(1, 0).Ecx, 29),
                CpuidFeature.MOVBE => HasBit(X86Base.CpuId(1, 0).Ecx, 22),
                CpuidFeature.SHA => HasBit(X86Base.CpuId(7, 0).Ebx, 29),
                _ => false,
            };
            if (!has) return false;
        }

        return instruction.CpuidFeatures.Length != 0;
    }

    private static bool HasBit(int word, int bit) => ((word >> bit) & 1) != 0;
}

namespace Kpio.Contracts.Platform;

/// <summary>What the emulated processor is: the instructions that CPUID claims. Every other instruction raises #UD.</summary>
public enum CpuModel : byte
{
    /// <summary>x86-64-v2 (System V ABI, x86-64 supplement, 3.1.1): up to SSE4.2 and POPCNT.</summary>
    V2,

    /// <summary>x86-64-v3: AVX, AVX2, BMI1, BMI2, F16C, FMA, LZCNT, MOVBE, and the upper halves of YMM in XSAVE.</summary>
    V3,

    /// <summary>x86-64-v3 with AES, PCLMULQDQ and SHA.</summary>
    Max,
}

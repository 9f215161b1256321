using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Cpu;

/// <summary>
/// What CPUID says (SDM vol. 2A CPUID; AMD APM vol. 3 appendix E): a processor of its <see cref="CpuModel"/>, whatever the host. The
/// vendor is AMD's, whose behaviour is followed where the two differ (SYSENTER in 64-bit mode, cache leaves).
/// </summary>
internal static class CpuIdentification
{
    private const uint Fpu = 1, Tsc = 1 << 4, Cx8 = 1 << 8, Cmov = 1 << 15, Clflush = 1 << 19, Mmx = 1 << 23, Fxsr = 1 << 24, Sse = 1 << 25, Sse2 = 1 << 26;
    private const uint Sse3 = 1, Ssse3 = 1 << 9, Cx16 = 1 << 13, Sse41 = 1 << 19, Sse42 = 1 << 20, Popcnt = 1 << 23, Xsave = 1 << 26, Osxsave = 1 << 27, Rdrand = 1 << 30;
    private const uint Lahf = 1, Prefetchw = 1 << 8, Syscall = 1 << 11, NoExecute = 1 << 20, Rdtscp = 1 << 27, LongMode = 1 << 29;

    // What x86-64-v3 adds: in leaf 1, in EBX of leaf 7, in ECX of leaf 0x80000001; and what the largest model adds to that.
    private const uint Fma = 1 << 12, Movbe = 1 << 22, Avx = 1 << 28, F16c = 1 << 29;
    private const uint Bmi1 = 1 << 3, Avx2 = 1 << 5, Bmi2 = 1 << 8, Rdseed = 1 << 18, Sha = 1 << 29;
    private const uint Lzcnt = 1 << 5;
    private const uint Pclmulqdq = 1 << 1, Aes = 1 << 25;

    /// <summary>Family 25, model 1, stepping 0 in the encoding of leaf 1.</summary>
    private const uint Signature = 0x00A0_0F10;

    /// <summary>The brand string of leaves 0x80000002 to 4: 48 bytes.</summary>
    private static ReadOnlySpan<byte> BrandOf(CpuModel model) => model switch
    {
        CpuModel.V2 => "KPIO virtual processor (x86-64-v2)\0\0\0\0\0\0\0\0\0\0\0\0\0\0"u8,
        CpuModel.V3 => "KPIO virtual processor (x86-64-v3)\0\0\0\0\0\0\0\0\0\0\0\0\0\0"u8,
        _ => "KPIO virtual processor (x86-64-v3, AES, SHA)\0\0\0\0"u8,
    };

    public static CpuidLeaf Leaf(CpuModel model, uint leaf, uint subleaf)
    {
        bool v3 = model >= CpuModel.V3, crypto = model == CpuModel.Max;
        switch (leaf)
        {
            case 0: return new(0xD, 0x6874_7541, 0x444D_4163, 0x6974_6E65);
            case 1:
                return new(
                    Signature,
                    (8 << 8) | (1 << 16),
                    Sse3 | Ssse3 | Cx16 | Sse41 | Sse42 | Popcnt | Xsave | Osxsave | Rdrand
                        | (v3 ? Fma | Movbe | Avx | F16c : 0) | (crypto ? Pclmulqdq | Aes : 0),
                    Fpu | Tsc | Cx8 | Cmov | Clflush | Mmx | Fxsr | Sse | Sse2);
            case 7 when subleaf == 0:
                return new(0, Rdseed | (v3 ? Bmi1 | Avx2 | Bmi2 : 0) | (crypto ? Sha : 0), 0, 0);
            case 0xD:
                ulong features = ExtendedState.FeaturesOf(model);
                uint size = (uint)ExtendedState.SizeOf(features);
                return subleaf switch
                {
                    0 => new((uint)features, size, size, 0),
                    2 when v3 => new(ExtendedState.AvxSize, ExtendedState.AvxOffset, 0, 0),
                    _ => default,
                };
            case 0x8000_0000: return new(0x8000_0008, 0x6874_7541, 0x444D_4163, 0x6974_6E65);
            case 0x8000_0001:
                return new(
                    Signature,
                    0,
                    Lahf | Prefetchw | (v3 ? Lzcnt : 0),
                    Fpu | Tsc | Cx8 | Cmov | Mmx | Fxsr | Syscall | NoExecute | Rdtscp | LongMode);
            case 0x8000_0002 or 0x8000_0003 or 0x8000_0004:
                ReadOnlySpan<byte> part = BrandOf(model).Slice((int)(leaf - 0x8000_0002) * 16, 16);
                return new(BitConverter.ToUInt32(part), BitConverter.ToUInt32(part[4..]), BitConverter.ToUInt32(part[8..]), BitConverter.ToUInt32(part[12..]));
            case 0x8000_0005:
                // First-level caches: 32 KiB, 8 ways, lines of 64 bytes, for data and for code.
                return new(0, 0, 0x2008_0140, 0x2008_0140);
            case 0x8000_0006:
                // Second level: 512 KiB, 8 ways; third level: 16 MiB, 16 ways.
                return new(0, 0, 0x0200_6140, 0x0080_8140);
            case 0x8000_0007:
                // Invariant TSC.
                return new(0, 0, 0, 1 << 8);
            case 0x8000_0008:
                // 48 bits of physical and of linear address; one processor.
                return new(0x3030, 0, 0, 0);
            default: return default;
        }
    }
}

/// <summary>The four registers that CPUID writes.</summary>
internal readonly record struct CpuidLeaf(uint Eax, uint Ebx, uint Ecx, uint Edx);

using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Tests.Exceptions;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>CPUID claims the features whose instruction forms the oracle covers, and no other instruction (SDM vol. 2A CPUID, APM vol. 3 appendix E).</summary>
public sealed class IdentificationTests : IDisposable
{
    private static readonly (uint Leaf, GuestRegister Register, int Bit, CpuidFeature Feature)[] s_features =
    [
        (1, GuestRegister.Rdx, 0, CpuidFeature.FPU),
        (1, GuestRegister.Rdx, 4, CpuidFeature.TSC),
        (1, GuestRegister.Rdx, 8, CpuidFeature.CX8),
        (1, GuestRegister.Rdx, 15, CpuidFeature.CMOV),
        (1, GuestRegister.Rdx, 19, CpuidFeature.CLFSH),
        (1, GuestRegister.Rdx, 23, CpuidFeature.MMX),
        (1, GuestRegister.Rdx, 24, CpuidFeature.FXSR),
        (1, GuestRegister.Rdx, 25, CpuidFeature.SSE),
        (1, GuestRegister.Rdx, 26, CpuidFeature.SSE2),
        (1, GuestRegister.Rcx, 0, CpuidFeature.SSE3),
        (1, GuestRegister.Rcx, 9, CpuidFeature.SSSE3),
        (1, GuestRegister.Rcx, 13, CpuidFeature.CMPXCHG16B),
        (1, GuestRegister.Rcx, 19, CpuidFeature.SSE4_1),
        (1, GuestRegister.Rcx, 20, CpuidFeature.SSE4_2),
        (1, GuestRegister.Rcx, 23, CpuidFeature.POPCNT),
        (1, GuestRegister.Rcx, 26, CpuidFeature.XSAVE),
        (1, GuestRegister.Rcx, 30, CpuidFeature.RDRAND),
        (7, GuestRegister.Rbx, 18, CpuidFeature.RDSEED),
        (0x8000_0001, GuestRegister.Rcx, 8, CpuidFeature.PREFETCHW),
        (0x8000_0001, GuestRegister.Rdx, 11, CpuidFeature.SYSCALL),
        (0x8000_0001, GuestRegister.Rdx, 27, CpuidFeature.RDTSCP),
    ];

    /// <summary>Bits that claim no form of an instruction, or repeat another: OSXSAVE, LAHF, NX, long mode, those of leaf 1.</summary>
    private static readonly (uint Leaf, GuestRegister Register, uint Bits)[] s_others =
    [
        (1, GuestRegister.Rcx, 1u << 27),
        (0x8000_0001, GuestRegister.Rcx, 1u),
        (0x8000_0001, GuestRegister.Rdx, (1u << 0) | (1u << 4) | (1u << 8) | (1u << 15) | (1u << 20) | (1u << 23) | (1u << 24) | (1u << 29)),
    ];

    private readonly GuestMachine _machine = new(0);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void ClaimsWhatTheOracleCovers()
    {
        foreach ((uint leaf, GuestRegister register, int bit, CpuidFeature feature) in s_features)
        {
            bool claimed = (Cpuid(leaf, register) >> bit & 1) != 0;
            Assert.True(claimed == FormList.Features.Contains(feature), $"{feature} is {(claimed ? "" : "not ")}claimed.");
        }
    }

    [Fact]
    public void ClaimsNothingElse()
    {
        foreach ((uint leaf, GuestRegister register) in new[] { (1u, GuestRegister.Rcx), (1u, GuestRegister.Rdx), (7u, GuestRegister.Rbx), (7u, GuestRegister.Rcx), (7u, GuestRegister.Rdx), (0xDu, GuestRegister.Rax), (0x8000_0001u, GuestRegister.Rcx), (0x8000_0001u, GuestRegister.Rdx) })
        {
            uint known = leaf == 0xD ? 3u : 0;
            foreach ((uint Leaf, GuestRegister Register, int Bit, CpuidFeature) feature in s_features)
            {
                if (feature.Leaf == leaf && feature.Register == register) known |= 1u << feature.Bit;
            }

            foreach ((uint Leaf, GuestRegister Register, uint Bits) other in s_others)
            {
                if (other.Leaf == leaf && other.Register == register) known |= other.Bits;
            }

            Assert.Equal(0u, Cpuid(leaf, register) & ~known);
        }
    }

    /// <summary>The level that Linux programs ask for by this name (System V ABI, x86-64 supplement, 3.1.1): CMPXCHG16B, LAHF, POPCNT, SSE3 to SSE4.2.</summary>
    [Fact]
    public void IsOfTheLevelX8664V2()
    {
        const uint level2 = 1 | (1 << 9) | (1 << 13) | (1 << 19) | (1 << 20) | (1 << 23);
        Assert.Equal(level2, Cpuid(1, GuestRegister.Rcx) & level2);
        Assert.Equal(1u, Cpuid(0x8000_0001, GuestRegister.Rcx) & 1);
    }

    private uint Cpuid(uint leaf, GuestRegister register)
    {
        _machine.Write(GuestMachine.Code, [0x0F, 0xA2, 0xCC]);
        _machine.Context.Rip = GuestMachine.Code;
        _machine.Context[GuestRegister.Rax] = leaf;
        _machine.Context[GuestRegister.Rcx] = 0;
        _machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 3);
        return (uint)_machine.Context[register];
    }
}

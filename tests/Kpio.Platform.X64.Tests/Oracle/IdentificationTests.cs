using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Tests.Exceptions;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>CPUID claims the features whose instruction forms the oracle covers, and no other instruction (SDM vol. 2A CPUID, APM vol. 3 appendix E).</summary>
public sealed class IdentificationTests
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
        (1, GuestRegister.Rcx, 1, CpuidFeature.PCLMULQDQ),
        (1, GuestRegister.Rcx, 12, CpuidFeature.FMA),
        (1, GuestRegister.Rcx, 13, CpuidFeature.CMPXCHG16B),
        (1, GuestRegister.Rcx, 19, CpuidFeature.SSE4_1),
        (1, GuestRegister.Rcx, 20, CpuidFeature.SSE4_2),
        (1, GuestRegister.Rcx, 22, CpuidFeature.MOVBE),
        (1, GuestRegister.Rcx, 23, CpuidFeature.POPCNT),
        (1, GuestRegister.Rcx, 25, CpuidFeature.AES),
        (1, GuestRegister.Rcx, 26, CpuidFeature.XSAVE),
        (1, GuestRegister.Rcx, 28, CpuidFeature.AVX),
        (1, GuestRegister.Rcx, 29, CpuidFeature.F16C),
        (1, GuestRegister.Rcx, 30, CpuidFeature.RDRAND),
        (7, GuestRegister.Rbx, 3, CpuidFeature.BMI1),
        (7, GuestRegister.Rbx, 5, CpuidFeature.AVX2),
        (7, GuestRegister.Rbx, 8, CpuidFeature.BMI2),
        (7, GuestRegister.Rbx, 18, CpuidFeature.RDSEED),
        (7, GuestRegister.Rbx, 29, CpuidFeature.SHA),
        (0x8000_0001, GuestRegister.Rcx, 5, CpuidFeature.LZCNT),
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

    public static TheoryData<CpuModel> Models => new(Enum.GetValues<CpuModel>());

    [Theory]
    [MemberData(nameof(Models))]
    public void ClaimsWhatTheOracleCovers(CpuModel model)
    {
        using var machine = new GuestMachine(0, model);
        foreach ((uint leaf, GuestRegister register, int bit, CpuidFeature feature) in s_features)
        {
            bool claimed = (Cpuid(machine, leaf, register) >> bit & 1) != 0;
            Assert.True(claimed == FormList.FeaturesOf(model).Contains(feature), $"{feature} is {(claimed ? "" : "not ")}claimed.");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ClaimsNothingElse(CpuModel model)
    {
        using var machine = new GuestMachine(0, model);
        foreach ((uint leaf, GuestRegister register) in new[] { (1u, GuestRegister.Rcx), (1u, GuestRegister.Rdx), (7u, GuestRegister.Rbx), (7u, GuestRegister.Rcx), (7u, GuestRegister.Rdx), (0xDu, GuestRegister.Rax), (0x8000_0001u, GuestRegister.Rcx), (0x8000_0001u, GuestRegister.Rdx) })
        {
            uint known = leaf != 0xD ? 0 : model == CpuModel.V2 ? 3u : 7;
            foreach ((uint Leaf, GuestRegister Register, int Bit, CpuidFeature) feature in s_features)
            {
                if (feature.Leaf == leaf && feature.Register == register) known |= 1u << feature.Bit;
            }

            foreach ((uint Leaf, GuestRegister Register, uint Bits) other in s_others)
            {
                if (other.Leaf == leaf && other.Register == register) known |= other.Bits;
            }

            Assert.Equal(0u, Cpuid(machine, leaf, register) & ~known);
        }
    }

    /// <summary>The level that Linux programs ask for by this name (System V ABI, x86-64 supplement, 3.1.1): CMPXCHG16B, LAHF, POPCNT, SSE3 to SSE4.2.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void IsOfTheLevelX8664V2(CpuModel model)
    {
        using var machine = new GuestMachine(0, model);
        const uint level2 = 1 | (1 << 9) | (1 << 13) | (1 << 19) | (1 << 20) | (1 << 23);
        Assert.Equal(level2, Cpuid(machine, 1, GuestRegister.Rcx) & level2);
        Assert.Equal(1u, Cpuid(machine, 0x8000_0001, GuestRegister.Rcx) & 1);
    }

    /// <summary>AVX, AVX2, BMI1, BMI2, F16C, FMA, LZCNT, MOVBE, OSXSAVE, and AVX in XCR0.</summary>
    [Theory]
    [InlineData(CpuModel.V2, false)]
    [InlineData(CpuModel.V3, true)]
    [InlineData(CpuModel.Max, true)]
    public void IsOfTheLevelX8664V3(CpuModel model, bool expected)
    {
        using var machine = new GuestMachine(0, model);
        const uint level3 = (1 << 12) | (1 << 22) | (1 << 27) | (1 << 28) | (1 << 29), level3Of7 = (1 << 3) | (1 << 5) | (1 << 8);
        bool isLevel3 = (Cpuid(machine, 1, GuestRegister.Rcx) & level3) == level3
            && (Cpuid(machine, 7, GuestRegister.Rbx) & level3Of7) == level3Of7
            && (Cpuid(machine, 0x8000_0001, GuestRegister.Rcx) & (1 << 5)) != 0;
        Assert.Equal(expected, isLevel3);
        machine.Write(GuestMachine.Code, [0x0F, 0x01, 0xD0, 0xCC]);
        machine.Context.Rip = GuestMachine.Code;
        machine.Context[GuestRegister.Rcx] = 0;
        machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 4);
        Assert.Equal(expected ? 7ul : 3, machine.Context[GuestRegister.Rax]);
        Assert.Equal(expected ? 832u : 576, Cpuid(machine, 0xD, GuestRegister.Rbx));
        Assert.Equal(machine.Context.ExtendedStateSize, (int)Cpuid(machine, 0xD, GuestRegister.Rcx));
    }

    private static uint Cpuid(GuestMachine machine, uint leaf, GuestRegister register)
    {
        machine.Write(GuestMachine.Code, [0x0F, 0xA2, 0xCC]);
        machine.Context.Rip = GuestMachine.Code;
        machine.Context[GuestRegister.Rax] = leaf;
        machine.Context[GuestRegister.Rcx] = 0;
        machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 3);
        return (uint)machine.Context[register];
    }
}

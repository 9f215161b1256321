using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>What bytes mean depends on the processor's model: prefixes that one ignores make another instruction on the next.</summary>
public abstract class ProcessorModelTests(TestedEngine engine)
{
    private const ulong Carry = 1, Zero = 0x40;

    /// <summary>F3 0F BC and F3 0F BD: BSF and BSR without BMI1 and LZCNT.</summary>
    [Theory]
    [InlineData(CpuModel.V2, 0xBC, 0x10, 4, 0)]
    [InlineData(CpuModel.V2, 0xBC, 0, 77, Zero)]
    [InlineData(CpuModel.V2, 0xBD, 0x10, 4, 0)]
    [InlineData(CpuModel.V3, 0xBC, 0x10, 4, 0)]
    [InlineData(CpuModel.V3, 0xBC, 0, 32, Carry)]
    [InlineData(CpuModel.V3, 0xBD, 0x10, 27, 0)]
    [InlineData(CpuModel.Max, 0xBD, 0, 32, Carry)]
    public void CountsAreScansWithoutTheirFeature(CpuModel model, byte opcode, ulong source, ulong result, ulong flags)
    {
        using var machine = new GuestMachine(engine, model);
        machine.Write(GuestMachine.Code, [0xF3, 0x0F, opcode, 0xC1, 0xCC]);
        machine.Context[GuestRegister.Rax] = 77;
        machine.Context[GuestRegister.Rcx] = source;
        machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 5);
        Assert.Equal(result, machine.Context[GuestRegister.Rax]);
        Assert.Equal(flags, machine.Context.Rflags & (source == 0 && model == CpuModel.V2 ? Zero : Carry | (flags & Zero)));
    }

    /// <summary>AVX-512 and its mask registers, VAES and AVX-VNNI belong to no model.</summary>
    [Theory]
    [InlineData("C5F441C2")] // kandw k0, k1, k2
    [InlineData("62F1744858C2")] // vaddps zmm0, zmm1, zmm2
    [InlineData("62F1742858C2")] // vaddps ymm0, ymm1, ymm2 as EVEX has it
    [InlineData("C4E275DCC2")] // vaesenc ymm0, ymm1, ymm2
    [InlineData("C4E27550C2")] // vpdpbusd ymm0, ymm1, ymm2
    [InlineData("8FE878C0C005")] // vprotb of XOP
    public void WhatNoModelHasIsUndefined(string bytes)
    {
        foreach (CpuModel model in Enum.GetValues<CpuModel>())
        {
            using var machine = new GuestMachine(engine, model);
            machine.Write(GuestMachine.Code, Convert.FromHexString(bytes));
            machine.ExpectException(ExceptionVector.InvalidOpcode, GuestMachine.Code);
        }
    }

    /// <summary>Two of a gather's three registers being one is #UD, and so is VEX behind a prefix that it has itself.</summary>
    [Theory]
    [InlineData("C4E275900408")] // index and mask
    [InlineData("C4E27D900410")] // destination and mask
    [InlineData("C4E26D900400")] // destination and index
    [InlineData("66C5F458C2")]
    [InlineData("F0C5F458C2")]
    public void WrongVexIsUndefined(string bytes)
    {
        using var machine = new GuestMachine(engine, CpuModel.Max);
        machine.Write(GuestMachine.Code, Convert.FromHexString(bytes));
        machine.ExpectException(ExceptionVector.InvalidOpcode, GuestMachine.Code);
    }
}

using Iced.Intel;
using Kpio.Contracts.Platform;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>
/// What the manual leaves open and processors do differently, so that <see cref="Oracle.OracleTests"/> does not compare it: KPIO has one result, that of AMD's processors.
/// </summary>
public abstract class OpenResultTests(TestedEngine engine) : IDisposable
{
    private readonly GuestMachine _machine = new(engine, CpuModel.V3);

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>CMPXCHG of 32 bits does not write its destination when the operands differ: its upper half stays. That of what is written is cleared.</summary>
    [Theory]
    [InlineData(0x1111_1111_5566_7788UL, 0x1111_1111_5566_7788UL, 0x0000_0000_0000_ABCDUL)]
    [InlineData(0x1111_1111_5566_7789UL, 0x0000_0000_5566_7788UL, 0x9999_9999_5566_7788UL)]
    public void CompareExchangeOfRegisters(ulong accumulator, ulong accumulatorAfter, ulong destinationAfter)
    {
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.cmpxchg(ecx, edx);
            a.int3();
        });
        _machine.Context[GuestRegister.Rax] = accumulator;
        _machine.Context[GuestRegister.Rcx] = 0x9999_9999_5566_7788;
        _machine.Context[GuestRegister.Rdx] = 0x7777_7777_0000_ABCD;
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal((accumulatorAfter, destinationAfter), (_machine.Context[GuestRegister.Rax], _machine.Context[GuestRegister.Rcx]));
    }

    /// <summary>A shift of 16 bits by more than 16 brings the source a second time; nothing is carried out.</summary>
    [Theory]
    [InlineData(18, 0xF4D0UL, 0x0F4DUL)]
    [InlineData(19, 0xE9A1UL, 0x87A6UL)]
    [InlineData(31, 0x1E9AUL, 0x7A68UL)]
    public void DoubleShiftOf16Bits(byte count, ulong left, ulong right)
    {
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.mov(ebx, 0x3D34);
            a.mov(ecx, 0x5678);
            a.mov(edx, 0x5678);
            a.stc();
            a.shld(cx, bx, count);
            a.setc(al);
            a.stc();
            a.shrd(dx, bx, count);
            a.setc(ah);
            a.int3();
        });
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal((left, right), (_machine.Context[GuestRegister.Rcx], _machine.Context[GuestRegister.Rdx]));
        Assert.Equal(0u, _machine.Context[GuestRegister.Rax] & 0xFFFF);
    }

    /// <summary>TZCNT and LZCNT leave OF as it was and clear SF, AF and PF; BEXTR sets SF and PF by the result, and AF.</summary>
    [Theory]
    [InlineData(0UL, 0x8D5u, 0x801u, 0x801u, 0x54u)]
    [InlineData(0UL, 0u, 1u, 1u, 0x54u)]
    [InlineData(0x7068_B90C_DF85_0938UL, 0x8D5u, 0x800u, 0x800u, 0x14u)]
    [InlineData(0x8EFC_F23A_D7E9_22F3UL, 0x8D5u, 0x840u, 0x840u, 0x10u)]
    [InlineData(0x8EFC_F23A_D7E9_22F3UL, 0u, 0x40u, 0x40u, 0x10u)]
    public void FlagsOfBitManipulation(ulong source, uint before, uint afterTrailing, uint afterLeading, uint afterExtract)
    {
        _machine.Assemble(GuestMachine.Code, a =>
        {
            void Flags(AssemblerRegister64 to, Action instruction)
            {
                a.push((int)before);
                a.popfq();
                instruction();
                a.pushfq();
                a.pop(to);
                a.and(to, 0x8D5);
            }

            a.mov(edx, 0x1004);
            Flags(r8, () => a.tzcnt(rax, rcx));
            Flags(r9, () => a.lzcnt(rax, rcx));
            Flags(r10, () => a.bextr(rax, rcx, rdx));
            a.int3();
        });
        _machine.Context[GuestRegister.Rcx] = source;
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal(
            (afterTrailing, afterLeading, afterExtract), (_machine.Context[GuestRegister.R8], _machine.Context[GuestRegister.R9], _machine.Context[GuestRegister.R10]));
    }
}

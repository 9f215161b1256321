using Iced.Intel;
using Kpio.Contracts.Platform;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>
/// What the manual leaves open and processors do differently, so that <see cref="Oracle.OracleTests"/> does not compare it: KPIO has one result, that of AMD's processors.
/// </summary>
public abstract class OpenResultTests(TestedEngine engine) : IDisposable
{
    private readonly GuestMachine _machine = new(engine);

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
}

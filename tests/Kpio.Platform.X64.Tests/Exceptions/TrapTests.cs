using Iced.Intel;
using Kpio.Contracts.Platform;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>Single step, breakpoints, software interrupts and system calls (SDM vol. 3A 6.5, 17.3.1.4).</summary>
public abstract class TrapTests(TestedEngine engine) : IDisposable
{
    private const ulong TrapFlag = 0x100;

    private readonly GuestMachine _machine = new(engine);

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void TrapFlagStopsBehindEachInstruction()
    {
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.mov(eax, 1);
            a.inc(eax);
            a.push(rax);
            a.nop();
        });
        _machine.Context.Rflags |= TrapFlag;
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code + 5);
        Assert.Equal(1u, _machine.Context[GuestRegister.Rax]);
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code + 7);
        Assert.Equal(2u, _machine.Context[GuestRegister.Rax]);
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code + 8);
        Assert.Equal(2u, _machine.Read64(_machine.Context[GuestRegister.Rsp]));
        Assert.NotEqual(0u, _machine.Context.Rflags & TrapFlag);
    }

    /// <summary>POPFQ that sets TF traps behind the instruction after it.</summary>
    [Fact]
    public void PopfStartsSteppingWithTheNextInstruction()
    {
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.pushfq();
            a.or(__dword_ptr[rsp], (int)TrapFlag);
            a.popfq();
            a.inc(eax);
            a.inc(eax);
        });
        ulong popf = GuestMachine.Code + (ulong)GuestMachine.Encode(GuestMachine.Code, a =>
        {
            a.pushfq();
            a.or(__dword_ptr[rsp], (int)TrapFlag);
        }).Length;
        _machine.ExpectException(ExceptionVector.Debug, popf + 1 + 2);
        Assert.Equal(1u, _machine.Context[GuestRegister.Rax]);
    }

    [Fact]
    public void BranchesAreSteppedToTheirTarget()
    {
        _machine.Assemble(GuestMachine.Code, a => a.jmp(GuestMachine.Code + 0x100));
        _machine.Assemble(GuestMachine.Code + 0x100, a => a.ret());
        _machine.Context.Rflags |= TrapFlag;
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code + 0x100);
    }

    /// <summary>A repeated instruction traps behind each iteration, with RIP at itself until the last.</summary>
    [Fact]
    public void RepeatedInstructionIsSteppedByIteration()
    {
        _machine.Assemble(GuestMachine.Code, a => a.rep.stosb());
        _machine.Context[GuestRegister.Rcx] = 3;
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data;
        _machine.Context.Rflags |= TrapFlag;
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code);
        Assert.Equal(2u, _machine.Context[GuestRegister.Rcx]);
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code);
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code + 2);
        Assert.Equal(0u, _machine.Context[GuestRegister.Rcx]);
    }

    /// <summary>A fault comes before the trap: the instruction is not done.</summary>
    [Fact]
    public void FaultingInstructionIsNotStepped()
    {
        _machine.Assemble(GuestMachine.Code, a => a.mov(rax, __qword_ptr[8]));
        _machine.Context.Rflags |= TrapFlag;
        _machine.ExpectFault(GuestMachine.Code, 8, PageAccess.Read, present: false);
    }

    /// <summary>An exception of SSE that the code has unmasked itself, in the midst of a block.</summary>
    [Fact]
    public void UnmaskedDivisionByZeroIsRaised()
    {
        const int divisionByZeroUnmasked = 0x1D80;
        _machine.Write(GuestMachine.Data, BitConverter.GetBytes(divisionByZeroUnmasked));
        int length = GuestMachine.Encode(GuestMachine.Code, Prepare).Length;
        _machine.Assemble(GuestMachine.Code, a =>
        {
            Prepare(a);
            a.divpd(xmm0, xmm1);
            a.ud2();
        });
        _machine.ExpectException(ExceptionVector.SimdFloatingPoint, GuestMachine.Code + (ulong)length);
        Assert.Equal(2u, _machine.Context[GuestRegister.Rax]);

        static void Prepare(Assembler a)
        {
            a.mov(rbx, GuestMachine.Data);
            a.mov(eax, 1);
            a.cvtsi2sd(xmm0, eax);
            a.xorps(xmm1, xmm1);
            a.ldmxcsr(__dword_ptr[rbx]);
            a.inc(eax);
        }
    }

    [Fact]
    public void BreakpointStandsBehindItself()
    {
        _machine.Write(GuestMachine.Code, [0x90, 0xCC, 0x90]);
        _machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 2);
    }

    /// <summary>CD 03 is INT 3 in two bytes: a gate that ring 3 may use.</summary>
    [Fact]
    public void LongFormOfInt3IsABreakpoint()
    {
        _machine.Write(GuestMachine.Code, [0xCD, 0x03]);
        _machine.ExpectException(ExceptionVector.Breakpoint, GuestMachine.Code + 2);
    }

    /// <summary>CD 04 traps whatever OF is.</summary>
    [Fact]
    public void LongFormOfIntoIsAnOverflow()
    {
        _machine.Write(GuestMachine.Code, [0xCD, 0x04]);
        _machine.ExpectException(ExceptionVector.Overflow, GuestMachine.Code + 2);
    }

    [Fact]
    public void IcebpIsADebugTrap()
    {
        _machine.Write(GuestMachine.Code, [0xF1]);
        _machine.ExpectException(ExceptionVector.Debug, GuestMachine.Code + 1);
    }

    /// <summary>The gates of exceptions and interrupts are closed to ring 3: #GP with the vector in the error code (SDM vol. 3A 6.13).</summary>
    [Theory]
    [InlineData(0x00)]
    [InlineData(0x0D)]
    [InlineData(0x0E)]
    [InlineData(0x20)]
    [InlineData(0xFF)]
    public void SoftwareInterruptsAreClosed(int vector)
    {
        _machine.Write(GuestMachine.Code, [0xCD, (byte)vector]);
        _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code, (uint)(vector * 8) + 2);
    }

    [Fact]
    public void SyscallLeavesTheReturnAddressAndTheFlags()
    {
        _machine.Write(GuestMachine.Code, [0xF9, 0x0F, 0x05]);
        _machine.Context[GuestRegister.Rcx] = 1;
        _machine.Context[GuestRegister.R11] = 2;
        _machine.Context.Rflags = 0x202 | 0x400;
        CpuExit exit = _machine.Run();
        Assert.Equal(CpuExitReason.Syscall, exit.Reason);
        Assert.Equal(GuestMachine.Code + 3, _machine.Context.Rip);
        Assert.Equal(GuestMachine.Code + 3, _machine.Context[GuestRegister.Rcx]);
        Assert.Equal(0x603u, _machine.Context[GuestRegister.R11]);
    }
}

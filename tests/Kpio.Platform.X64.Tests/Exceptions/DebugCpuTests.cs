using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>What the processor does for a debugger: breakpoints that are in no memory, watchpoints, single steps.</summary>
public abstract class DebugCpuTests(TestedEngine engine) : IDisposable
{
    private readonly GuestMachine _machine = new(engine);

    private IDebugCpu Debug => (IDebugCpu)_machine.Cpu;

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void StepDoesOneInstructionThatTheGuestDoesNotNotice()
    {
        _machine.Assemble(GuestMachine.Code, static a =>
        {
            a.pushfq();
            a.inc(eax);
            a.syscall();
        });
        Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
        Assert.Equal(GuestMachine.Code + 1, _machine.Context.Rip);
        Assert.Equal(0u, _machine.Read64(_machine.Context[GuestRegister.Rsp]) & 0x100);
        Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
        Assert.Equal(1u, _machine.Context[GuestRegister.Rax]);
        Assert.Equal(CpuExitReason.Syscall, Debug.Step(_machine.Context).Reason);
    }

    [Fact]
    public void RepeatedInstructionIsSteppedByIterations()
    {
        _machine.Assemble(GuestMachine.Code, static a => a.rep.stosb());
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data;
        _machine.Context[GuestRegister.Rcx] = 3;
        for (ulong left = 2; left > 0; left--)
        {
            Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
            Assert.Equal((left, GuestMachine.Code), (_machine.Context[GuestRegister.Rcx], _machine.Context.Rip));
        }

        Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
        Assert.Equal((0UL, GuestMachine.Code + 2), (_machine.Context[GuestRegister.Rcx], _machine.Context.Rip));
    }

    [Fact]
    public void StepThatFaultsReportsTheFault()
    {
        _machine.Assemble(GuestMachine.Code, static a => a.mov(__[rax], ecx));
        Assert.Equal(CpuExitReason.Fault, Debug.Step(_machine.Context).Reason);
        Assert.Equal(GuestMachine.Code, _machine.Context.Rip);
    }

    [Fact]
    public void BreakpointStopsBeforeItsInstructionInCodeThatRanBefore()
    {
        ulong start = GuestMachine.Code;
        _machine.Assemble(start, static a =>
        {
            a.inc(eax);
            a.inc(ecx);
            a.inc(edx);
            a.syscall();
        });
        Assert.Equal(CpuExitReason.Syscall, Run());
        _machine.Context[GuestRegister.Rcx] = 0;
        Debug.AddBreakpoint(_machine.Space, start + 2);
        _machine.Context.Rip = start;
        Assert.Equal(CpuExitReason.Breakpoint, Run());
        Assert.Equal((start + 2, 0UL), (_machine.Context.Rip, _machine.Context[GuestRegister.Rcx]));
        Assert.Equal(CpuExitReason.Breakpoint, Run());
        Assert.Equal(0xFF, _machine.Read(start + 2, 1)[0]); // the guest reads its own code
        Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
        Assert.Equal(CpuExitReason.Syscall, Run());
        Debug.RemoveBreakpoint(_machine.Space, start + 2);
        _machine.Context.Rip = start;
        Assert.Equal(CpuExitReason.Syscall, Run());
        Assert.Equal(3u, _machine.Context[GuestRegister.Rdx]);
    }

    [Fact]
    public void BreakpointHoldsInALoopAndAfterCodeIsWritten()
    {
        ulong start = GuestMachine.Code;
        _machine.Assemble(start, static a =>
        {
            Label loop = a.CreateLabel();
            a.Label(ref loop);
            a.inc(eax);
            a.dec(ecx);
            a.jne(loop);
            a.syscall();
        });
        _machine.Context[GuestRegister.Rcx] = 3;
        Debug.AddBreakpoint(_machine.Space, start + 2);
        for (ulong i = 1; i <= 3; i++)
        {
            Assert.Equal(CpuExitReason.Breakpoint, Run());
            Assert.Equal(i, _machine.Context[GuestRegister.Rax]);
            Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
            _machine.Write(start, _machine.Read(start, 2));
        }

        Assert.Equal(CpuExitReason.Syscall, Run());
    }

    [Fact]
    public void BreakpointIsOneAddressSpacesAlone()
    {
        ulong start = GuestMachine.Code;
        _machine.Assemble(start, static a =>
        {
            a.inc(eax);
            a.inc(eax);
            a.syscall();
        });
        Assert.True(_machine.Mmu.Fork(_machine.Space).TryGet(out AddressSpaceId other, out _));
        Debug.AddBreakpoint(_machine.Space, start + 2);
        CpuContext child = _machine.Cpu.CreateContext();
        child.CopyFrom(_machine.Context);
        child.AddressSpace = other;
        Assert.Equal(CpuExitReason.Syscall, _machine.Cpu.Run(child, 1000).Reason);
        Assert.Equal(2u, child[GuestRegister.Rax]);
        Assert.Equal(CpuExitReason.Breakpoint, Run());
        Debug.Clear(_machine.Space);
        Assert.Equal(CpuExitReason.Syscall, Run());
        _machine.Mmu.DestroySpace(other);
    }

    [Fact]
    public void BreakpointOnAnInstructionThatCrossesPages()
    {
        ulong start = GuestMachine.Code + 0xFFE;
        _machine.Assemble(start, static a =>
        {
            a.mov(eax, 7);
            a.syscall();
        });
        Debug.AddBreakpoint(_machine.Space, start);
        _machine.Context.Rip = start;
        Assert.Equal(CpuExitReason.Breakpoint, Run());
        Assert.Equal(CpuExitReason.Stepped, Debug.Step(_machine.Context).Reason);
        Assert.Equal(7u, _machine.Context[GuestRegister.Rax]);
        Assert.Equal(CpuExitReason.Syscall, Run());
    }

    [Theory]
    [InlineData(PageAccess.Write, 2)]
    [InlineData(PageAccess.Read, 3)]
    [InlineData(PageAccess.Read | PageAccess.Write, 4)]
    public void WatchpointStopsBehindEachAccessOfItsKind(PageAccess watched, int stops)
    {
        _machine.Assemble(GuestMachine.Code, static a =>
        {
            a.mov(__qword_ptr[rdi], rax);      // beside it
            a.mov(__dword_ptr[rdi + 8], eax);  // writes
            a.mov(ecx, __[rdi + 4]);           // beside it
            a.mov(rcx, __[rdi + 4]);           // reads the half of it
            a.inc(__byte_ptr[rdi + 9]);        // reads and writes
            a.cmp(__byte_ptr[rdi + 8], 1);     // reads
            a.syscall();
        });
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data;
        _machine.Write(GuestMachine.Data, 1); // so that it is in the caches
        Debug.AddWatchpoint(_machine.Space, GuestMachine.Data + 8, 4, watched);
        int count = 0;
        CpuExit exit;
        while ((exit = _machine.Cpu.Run(_machine.Context, 1000)).Reason == CpuExitReason.Watchpoint)
        {
            Assert.Equal(watched, exit.Fault.Access);
            Assert.InRange(exit.Fault.Address, GuestMachine.Data + 8, GuestMachine.Data + 9);
            count++;
        }

        Assert.Equal((CpuExitReason.Syscall, stops), (exit.Reason, count));
        Debug.RemoveWatchpoint(_machine.Space, GuestMachine.Data + 8, 4, watched);
        _machine.Context.Rip = GuestMachine.Code;
        Assert.Equal(CpuExitReason.Syscall, Run());
    }

    [Fact]
    public void WatchpointSeesStacksStringsAndCalls()
    {
        _machine.Assemble(GuestMachine.Code, static a =>
        {
            a.rep.stosq();
            a.push(rax);
            a.syscall();
        });
        _machine.Context[GuestRegister.Rdi] = GuestMachine.Data;
        _machine.Context[GuestRegister.Rcx] = 4;
        ulong top = _machine.Context[GuestRegister.Rsp];
        Debug.AddWatchpoint(_machine.Space, GuestMachine.Data + 20, 1, PageAccess.Write);
        Debug.AddWatchpoint(_machine.Space, top - 1, 1, PageAccess.Write);
        CpuExit exit = _machine.Cpu.Run(_machine.Context, 1000);
        Assert.Equal((CpuExitReason.Watchpoint, GuestMachine.Data + 20, 1UL), (exit.Reason, exit.Fault.Address, _machine.Context[GuestRegister.Rcx]));
        exit = _machine.Cpu.Run(_machine.Context, 1000);
        Assert.Equal((CpuExitReason.Watchpoint, top - 1), (exit.Reason, exit.Fault.Address));
        Assert.Equal(CpuExitReason.Syscall, Run());
    }

    private CpuExitReason Run() => _machine.Cpu.Run(_machine.Context, 1000).Reason;
}

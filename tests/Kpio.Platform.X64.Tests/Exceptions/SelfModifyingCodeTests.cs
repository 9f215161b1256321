using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>Code that is written after it was decoded runs as it was written (SDM vol. 3A 11.6), by whatever way the bytes came.</summary>
public abstract class SelfModifyingCodeTests(TestedEngine engine) : IDisposable
{
    private const ulong Page = 0x1000, Writable = 0x50_0000, Alias = 0x58_0000;
    private const PageAccess Everything = PageAccess.Read | PageAccess.Write | PageAccess.Execute;

    private readonly GuestMachine _machine = new(engine);

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The next instruction of the same block is changed by the one before it.</summary>
    [Fact]
    public void NextInstructionOfTheBlock()
    {
        _machine.Map(Writable, 1, Everything);
        _machine.Assemble(Writable, a =>
        {
            Label target = a.CreateLabel();
            a.lea(rbx, __[target]);
            a.mov(__byte_ptr[rbx + 1], 0x22);
            a.Label(ref target);
            a.mov(al, 0x11);
            a.int3();
        });
        _machine.Context.Rip = Writable;
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal(0x22u, _machine.Context[GuestRegister.Rax] & 0xFF);
    }

    /// <summary>A loop counts how often a changed instruction has run: every pass rewrites it.</summary>
    [Fact]
    public void EveryPassOfALoop()
    {
        _machine.Map(Writable, 1, Everything);
        _machine.Assemble(Writable, a =>
        {
            Label loop = a.CreateLabel(), changed = a.CreateLabel();
            a.lea(rbx, __[changed]);
            a.mov(ecx, 1);
            a.Label(ref loop);
            a.mov(__dword_ptr[rbx + 1], ecx);
            a.Label(ref changed);
            a.mov(eax, 0);
            a.add(edx, eax);
            a.inc(ecx);
            a.cmp(ecx, 101);
            a.jne(loop);
            a.int3();
        });
        _machine.Context.Rip = Writable;
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal(5050u, _machine.Context[GuestRegister.Rdx]);
    }

    /// <summary>Code in one page changes a function in another that has run before.</summary>
    [Fact]
    public void FunctionInAnotherPage()
    {
        ulong function = Writable + Page + 0x10;
        _machine.Map(Writable, 2, Everything);
        WriteFunction(function, 1);
        WriteCallerThatPatches(Writable, function, function);
        ExpectSum();
    }

    /// <summary>The bytes are written through another mapping of the same frame.</summary>
    [Fact]
    public void ThroughAnAlias()
    {
        FrameNumber frame = _machine.Map(Writable, 1, PageAccess.Read | PageAccess.Execute);
        _machine.MapAlias(Alias, frame, PageAccess.Read | PageAccess.Write);
        WriteFunction(Writable + 0x10, 1);
        WriteCallerThatPatches(GuestMachine.Code, Writable + 0x10, Alias + 0x10);
        ExpectSum();
    }

    /// <summary>The instruction's immediate lies in the next page, which alone is written.</summary>
    [Fact]
    public void TailOfAnInstructionInTheNextPage()
    {
        ulong function = Writable + Page - 1;
        _machine.Map(Writable, 2, Everything);
        WriteFunction(function, 1);
        WriteCallerThatPatches(GuestMachine.Code, function, function);
        ExpectSum();
    }

    /// <summary>A store that crosses a page changes code in both.</summary>
    [Fact]
    public void StoreAcrossPages()
    {
        _machine.Map(Writable, 2, Everything);
        ulong at = Writable + Page - 4;
        _machine.Write(at, [0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xC3]);
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.call(at);
            a.mov(rax, BitConverter.ToUInt64([0xB8, 0x44, 0x33, 0x22, 0x11, 0x90, 0x90, 0x90]));
            a.mov(rbx, at);
            a.mov(__qword_ptr[rbx], rax);
            a.call(at);
            a.int3();
        });
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal(0x1122_3344u, _machine.Context[GuestRegister.Rax]);
    }

    [Theory]
    [InlineData("rep movsb")]
    [InlineData("rep stosb")]
    [InlineData("movdqu")]
    [InlineData("lock cmpxchg")]
    [InlineData("push")]
    [InlineData("fistp")]
    public void ByAnyKindOfStore(string kind)
    {
        ulong function = Writable + 0x10;
        _machine.Map(Writable, 1, Everything);
        _machine.Write(function, [0xB8, 1, 0, 0, 0, 0xC3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90]);
        byte[] changed = [0xB8, 7, 7, 7, 7, 0xC3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90];
        _machine.Write(GuestMachine.Data, changed);
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.call(function);
            switch (kind)
            {
                case "rep movsb":
                    a.mov(esi, (uint)GuestMachine.Data);
                    a.mov(edi, (uint)function);
                    a.mov(ecx, 16);
                    a.rep.movsb();
                    break;
                case "rep stosb":
                    a.mov(edi, (uint)function + 1);
                    a.mov(eax, 7);
                    a.mov(ecx, 4);
                    a.rep.stosb();
                    break;
                case "movdqu":
                    a.movdqu(xmm0, __xmmword_ptr[GuestMachine.Data]);
                    a.movdqu(__xmmword_ptr[function], xmm0);
                    break;
                case "lock cmpxchg":
                    a.mov(eax, 1);
                    a.mov(ecx, 0x0707_0707);
                    a.@lock.cmpxchg(__dword_ptr[function + 1], ecx);
                    break;
                case "push":
                    a.mov(r8, rsp);
                    a.mov(rsp, function + 8);
                    a.push(__qword_ptr[GuestMachine.Data]);
                    a.mov(rsp, r8);
                    break;
                default:
                    a.fild(__qword_ptr[GuestMachine.Data]);
                    a.fistp(__qword_ptr[function]);
                    break;
            }

            a.call(function);
            a.int3();
        });
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal(0x0707_0707u, _machine.Context[GuestRegister.Rax]);
    }

    /// <summary>A system call writes into code: read(2) into an executable buffer.</summary>
    [Fact]
    public void ByTheKernel()
    {
        _machine.Map(Writable, 1, Everything);
        WriteFunction(Writable, 1);
        _machine.Context.Rip = GuestMachine.Code;
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.call(Writable);
            a.int3();
            a.call(Writable);
            a.int3();
        });
        _machine.Run();
        Assert.Equal(1u, _machine.Context[GuestRegister.Rax]);
        _machine.WriteAsKernel(Writable + 1, [9]);
        _machine.Run();
        Assert.Equal(9u, _machine.Context[GuestRegister.Rax]);
    }

    /// <summary>Another frame is mapped where code ran.</summary>
    [Fact]
    public void ByAnotherMapping()
    {
        _machine.Map(Writable, 1, PageAccess.Read | PageAccess.Execute);
        WriteFunction(Writable, 1);
        _machine.Assemble(GuestMachine.Code, a =>
        {
            a.call(Writable);
            a.int3();
            a.call(Writable);
            a.int3();
        });
        _machine.Run();
        Assert.Equal(1u, _machine.Context[GuestRegister.Rax]);
        _machine.Map(Writable, 1, PageAccess.Read | PageAccess.Execute);
        WriteFunction(Writable, 5);
        _machine.Run();
        Assert.Equal(5u, _machine.Context[GuestRegister.Rax]);
        _machine.Mmu.Unmap(_machine.Space, Writable, Page);
        _machine.Context.Rip = Writable;
        _machine.ExpectFault(Writable, Writable, PageAccess.Execute, present: false);
    }

    /// <summary>The tail of an instruction to which a block of the same page leads is mapped anew, closed and unmapped.</summary>
    [Fact]
    public void TailOfALinkedInstruction()
    {
        ulong tail = Writable + Page, function = tail - 3;
        _machine.Map(Writable, 2, PageAccess.Read | PageAccess.Execute);
        _machine.Write(function, [0x90, 0x90, 0xB8, 1, 0, 0, 0, 0xC3]);
        _machine.Assemble(GuestMachine.Code, a =>
        {
            Label again = a.CreateLabel();
            a.Label(ref again);
            a.call(function);
            a.int3();
            a.jmp(again);
        });
        for (int i = 0; i < 3; i++)
        {
            _machine.Run();
            Assert.Equal(1u, _machine.Context[GuestRegister.Rax]);
        }

        _machine.Map(tail, 1, PageAccess.Read | PageAccess.Execute);
        _machine.Write(tail, [5, 0, 0, 0, 0xC3]);
        _machine.Run();
        Assert.Equal(5u, _machine.Context[GuestRegister.Rax]);

        _machine.Mmu.Protect(_machine.Space, tail, Page, PageAccess.Read);
        _machine.ExpectFault(tail - 1, tail, PageAccess.Execute, present: true);
        _machine.Mmu.Unmap(_machine.Space, tail, Page);
        _machine.ExpectFault(tail - 1, tail, PageAccess.Execute, present: false);
    }

    /// <summary>mov eax, value; ret.</summary>
    private void WriteFunction(ulong address, uint value) => _machine.Assemble(address, a =>
    {
        a.mov(eax, value);
        a.ret();
    });

    /// <summary>Calls the function, writes 2…50 into its immediate and calls it again each time; RDX is the sum.</summary>
    private void WriteCallerThatPatches(ulong at, ulong function, ulong written)
    {
        _machine.Assemble(at, a =>
        {
            Label loop = a.CreateLabel();
            a.mov(rbx, written + 1);
            a.mov(ecx, 1);
            a.Label(ref loop);
            a.mov(__byte_ptr[rbx], cl);
            a.call(function);
            a.add(edx, eax);
            a.inc(ecx);
            a.cmp(ecx, 51);
            a.jne(loop);
            a.int3();
        });
        _machine.Context.Rip = at;
    }

    private void ExpectSum()
    {
        Assert.Equal(ExceptionVector.Breakpoint, _machine.Run().Vector);
        Assert.Equal(1275u, _machine.Context[GuestRegister.Rdx]);
    }
}

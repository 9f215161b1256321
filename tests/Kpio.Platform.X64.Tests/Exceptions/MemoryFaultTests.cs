using Iced.Intel;
using Kpio.Contracts.Platform;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Exceptions;

/// <summary>Accesses that the page tables or the processor forbid: nothing of the instruction happens, and the cause is exact.</summary>
public abstract class MemoryFaultTests(TestedEngine engine) : IDisposable
{
    private const ulong Page = 0x1000, Border = GuestMachine.Data + (2 * Page), KernelHalf = 0xFFFF_8000_0000_0000, NonCanonical = 0x0000_8000_0000_0000;

    private readonly GuestMachine _machine = new(engine);

    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Stores of every kind whose operand at RBX begins in one page and ends in the next.</summary>
    public static TheoryData<string> Stores => [.. s_stores.Keys];

    private static readonly Dictionary<string, Action<Assembler>> s_stores = new()
    {
        ["mov 16"] = a => a.mov(__word_ptr[rbx + 15], ax),
        ["mov 32"] = a => a.mov(__dword_ptr[rbx + 13], eax),
        ["mov 64"] = a => a.mov(__qword_ptr[rbx + 9], rax),
        ["mov immediate"] = a => a.mov(__qword_ptr[rbx + 12], -1),
        ["add"] = a => a.add(__qword_ptr[rbx + 12], rax),
        ["lock add"] = a => a.@lock.add(__dword_ptr[rbx + 14], eax),
        ["inc"] = a => a.inc(__dword_ptr[rbx + 14]),
        ["not"] = a => a.not(__qword_ptr[rbx + 14]),
        ["neg"] = a => a.neg(__qword_ptr[rbx + 14]),
        ["shl"] = a => a.shl(__qword_ptr[rbx + 14], 3),
        ["shld"] = a => a.shld(__qword_ptr[rbx + 14], rax, 3),
        ["bts"] = a => a.bts(__dword_ptr[rbx + 14], 3),
        ["xchg"] = a => a.xchg(__qword_ptr[rbx + 12], rax),
        ["xadd"] = a => a.xadd(__qword_ptr[rbx + 12], rax),
        ["cmpxchg"] = a => a.cmpxchg(__qword_ptr[rbx + 12], rcx),
        ["cmpxchg8b"] = a => a.cmpxchg8b(__qword_ptr[rbx + 12]),
        ["movnti"] = a => a.movnti(__qword_ptr[rbx + 12], rax),
        ["movups"] = a => a.movups(__xmmword_ptr[rbx + 5], xmm0),
        ["movdqu"] = a => a.movdqu(__xmmword_ptr[rbx + 1], xmm0),
        ["movsd"] = a => a.movsd(__qword_ptr[rbx + 10], xmm0),
        ["movhps"] = a => a.movhps(__qword_ptr[rbx + 10], xmm0),
        ["movq mmx"] = a => a.movq(__qword_ptr[rbx + 10], mm0),
        ["fst 64"] = a => a.fst(__qword_ptr[rbx + 10]),
        ["fstp 80"] = a => a.fstp(__tbyte_ptr[rbx + 8]),
        ["fistp"] = a => a.fistp(__qword_ptr[rbx + 10]),
        ["fnstenv"] = a => a.fnstenv(__[rbx + 4]),
        ["fnsave"] = a => a.fnsave(__[rbx + 4]),
        ["pop"] = a => a.pop(__qword_ptr[rbx + 10]),
        ["setcc beyond"] = a => a.setz(__byte_ptr[rbx + 16]),
        ["stosq"] = a => a.stosq(),
        ["movsq"] = a => a.movsq(),
    };

    [Theory]
    [MemberData(nameof(Stores))]
    public void StoreAcrossAMissingPageChangesNothing(string store) => ExpectUnchanged(store, mapReadOnly: false);

    [Theory]
    [MemberData(nameof(Stores))]
    public void StoreAcrossAReadOnlyPageChangesNothing(string store) => ExpectUnchanged(store, mapReadOnly: true);

    private void ExpectUnchanged(string store, bool mapReadOnly)
    {
        if (mapReadOnly) _machine.Map(Border, 1, PageAccess.Read);
        byte[] before = new byte[Page];
        new Random(5).NextBytes(before);
        _machine.Write(Border - Page, before);
        _machine.Assemble(GuestMachine.Code, s_stores[store]);
        for (var register = GuestRegister.Rax; register <= GuestRegister.R15; register++)
        {
            if (register != GuestRegister.Rsp) _machine.Context[register] = 0x0101_0101_0101_0101 * (ulong)register;
        }

        _machine.Context[GuestRegister.Rbx] = Border - 16;
        _machine.Context[GuestRegister.Rsi] = GuestMachine.Data;
        _machine.Context[GuestRegister.Rdi] = Border - 4;
        ulong[] registers = Registers();
        byte[] extended = Extended();

        CpuExit exit = _machine.Run();

        // A read-modify-write instruction on a page that is missing may be told as a read or as a write.
        Assert.Equal((CpuExitReason.Fault, Border, mapReadOnly), (exit.Reason, exit.Fault.Address, exit.Fault.Present));
        if (mapReadOnly) Assert.Equal(PageAccess.Write, exit.Fault.Access);
        Assert.Equal(GuestMachine.Code, _machine.Context.Rip);
        Assert.Equal(registers, Registers());
        Assert.Equal(extended, Extended());
        Assert.Equal(before, _machine.Read(Border - Page, (int)Page));
    }

    [Theory]
    [InlineData(KernelHalf)]
    [InlineData(0xFFFF_FFFF_FFFF_F000)]
    [InlineData(0xFFFF_FFFF_FF60_0000)]
    public void KernelHalfIsOutOfReach(ulong address)
    {
        _machine.Context[GuestRegister.Rbx] = address;
        _machine.Assemble(GuestMachine.Code, a => a.mov(rax, __qword_ptr[rbx]));
        CpuExit exit = _machine.Run();
        Assert.Equal((CpuExitReason.Fault, address, PageAccess.Read, false), (exit.Reason, exit.Fault.Address, exit.Fault.Access, exit.Fault.NonCanonical));

        _machine.Assemble(GuestMachine.Code + 0x100, a => a.mov(__byte_ptr[rbx], al));
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        exit = _machine.Run();
        Assert.Equal((CpuExitReason.Fault, address, PageAccess.Write), (exit.Reason, exit.Fault.Address, exit.Fault.Access));

        _machine.Context.Rip = address;
        exit = _machine.Run();
        Assert.Equal((CpuExitReason.Fault, address, PageAccess.Execute, address), (exit.Reason, exit.Fault.Address, exit.Fault.Access, _machine.Context.Rip));
    }

    [Theory]
    [InlineData(NonCanonical)]
    [InlineData(0xFFFF_7FFF_FFFF_FFF8)]
    [InlineData(0x0123_4567_89AB_CDEF)]
    public void NonCanonicalAddressIsAGeneralProtection(ulong address)
    {
        _machine.Context[GuestRegister.Rbx] = address;
        _machine.Assemble(GuestMachine.Code, a => a.mov(rax, __qword_ptr[rbx]));
        _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code);
        _machine.Assemble(GuestMachine.Code + 0x100, a => a.inc(__byte_ptr[rbx]));
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code + 0x100);
    }

    /// <summary>Through the stack segment it is #SS (SDM vol. 3A 6.15).</summary>
    [Fact]
    public void NonCanonicalStackIsAStackFault()
    {
        _machine.Context[GuestRegister.Rsp] = NonCanonical + 64;
        _machine.Context[GuestRegister.Rbp] = NonCanonical;
        _machine.Assemble(GuestMachine.Code, a => a.push(rax));
        _machine.ExpectException(ExceptionVector.StackFault, GuestMachine.Code);
        _machine.Assemble(GuestMachine.Code + 0x100, a => a.mov(rax, __qword_ptr[rbp + 8]));
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        _machine.ExpectException(ExceptionVector.StackFault, GuestMachine.Code + 0x100);
    }

    /// <summary>An access that begins in the lower half and ends beyond it.</summary>
    [Fact]
    public void AccessAcrossTheEndOfTheLowerHalf()
    {
        const ulong last = NonCanonical - Page;
        _machine.Map(last, 1, PageAccess.Read | PageAccess.Write);
        _machine.Context[GuestRegister.Rbx] = NonCanonical - 4;
        _machine.Assemble(GuestMachine.Code, a => a.mov(rax, __qword_ptr[rbx]));
        _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code);
        _machine.Assemble(GuestMachine.Code + 0x100, a => a.mov(__qword_ptr[rbx], rax));
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code + 0x100);
        Assert.Equal(0u, _machine.Read64(NonCanonical - 8));
    }

    /// <summary>A branch raises the exception itself and has no effect; whatever number a return finds, it is taken for an address.</summary>
    [Theory]
    [InlineData(0x8000_0000_0000_0000)]
    [InlineData(NonCanonical)]
    [InlineData(0x0123_4567_89AB_CDEF)]
    public void BranchToANonCanonicalAddressIsAGeneralProtection(ulong target)
    {
        ulong stack = _machine.Context[GuestRegister.Rsp];
        foreach (byte[] branch in new byte[][] { [0xC3], [0xC2, 0x10, 0x00], [0xFF, 0xE3], [0xFF, 0xD3], [0xFF, 0x24, 0x24], [0xFF, 0x14, 0x24] })
        {
            using var machine = new GuestMachine(engine);
            machine.Write(GuestMachine.Code, branch);
            machine.Write(stack, target);
            machine.Context[GuestRegister.Rbx] = target;
            machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code);
            Assert.Equal(stack, machine.Context[GuestRegister.Rsp]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0x1000)]
    public void BranchToAnUnmappedAddressFaultsThere(ulong target)
    {
        _machine.Write(_machine.Context[GuestRegister.Rsp], target);
        _machine.Write(GuestMachine.Code, [0xC3]);
        _machine.ExpectFault(target, target, PageAccess.Execute, present: false);
        _machine.Write(GuestMachine.Code + 0x100, [0xFF, 0xE3]);
        _machine.Context.Rip = GuestMachine.Code + 0x100;
        _machine.Context[GuestRegister.Rbx] = target;
        _machine.ExpectFault(target, target, PageAccess.Execute, present: false);
    }

    [Fact]
    public void CodeMustBeExecutable()
    {
        _machine.Write(GuestMachine.Data, [0x90, 0xCC]);
        _machine.Context.Rip = GuestMachine.Data;
        _machine.ExpectFault(GuestMachine.Data, GuestMachine.Data, PageAccess.Execute, present: true);
    }

    [Fact]
    public void CodeMustNotBeWritten()
    {
        _machine.Assemble(GuestMachine.Code, a => a.mov(__byte_ptr[GuestMachine.Code + 0x80], 1));
        _machine.ExpectFault(GuestMachine.Code, GuestMachine.Code + 0x80, PageAccess.Write, present: true);
    }

    /// <summary>An instruction whose last bytes lie in a page that cannot be fetched faults at that page, not at itself.</summary>
    [Fact]
    public void InstructionAcrossTheEndOfCode()
    {
        ulong end = GuestMachine.Code + (2 * Page);
        _machine.Write(end - 2, [0x48, 0xB8]);
        _machine.Context.Rip = end - 2;
        _machine.ExpectFault(end - 2, end, PageAccess.Execute, present: false);
        _machine.Map(end, 1, PageAccess.Read | PageAccess.Execute);
        _machine.Write(end, [1, 2, 3, 4, 5, 6, 7, 8, 0xCC]);
        _machine.ExpectException(ExceptionVector.Breakpoint, end + 9);
        Assert.Equal(0x0807_0605_0403_0201u, _machine.Context[GuestRegister.Rax]);
    }

    /// <summary>An instruction that ends with the last byte of a page needs nothing of the next one.</summary>
    [Fact]
    public void InstructionAtTheEndOfCodeIsDone()
    {
        ulong end = GuestMachine.Code + (2 * Page);
        _machine.Write(end - 3, [0xB0, 0x42, 0x90]);
        _machine.Context.Rip = end - 3;
        _machine.ExpectFault(end, end, PageAccess.Execute, present: false);
        Assert.Equal(0x42u, _machine.Context[GuestRegister.Rax] & 0xFF);
    }

    public static TheoryData<string> AlignedAccesses => [.. s_aligned.Keys];

    private static readonly Dictionary<string, Action<Assembler>> s_aligned = new()
    {
        ["movaps load"] = a => a.movaps(xmm1, __xmmword_ptr[rbx]),
        ["movaps store"] = a => a.movaps(__xmmword_ptr[rbx], xmm1),
        ["movdqa load"] = a => a.movdqa(xmm1, __xmmword_ptr[rbx]),
        ["movntdq"] = a => a.movntdq(__xmmword_ptr[rbx], xmm1),
        ["movntdqa"] = a => a.movntdqa(xmm1, __xmmword_ptr[rbx]),
        ["paddb"] = a => a.paddb(xmm1, __xmmword_ptr[rbx]),
        ["addpd"] = a => a.addpd(xmm1, __xmmword_ptr[rbx]),
        ["cmpxchg16b"] = a => a.cmpxchg16b(__xmmword_ptr[rbx]),
        ["fxsave"] = a => a.fxsave(__[rbx]),
        ["fxrstor"] = a => a.fxrstor(__[rbx]),
    };

    /// <summary>Misalignment is #GP, even where the page is missing as well.</summary>
    [Theory]
    [MemberData(nameof(AlignedAccesses))]
    public void MisalignedAccessIsAGeneralProtection(string access)
    {
        _machine.Assemble(GuestMachine.Code, s_aligned[access]);
        foreach (ulong address in new[] { GuestMachine.Data + 8, Border - 8, Border + 1 })
        {
            _machine.Context.Rip = GuestMachine.Code;
            _machine.Context[GuestRegister.Rbx] = address;
            _machine.ExpectException(ExceptionVector.GeneralProtection, GuestMachine.Code);
        }
    }

    private ulong[] Registers()
        => [.. Enum.GetValues<GuestRegister>().Select(register => _machine.Context[register]), _machine.Context.Rflags];

    private byte[] Extended()
    {
        byte[] state = new byte[_machine.Context.ExtendedStateSize];
        _machine.Context.ReadExtendedState(state);
        return state;
    }
}

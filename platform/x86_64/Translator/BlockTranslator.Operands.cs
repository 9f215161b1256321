using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Translator;

/// <content>Instructions with renamed registers, and the addresses of their memory operands.</content>
internal sealed unsafe partial class BlockTranslator
{
    private readonly Temporary[] _temporaries = new Temporary[3];
    private int _temporaryCount;

    /// <summary>A guest register of a size.</summary>
    private static Register Guest(int number, int size) => Sized(number, size);

    private static Register Sized(int number, int size) => size switch
    {
        8 => Register.RAX + number,
        4 => Register.EAX + number,
        2 => Register.AX + number,
        // AL, CL, DL, BL, then AH…BH, then SPL…
        _ => number < 4 ? Register.AL + number : Register.SPL + (number - 4),
    };

    // ---- the general way ----

    private void General(in Instruction i)
    {
        if (_liveAfter[_index] && MayBeInterpreted(i))
        {
            Interpret(i.IP, i.NextIP, 1, leaves: false);
            return;
        }

        bool rax = NeedsRax(i);
        Instruction copy = Rename(i, rax);
        PrepareFlags(i);
        if (rax) TakeRax();
        code.Emit(copy);
        if (rax) code.Move(HostCode.GuestRax, HostCode.Rax);
        StoreTemporaries();
        NoteFlags(i);
        EndInstruction();
    }

    /// <summary>Puts the guest's RAX into the host's.</summary>
    private void TakeRax()
    {
        if (_flags == FlagsIn.Rax)
        {
            // Either somebody wants to see them again, or nobody does.
            if (_liveAfter[_index]) code.RestoreFlags();
            _flags = FlagsIn.Host;
            _fix = FlagFix.None;
        }

        code.Move(HostCode.Rax, HostCode.GuestRax);
    }

    /// <summary>The instruction as the host is to do it: its address is formed, and registers that the host keeps in memory are loaded.</summary>
    private Instruction Rename(in Instruction i, bool keepsRax)
    {
        Instruction copy = i;
        _temporaryCount = 0;
        int memory = -1;
        int slots = 0;
        int slot = -1;
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            OpKind kind = i.GetOpKind(operand);
            if (kind == OpKind.Memory) memory = operand;
            if (kind != OpKind.Register || !i.GetOpRegister(operand).IsGPR() || i.GetOpRegister(operand).GetFullRegister().GetNumber() < 12 || IsHighByte(i.GetOpRegister(operand))) continue;
            slots++;
            slot = operand;
        }

        copy.Code = WithoutAccumulator(i.Code);
        copy.HasRepPrefix = false;
        copy.HasRepnePrefix = false;
        if (memory >= 0)
        {
            FormAddress(i, memory);
            copy.MemoryBase = Register.R15;
            copy.MemoryIndex = Register.None;
            copy.MemoryIndexScale = 1;
            copy.MemoryDisplacement64 = 0;
            copy.MemoryDisplSize = 0;
            copy.SegmentPrefix = Register.None;
        }
        else if (slots == 1 && TryUseSlot(ref copy, slot))
        {
            slots = 0;
        }

        for (int operand = 0; operand < i.OpCount; operand++)
        {
            if (copy.GetOpKind(operand) != OpKind.Register) continue;
            Register register = copy.GetOpRegister(operand);
            if (!register.IsGPR() || IsHighByte(register)) continue;
            int number = register.GetFullRegister().GetNumber();
            int size = register.GetSize();
            if (number == 0 && keepsRax) continue;
            int host = HostCode.HostOf[number];
            if (host < 0) host = LoadTemporary(i, operand, number, memory >= 0);
            if (host != number) copy.SetOpRegister(operand, Sized(host, size));
        }

        return copy;
    }

    /// <summary>Loads a register that is kept in memory into a free one.</summary>
    private int LoadTemporary(in Instruction i, int operand, int number, bool hasMemory)
    {
        bool writes = IsWritten(i, operand);
        for (int known = 0; known < _temporaryCount; known++)
        {
            if (_temporaries[known].Number != number) continue;
            if (writes) _temporaries[known].Writes = true;
            return _temporaries[known].Host;
        }

        int host;
        if (_temporaryCount == 0)
        {
            host = HostCode.Index;
        }
        else if (!hasMemory && _temporaryCount == 1)
        {
            host = HostCode.Address;
        }
        else
        {
            // The flags must not be in RAX then; what the instruction does to them comes behind this.
            LoadFlags();
            host = HostCode.Rax;
        }

        code.Load(host, number * 8);
        _temporaries[_temporaryCount++] = new Temporary { Number = number, Host = host, Writes = writes };
        return host;
    }

    private bool IsWritten(in Instruction i, int operand)
    {
        InstructionInfo info = _facts.GetInfo(i, InstructionInfoOptions.NoRegisterUsage | InstructionInfoOptions.NoMemoryUsage);
        return info.GetOpAccess(operand) is not (OpAccess.Read or OpAccess.CondRead or OpAccess.None or OpAccess.NoMemAccess);
    }

    private void StoreTemporaries()
    {
        for (int i = 0; i < _temporaryCount; i++)
        {
            if (_temporaries[i].Writes) code.Store(_temporaries[i].Host, _temporaries[i].Number * 8);
        }

        _temporaryCount = 0;
    }

    /// <summary>Has an instruction use a register that is kept in memory where it is, when its form allows that.</summary>
    private bool TryUseSlot(ref Instruction copy, int operand)
    {
        switch (copy.Mnemonic)
        {
            case Mnemonic.Mov or Mnemonic.Movzx or Mnemonic.Movsx or Mnemonic.Movsxd or Mnemonic.Add or Mnemonic.Or or Mnemonic.Adc or Mnemonic.Sbb
                or Mnemonic.And or Mnemonic.Sub or Mnemonic.Xor or Mnemonic.Cmp or Mnemonic.Test or Mnemonic.Inc or Mnemonic.Dec or Mnemonic.Neg
                or Mnemonic.Not or Mnemonic.Imul or Mnemonic.Shl or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Cvtsi2sd or Mnemonic.Cvtsi2ss:
            case >= Mnemonic.Cmova and <= Mnemonic.Cmovs:
                break;
            default:
                return false;
        }

        Register register = copy.GetOpRegister(operand);
        int size = register.GetSize();
        if (operand == 1 && copy.Op0Kind == OpKind.Register) copy.Code = WithSourceInMemory(copy.Code);
        if (copy.OpCode.GetOpKind(operand) is not (OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r32_or_mem
            or OpCodeOperandKind.r64_or_mem)) return false;

        // Writing 32 bits clears the upper half of a register, not of memory.
        if (size == 4 && IsWritten(copy, operand)) return false;
        copy.SetOpKind(operand, OpKind.Memory);
        copy.MemoryBase = Register.RSP;
        copy.MemoryIndex = Register.None;
        copy.MemoryIndexScale = 1;
        copy.MemoryDisplacement64 = (ulong)register.GetFullRegister().GetNumber() * 8;
        copy.MemoryDisplSize = 1;
        copy.SegmentPrefix = Register.None;
        return true;
    }

    // ---- addresses ----

    /// <summary>Has the host address of a memory operand in <see cref="HostCode.Address"/>.</summary>
    private void FormAddress(in Instruction i, int operand)
    {
        SaveFlags();
        nint retry = code.Here;
        EffectiveAddress(i);
        LookUpPage(i, retry, i.MemorySize.GetSize(), IsWritten(i, operand), IsAligned(i), leaves: false);
    }

    /// <summary>The linear address of the memory operand.</summary>
    private void EffectiveAddress(in Instruction i)
    {
        if (i.IsIPRelativeMemoryOperand)
        {
            code.MoveImmediate(HostCode.Address, i.IPRelativeMemoryAddress);
        }
        else
        {
            AddressInto(HostCode.Address, i);
        }

        if (i.MemorySegment is Register.FS) code.Memory(0x03, HostCode.Address, HostCode.State, -1, 0, offsets.FsBase);
        else if (i.MemorySegment is Register.GS) code.Memory(0x03, HostCode.Address, HostCode.State, -1, 0, offsets.GsBase);
    }

    /// <summary>Base, index and displacement; the flags stay.</summary>
    private void AddressInto(int register, in Instruction i)
    {
        int @base = -1;
        int index = -1;
        if (i.MemoryBase != Register.None)
        {
            @base = HostCode.HostOf[i.MemoryBase.GetNumber()];
            if (@base < 0) code.Load(@base = HostCode.Address, i.MemoryBase.GetNumber() * 8);
        }

        if (i.MemoryIndex != Register.None)
        {
            index = HostCode.HostOf[i.MemoryIndex.GetNumber()];
            if (index < 0) code.Load(index = HostCode.Index, i.MemoryIndex.GetNumber() * 8);
        }

        bool narrow = i.MemoryBase.GetSize() == 4 || i.MemoryIndex.GetSize() == 4
            || (i.MemoryBase == Register.None && i.MemoryIndex == Register.None && i.MemoryDisplSize == 4);
        int scale = i.MemoryIndexScale switch { 2 => 1, 4 => 2, 8 => 3, _ => 0 };
        int displacement = (int)i.MemoryDisplacement64;
        if (@base < 0 && index < 0)
        {
            code.MoveImmediate(register, i.MemoryDisplacement64);
            return;
        }

        if (!narrow && index < 0 && displacement == 0)
        {
            if (@base != register) code.Move(register, @base);
            return;
        }

        code.Memory(0x8D, register, @base, index, scale, displacement, !narrow);
    }

    /// <summary>
    /// Turns the linear address in <see cref="HostCode.Address"/> into the host's: an entry of the TLB whose tag is the address's page
    /// makes the XOR of the two its offset there, so that one comparison tells another page, an access that crosses into the next one,
    /// and one that is not aligned. Takes the flags.
    /// </summary>
    private void LookUpPage(in Instruction i, nint retry, int size, bool writes, bool aligned, bool leaves)
    {
        int tlb = writes ? StateLayout.WriteTlb : StateLayout.ReadTlb;
        code.Bytes([0x45, 0x89, 0xFC, 0x41, 0xC1, 0xEC, 0x08, 0x41, 0x81, 0xE4]); // mov r12d, r15d; shr r12d, 8; and r12d, …
        code.Int32((int)TlbEntry.OffsetMask);
        code.Memory(0x33, HostCode.Address, HostCode.State, HostCode.Index, 0, tlb);
        nint miss;
        if (aligned)
        {
            code.Bytes([0x49, 0xF7, 0xC7]); // test r15, …
            code.Int32(~(4095 & ~(size - 1)));
            miss = code.JumpIf(5);
        }
        else
        {
            code.Bytes([0x49, 0x81, 0xFF]); // cmp r15, …
            code.Int32(4096 - size);
            miss = code.JumpIf(7);
        }

        code.Memory(0x03, HostCode.Address, HostCode.State, HostCode.Index, 0, tlb + 8);
        int site = sites.Add(new Site
        {
            Kind = SiteKind.Miss,
            Rip = i.IP,
            Next = i.NextIP,
            Retry = retry,
            Before = (ushort)_index,
            Count = 1,
            Size = (byte)size,
            Writes = writes,
            Aligned = aligned,
        });
        _stubs.Add(new PendingStub(miss, SiteKind.Miss, 0, Site: site));
        if (!leaves) _resumes.Add(site);
    }

    /// <summary>A register of the guest that is kept in memory, in a host register for one instruction.</summary>
    private struct Temporary
    {
        public int Number;
        public int Host;
        public bool Writes;
    }
}

using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>Exits, flags, segments, saved state, and everything that ring 3 may not do.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitSystem(Op* op, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Syscall: op->Handler = Pointer(&SystemHandlers.Syscall); return true;
            case Mnemonic.Int3: op->Handler = Pointer(&SystemHandlers.Breakpoint); return true;
            case Mnemonic.Int1: op->Handler = Pointer(&SystemHandlers.DebugTrap); return true;
            case Mnemonic.Int when i.Immediate8 is 3 or 4:
                op->Handler = i.Immediate8 == 3 ? Pointer(&SystemHandlers.Breakpoint) : Pointer(&SystemHandlers.OverflowTrap);
                return true;
            case Mnemonic.Int:
                // No gate but those of INT3 and INTO is open to ring 3: the error code names the gate in the IDT.
                op->Immediate = (i.Immediate8 << 3) | 2;
                op->Handler = Pointer(&SystemHandlers.GeneralProtection);
                return true;
            case Mnemonic.Ud0 or Mnemonic.Ud1 or Mnemonic.Ud2 or Mnemonic.Sysenter or Mnemonic.Sysexit or Mnemonic.Sysexitq
                or Mnemonic.Monitor or Mnemonic.Mwait or Mnemonic.Rdpid or Mnemonic.Rdfsbase or Mnemonic.Rdgsbase or Mnemonic.Wrfsbase
                or Mnemonic.Wrgsbase or Mnemonic.Vmcall or Mnemonic.Vmmcall or Mnemonic.Rsm:
                // AMD has no SYSENTER in 64-bit mode (APM vol. 3); the others are not claimed by CPUID or only for other rings.
                op->Handler = Pointer(&SystemHandlers.InvalidOpcode);
                return true;
            case Mnemonic.Cpuid: op->Handler = Pointer(&SystemHandlers.Cpuid); return true;
            case Mnemonic.Rdtsc: op->Handler = Pointer(&SystemHandlers.TimeStamp); return true;
            case Mnemonic.Rdtscp:
                op->Immediate = 1;
                op->Handler = Pointer(&SystemHandlers.TimeStamp);
                return true;
            case Mnemonic.Xgetbv: op->Handler = Pointer(&SystemHandlers.Xgetbv); return true;
            case Mnemonic.Rdrand or Mnemonic.Rdseed:
                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = Operands.LogOf(i) switch
                {
                    1 => Pointer(&SystemHandlers.Random<Size16>),
                    2 => Pointer(&SystemHandlers.Random<Size32>),
                    _ => Pointer(&SystemHandlers.Random<Size64>),
                };
                return true;
            case Mnemonic.Clc: op->Handler = Pointer(&SystemHandlers.ClearCarry); return true;
            case Mnemonic.Stc: op->Handler = Pointer(&SystemHandlers.SetCarry); return true;
            case Mnemonic.Cmc: op->Handler = Pointer(&SystemHandlers.ComplementCarry); return true;
            case Mnemonic.Cld: op->Handler = Pointer(&SystemHandlers.ClearDirection); return true;
            case Mnemonic.Std: op->Handler = Pointer(&SystemHandlers.SetDirection); return true;
            case Mnemonic.Lahf: op->Handler = Pointer(&SystemHandlers.Lahf); return true;
            case Mnemonic.Sahf: op->Handler = Pointer(&SystemHandlers.Sahf); return true;
            case Mnemonic.Pushf or Mnemonic.Pushfq:
                op->Immediate = i.Mnemonic == Mnemonic.Pushf ? 2 : 8;
                op->Detail |= OpDetail.StackSegment;
                op->Handler = Pointer(&StackHandlers.PushFlags);
                return true;
            case Mnemonic.Popf or Mnemonic.Popfq:
                op->Immediate = i.Mnemonic == Mnemonic.Popf ? 2 : 8;
                op->Detail |= OpDetail.StackSegment;
                op->Handler = Pointer(&StackHandlers.PopFlags);
                return true;
            case Mnemonic.Leave:
                op->Immediate = i.Code == Code.Leavew ? 2 : 8;
                op->Detail |= OpDetail.StackSegment;
                op->Handler = Pointer(&StackHandlers.Leave);
                return true;
            case Mnemonic.Enter:
                op->Immediate = i.Code == Code.Enterw_imm16_imm8 ? 2 : 8;
                op->Displacement = i.Immediate16;
                op->Scale = (byte)(i.Immediate8_2nd & 31);
                op->Detail |= OpDetail.StackSegment;
                op->Handler = Pointer(&StackHandlers.Enter);
                return true;
            case Mnemonic.Xlatb:
                if (i.MemoryBase == Register.EBX) op->Detail |= OpDetail.Address32;
                op->Segment = Operands.SegmentOf(i.MemorySegment);
                op->Handler = Pointer(&SystemHandlers.Xlat);
                return true;
            case Mnemonic.Mov: return EmitSegmentMove(op, i);
            case Mnemonic.Fxsave or Mnemonic.Fxsave64: return EmitArea(op, i, Pointer(&SystemHandlers.Fxsave), i.Mnemonic == Mnemonic.Fxsave64);
            case Mnemonic.Fxrstor or Mnemonic.Fxrstor64: return EmitArea(op, i, Pointer(&SystemHandlers.Fxrstor), i.Mnemonic == Mnemonic.Fxrstor64);
            case Mnemonic.Xsave or Mnemonic.Xsave64: return EmitArea(op, i, Pointer(&SystemHandlers.Xsave), i.Mnemonic == Mnemonic.Xsave64);
            case Mnemonic.Xrstor or Mnemonic.Xrstor64: return EmitArea(op, i, Pointer(&SystemHandlers.Xrstor), i.Mnemonic == Mnemonic.Xrstor64);
            case Mnemonic.Ldmxcsr: return EmitArea(op, i, Pointer(&SystemHandlers.Ldmxcsr), false);
            case Mnemonic.Stmxcsr: op->Handler = Memory.Write<StoreMxcsr>(AddressOf(op, i)); return true;
            case Mnemonic.Clflush: return EmitArea(op, i, Pointer(&SystemHandlers.TouchMemory), false);
            case Mnemonic.Iretq:
                op->Handler = Pointer(&SystemHandlers.InterruptReturn);
                return true;
            case Mnemonic.Retf:
                op->Displacement = i.OpCount == 0 ? 0 : i.Immediate16;
                op->Immediate = i.Code switch
                {
                    Code.Retfq or Code.Retfq_imm16 => 8,
                    Code.Retfd or Code.Retfd_imm16 => 4,
                    _ => 2,
                };
                op->Handler = Pointer(&SystemHandlers.FarReturn);
                return true;
            case Mnemonic.Hlt or Mnemonic.Cli or Mnemonic.Sti or Mnemonic.In or Mnemonic.Out or Mnemonic.Insb or Mnemonic.Insw
                or Mnemonic.Insd or Mnemonic.Outsb or Mnemonic.Outsw or Mnemonic.Outsd or Mnemonic.Lgdt or Mnemonic.Lidt or Mnemonic.Lldt
                or Mnemonic.Ltr or Mnemonic.Lmsw or Mnemonic.Clts or Mnemonic.Invd or Mnemonic.Wbinvd or Mnemonic.Invlpg or Mnemonic.Rdmsr
                or Mnemonic.Wrmsr or Mnemonic.Rdpmc or Mnemonic.Swapgs or Mnemonic.Sysret or Mnemonic.Sysretq or Mnemonic.Xsetbv
                or Mnemonic.Iret or Mnemonic.Iretd or Mnemonic.Sgdt or Mnemonic.Sidt or Mnemonic.Sldt or Mnemonic.Str or Mnemonic.Smsw
                or Mnemonic.Call or Mnemonic.Jmp or Mnemonic.Ret or Mnemonic.Lar or Mnemonic.Lsl or Mnemonic.Verr or Mnemonic.Verw
                or Mnemonic.Lss or Mnemonic.Lfs or Mnemonic.Lgs:
                // Privileged, or closed as UMIP closes SGDT and its like, or a far transfer to a segment that Linux does not have.
                op->Handler = Pointer(&SystemHandlers.GeneralProtection);
                return true;
            default: return false;
        }
    }

    private bool EmitArea(Op* op, in Instruction i, nint handler, bool wide)
    {
        AddressOf(op, i);
        op->Immediate = wide ? 1 : 0;
        op->Handler = handler;
        return true;
    }

    /// <summary>MOV to and from segment registers; to and from control and debug registers is privileged.</summary>
    private bool EmitSegmentMove(Op* op, in Instruction i)
    {
        if (i.Op0Register.IsSegmentRegister())
        {
            int segment = i.Op0Register - Register.ES;
            if (i.Op0Register == Register.CS)
            {
                op->Handler = Pointer(&SystemHandlers.InvalidOpcode);
                return true;
            }

            if (i.Op1Kind == OpKind.Memory)
            {
                AddressOf(op, i);
                op->Immediate = segment;
                op->Handler = Pointer(&SystemHandlers.LoadSelectorFromMemory);
                return true;
            }

            op->Source = Operands.Offset(i.Op1Register);
            op->Scale = (byte)segment;
            op->Handler = Pointer(&SystemHandlers.LoadSelectorFromRegister);
            return true;
        }

        if (i.Op1Register.IsSegmentRegister())
        {
            int segment = i.Op1Register - Register.ES;
            if (i.Op0Kind == OpKind.Memory)
            {
                op->Immediate = segment;
                op->Handler = Memory.Write<StoreSelectorToMemory>(AddressOf(op, i));
                return true;
            }

            op->Destination = Operands.Offset(i.Op0Register);
            op->Scale = (byte)segment;
            op->Handler = Operands.LogOf(i) switch
            {
                1 => Pointer(&SystemHandlers.StoreSelector<Size16>),
                2 => Pointer(&SystemHandlers.StoreSelector<Size32>),
                _ => Pointer(&SystemHandlers.StoreSelector<Size64>),
            };
            return true;
        }

        op->Handler = Pointer(&SystemHandlers.GeneralProtection);
        return true;
    }
}

using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Translator;

/// <content>Which way each instruction goes.</content>
internal sealed unsafe partial class BlockTranslator
{
    /// <summary>Chooses the plans; false when so much is left to the interpreter that it may as well do the rest.</summary>
    private bool MakePlans(ReadOnlySpan<Instruction> block)
    {
        int interpreted = 0;
        for (int i = 0; i < block.Length; i++)
        {
            _plans[i] = PlanOf(block[i]);
            if (_plans[i] == Plan.Interpret) interpreted++;
        }

        return translatesEverything || interpreted * 2 <= block.Length;
    }

    private Plan PlanOf(in Instruction i)
    {
        if (i.IsInvalid) return Plan.Interpret;
        if (i.FlowControl != FlowControl.Next) return IsKnownBranch(i) ? Plan.Branch : Plan.Interpret;
        if (i.HasLockPrefix && !BlockDecoder.IsLockable(i)) return Plan.Interpret;
        if (IsMove(i)) return i.HasRepPrefix ? Plan.RepeatedMove : Plan.SingleMove;
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            switch (i.GetOpKind(operand))
            {
                case OpKind.Register:
                    Register register = i.GetOpRegister(operand);
                    if (!register.IsGPR() && !register.IsXMM() && !register.IsYMM()) return Plan.Interpret;
                    break;
                case OpKind.Memory:
                    if (i.IsVsib) return Plan.Interpret;
                    if (i.OpCode.GetOpKind(operand) == OpCodeOperandKind.mem_offs) return Plan.Interpret;
                    break;
                case OpKind.Immediate8 or OpKind.Immediate16 or OpKind.Immediate32 or OpKind.Immediate64 or OpKind.Immediate8to16
                    or OpKind.Immediate8to32 or OpKind.Immediate8to64 or OpKind.Immediate32to64:
                    break;
                default:
                    return Plan.Interpret;
            }
        }

        Plan plan = PlanByName(i);
        if ((plan is Plan.General or Plan.ShiftByCounter or Plan.BitScan) && HasHighByte(i) && !CanKeepHighByte(i)) return Plan.Interpret;
        return plan;
    }

    /// <summary>MOVS and STOS, repeated or not, with addresses of 64 bits in DS and ES.</summary>
    private static bool IsMove(in Instruction i) =>
        !i.HasRepnePrefix && i.SegmentPrefix is Register.None or Register.DS
        && (i.Mnemonic is Mnemonic.Movsb or Mnemonic.Movsw or Mnemonic.Movsq || i.Code == Code.Movsd_m32_m32
            ? i.Op0Kind == OpKind.MemoryESRDI && i.Op1Kind == OpKind.MemorySegRSI
            : i.Mnemonic is Mnemonic.Stosb or Mnemonic.Stosw or Mnemonic.Stosd or Mnemonic.Stosq && i.Op0Kind == OpKind.MemoryESRDI);

    private static bool IsKnownBranch(in Instruction i)
    {
        if (NarrowBranchHandlers.IsNarrow(i.Code)) return false;
        return i.FlowControl switch
        {
            FlowControl.ConditionalBranch => i.IsJccShortOrNear && i.Op0Kind == OpKind.NearBranch64,
            FlowControl.UnconditionalBranch or FlowControl.Call => i.Op0Kind == OpKind.NearBranch64,
            FlowControl.Return => i.Code is Code.Retnq or Code.Retnq_imm16,
            FlowControl.IndirectBranch => i.Code == Code.Jmp_rm64,
            FlowControl.IndirectCall => i.Code == Code.Call_rm64,
            _ => false,
        };
    }

    private Plan PlanByName(in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Nop or Mnemonic.Endbr64 or Mnemonic.Reservednop or Mnemonic.Prefetchnta or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1
                or Mnemonic.Prefetcht2 or Mnemonic.Prefetchw:
                return Plan.Skip;
            case Mnemonic.Lea:
                return i.Op0Register.GetSize() == 2 ? Plan.Interpret : Plan.Lea;
            case Mnemonic.Push:
                return i.Code is Code.Push_r64 or Code.Pushq_imm8 or Code.Pushq_imm32 ? Plan.Push : Plan.Interpret;
            case Mnemonic.Pop:
                return i.Code == Code.Pop_r64 && i.Op0Register != Register.RSP ? Plan.Pop : Plan.Interpret;
            case Mnemonic.Leave:
                return i.Code == Code.Leaveq ? Plan.LeaveFrame : Plan.Interpret;
            case Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar:
                if (i.Op1Kind == OpKind.Register) return HasHighByte(i) ? Plan.Interpret : Plan.ShiftByCounter;
                return HasCount(i, 1) && (i.GetImmediate(1) & 63) < (ulong)(OperandBytes(i) * 8) ? Plan.General : Plan.Interpret;
            case Mnemonic.Shld or Mnemonic.Shrd:
                return OperandBytes(i) == 2 ? Plan.Interpret : i.Op2Kind == OpKind.Register ? Plan.ShiftByCounter : HasCount(i, 2) ? Plan.General : Plan.Interpret;
            case Mnemonic.Bsf or Mnemonic.Bsr:
                return Plan.BitScan;
            case Mnemonic.Div or Mnemonic.Idiv:
                return OperandBytes(i) >= 4 ? Plan.Divide : Plan.Interpret;
            case Mnemonic.Rcl or Mnemonic.Rcr:
                // Processors differ in OF when the count goes beyond the operand.
                return OperandBytes(i) >= 4 ? Plan.General : Plan.Interpret;
            case Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc:
                // A bit number in a register reaches beyond the operand in memory.
                return i.Op0Kind == OpKind.Memory && i.Op1Kind == OpKind.Register ? Plan.Interpret : Plan.General;
            case Mnemonic.Bswap:
                return i.Op0Register.GetSize() == 2 ? Plan.Interpret : Plan.General;
            case Mnemonic.Mov or Mnemonic.Movzx or Mnemonic.Movsx or Mnemonic.Movsxd or Mnemonic.Add or Mnemonic.Or or Mnemonic.Adc or Mnemonic.Sbb
                or Mnemonic.And or Mnemonic.Sub or Mnemonic.Xor or Mnemonic.Cmp or Mnemonic.Test or Mnemonic.Inc or Mnemonic.Dec or Mnemonic.Neg
                or Mnemonic.Not or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Imul or Mnemonic.Mul or Mnemonic.Cdq
                or Mnemonic.Cqo or Mnemonic.Cdqe or Mnemonic.Cwde or Mnemonic.Cbw or Mnemonic.Cwd or Mnemonic.Xchg or Mnemonic.Xadd
                or Mnemonic.Cmpxchg or Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b or Mnemonic.Popcnt or Mnemonic.Stc or Mnemonic.Clc or Mnemonic.Cmc:
            case >= Mnemonic.Seta and <= Mnemonic.Sets:
            case >= Mnemonic.Cmova and <= Mnemonic.Cmovs:
                return Plan.General;
            case Mnemonic.Rcpps or Mnemonic.Rcpss or Mnemonic.Rsqrtps or Mnemonic.Rsqrtss or Mnemonic.Maskmovdqu or Mnemonic.Ldmxcsr
                or Mnemonic.Stmxcsr or Mnemonic.Clflush or Mnemonic.Fxsave or Mnemonic.Fxsave64 or Mnemonic.Fxrstor or Mnemonic.Fxrstor64
                or Mnemonic.Vrcpps or Mnemonic.Vrcpss or Mnemonic.Vrsqrtps or Mnemonic.Vrsqrtss or Mnemonic.Vmaskmovdqu or Mnemonic.Vldmxcsr
                or Mnemonic.Vstmxcsr or Mnemonic.Vmaskmovps or Mnemonic.Vmaskmovpd or Mnemonic.Vpmaskmovd or Mnemonic.Vpmaskmovq:
                return Plan.Interpret;
            case Mnemonic.Pause or Mnemonic.Lfence or Mnemonic.Mfence or Mnemonic.Sfence:
                return Plan.General;
        }

        return IsClaimed(i) ? Plan.General : Plan.Interpret;
    }

    /// <summary>Whether an instruction belongs to an extension that both processors have.</summary>
    private bool IsClaimed(in Instruction i)
    {
        if (!HostFeatures.HasForm(i)) return false;
        foreach (CpuidFeature feature in i.CpuidFeatures)
        {
            if (feature is not (CpuidFeature.SSE or CpuidFeature.SSE2 or CpuidFeature.SSE3 or CpuidFeature.SSSE3 or CpuidFeature.SSE4_1 or CpuidFeature.SSE4_2))
                return model.HasForm(i.Code);
        }

        return true;
    }

    // ---- AH, BH, CH, DH ----

    private static bool IsHighByte(Register register) => register is Register.AH or Register.BH or Register.CH or Register.DH;

    private static bool HasHighByte(in Instruction i)
    {
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            if (i.GetOpKind(operand) == OpKind.Register && IsHighByte(i.GetOpRegister(operand))) return true;
        }

        return false;
    }

    /// <summary>Whether an instruction with a high byte needs no REX prefix for its other operands, with RAX in its own register.</summary>
    private static bool CanKeepHighByte(in Instruction i)
    {
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            if (i.GetOpKind(operand) == OpKind.Memory) return false;
            if (i.GetOpKind(operand) == OpKind.Register && i.GetOpRegister(operand).GetFullRegister() == Register.RSP) return false;
        }

        return true;
    }

    /// <summary>Whether RAX must be in its own register.</summary>
    private static bool NeedsRax(in Instruction i)
    {
        if (HasHighByte(i) && UsesRax(i)) return true;
        return i.Mnemonic switch
        {
            Mnemonic.Mul or Mnemonic.Cmpxchg or Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b or Mnemonic.Cdq or Mnemonic.Cqo or Mnemonic.Cdqe
                or Mnemonic.Cwde or Mnemonic.Cbw or Mnemonic.Cwd or Mnemonic.Pcmpestri or Mnemonic.Pcmpestrm
                or Mnemonic.Pcmpestri64 or Mnemonic.Pcmpestrm64 or Mnemonic.Vpcmpestri or Mnemonic.Vpcmpestrm or Mnemonic.Vpcmpestri64
                or Mnemonic.Vpcmpestrm64 => true,
            Mnemonic.Imul => i.OpCount == 1,
            _ => false,
        };
    }

    private static bool UsesRax(in Instruction i)
    {
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            if (i.GetOpKind(operand) == OpKind.Register && i.GetOpRegister(operand).GetFullRegister() == Register.RAX) return true;
        }

        return false;
    }

    /// <summary>Whether a memory operand must be aligned: of 16 bytes in SSE's forms, but for some; of VEX's forms in those that say so.</summary>
    private static bool IsAligned(in Instruction i)
    {
        if (i.Encoding != EncodingKind.Legacy)
        {
            return i.Mnemonic is Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovdqa or Mnemonic.Vmovntps or Mnemonic.Vmovntpd
                or Mnemonic.Vmovntdq or Mnemonic.Vmovntdqa;
        }

        return i.MemorySize.GetSize() == 16
            && i.Mnemonic is not (Mnemonic.Movups or Mnemonic.Movupd or Mnemonic.Movdqu or Mnemonic.Lddqu or Mnemonic.Pcmpestri
                or Mnemonic.Pcmpestrm or Mnemonic.Pcmpestri64 or Mnemonic.Pcmpestrm64 or Mnemonic.Pcmpistri or Mnemonic.Pcmpistrm);
    }
}

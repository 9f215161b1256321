using Iced.Intel;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>The opcodes of one byte.</summary>
internal unsafe ref partial struct CommonForms
{
    private bool TryDecodeOpcode(ref Instruction instruction)
    {
        int opcode = NextByte();
        if (opcode == 0x0F)
            return TryDecodeTwoBytes(ref instruction);
        if (_mandatory != 0)
            return TryDecodeRepeated(ref instruction, opcode);

        if (opcode < 0x40)
            return TryDecodeAlu(ref instruction, opcode);
        switch (opcode)
        {
            case >= 0x50 and <= 0x5F:
                if (HasPrefix) return false;
                instruction.Code = opcode < 0x58 ? Code.Push_r64 : Code.Pop_r64;
                instruction.Op0Register = General((opcode & 7) | ((_rex & 1) << 3), 3);
                return true;
            case 0x63:
                return IsWide && ModRm(ref instruction, Code.Movsxd_r64_rm32, 3, 2, isStore: false);
            case 0x68 or 0x6A:
                return false;
            case 0x69 or 0x6B:
                return TryDecodeMultiply(ref instruction, opcode);
            case >= 0x70 and <= 0x7F:
                return Branch(ref instruction, Code.Jo_rel8_64 + (3 * (opcode & 15)), isShort: true);
            case 0x80 or 0x81 or 0x83:
                return TryDecodeAluImmediate(ref instruction, opcode);
            case 0x84: return ModRm(ref instruction, Code.Test_rm8_r8, 0, 0, isStore: true);
            case 0x85: return ModRm(ref instruction, Sized(Code.Test_rm16_r16), Log, Log, isStore: true);
            case 0x86: return ModRm(ref instruction, Code.Xchg_rm8_r8, 0, 0, isStore: true);
            case 0x87: return ModRm(ref instruction, Sized(Code.Xchg_rm16_r16), Log, Log, isStore: true);
            case 0x88: return ModRm(ref instruction, Code.Mov_rm8_r8, 0, 0, isStore: true);
            case 0x89: return ModRm(ref instruction, Sized(Code.Mov_rm16_r16), Log, Log, isStore: true);
            case 0x8A: return ModRm(ref instruction, Code.Mov_r8_rm8, 0, 0, isStore: false);
            case 0x8B: return ModRm(ref instruction, Sized(Code.Mov_r16_rm16), Log, Log, isStore: false);
            case 0x8D:
                if (!ModRm(ref instruction, Sized(Code.Lea_r16_m), Log, Log, isStore: false)) return false;
                return _mod != 3;
            case 0x90 when (_rex & 1) == 0:
                instruction.Code = Sized(Code.Nopw);
                return true;
            case >= 0x90 and <= 0x97:
                instruction.Code = Sized(Code.Xchg_r16_AX);
                instruction.Op0Register = General((opcode & 7) | ((_rex & 1) << 3), Log);
                instruction.Op1Register = General(0, Log);
                return true;
            case 0x98:
                instruction.Code = Sized(Code.Cbw);
                return true;
            case 0x99:
                instruction.Code = Sized(Code.Cwd);
                return true;
            case 0xA8:
                return Accumulator(ref instruction, Code.Test_AL_imm8, 0);
            case 0xA9:
                return Accumulator(ref instruction, Sized(Code.Test_AX_imm16), Log);
            case >= 0xB0 and <= 0xB7:
                instruction.Code = Code.Mov_r8_imm8;
                instruction.Op0Register = General((opcode & 7) | ((_rex & 1) << 3), 0);
                SetImmediate8(ref instruction);
                return true;
            case >= 0xB8 and <= 0xBF:
                return TryDecodeMoveImmediate(ref instruction, opcode);
            case 0xC0: return Shift(ref instruction, Code.Rol_rm8_imm8, 0, opcode);
            case 0xC1: return Shift(ref instruction, Code.Rol_rm16_imm8, Log, opcode);
            case 0xD0: return Shift(ref instruction, Code.Rol_rm8_1, 0, opcode);
            case 0xD1: return Shift(ref instruction, Code.Rol_rm16_1, Log, opcode);
            case 0xD2: return Shift(ref instruction, Code.Rol_rm8_CL, 0, opcode);
            case 0xD3: return Shift(ref instruction, Code.Rol_rm16_CL, Log, opcode);
            case 0xC3:
                if (HasPrefix) return false;
                instruction.Code = Code.Retnq;
                return true;
            case 0xC6 or 0xC7:
                return TryDecodeStoreImmediate(ref instruction, opcode);
            case 0xC9:
                if (HasPrefix) return false;
                instruction.Code = Code.Leaveq;
                return true;
            case 0xE8: return Branch(ref instruction, Code.Call_rel32_64, isShort: false);
            case 0xE9: return Branch(ref instruction, Code.Jmp_rel32_64, isShort: false);
            case 0xEB: return Branch(ref instruction, Code.Jmp_rel8_64, isShort: true);
            case 0xF6 or 0xF7: return TryDecodeUnary(ref instruction, opcode);
            case 0xFE or 0xFF: return TryDecodeIncrement(ref instruction, opcode);
            case 0xA4 or 0xA5 or 0xAA or 0xAB: return TryDecodeRepeated(ref instruction, opcode);
            default: return false;
        }
    }

    /// <summary>The form of a size, of three that follow each other in the table of codes.</summary>
    private readonly Code Sized(Code first) => first + (Log - 1);

    /// <summary>A register, and a register or memory; the latter is operand 0 of a store and 1 of a load.</summary>
    private bool ModRm(ref Instruction instruction, Code code, int regLog, int rmLog, bool isStore)
    {
        ReadModRm();
        instruction.Code = code;
        SetRegister(ref instruction, isStore ? 1 : 0, General(RegNumber, regLog));
        SetRm(ref instruction, isStore ? 0 : 1, rmLog);
        return true;
    }

    private bool Accumulator(ref Instruction instruction, Code code, int log)
    {
        instruction.Code = code;
        instruction.Op0Register = General(0, log);
        SetImmediate(ref instruction, log);
        return true;
    }

    /// <summary>ADD, OR, ADC, SBB, AND, SUB, XOR, CMP: ten codes each, in this order.</summary>
    private bool TryDecodeAlu(ref Instruction instruction, int opcode)
    {
        Code first = (opcode >> 3) switch
        {
            0 => Code.Add_rm8_r8,
            1 => Code.Or_rm8_r8,
            2 => Code.Adc_rm8_r8,
            3 => Code.Sbb_rm8_r8,
            4 => Code.And_rm8_r8,
            5 => Code.Sub_rm8_r8,
            6 => Code.Xor_rm8_r8,
            _ => Code.Cmp_rm8_r8,
        };
        return (opcode & 7) switch
        {
            0 => ModRm(ref instruction, first, 0, 0, isStore: true),
            1 => ModRm(ref instruction, first + Log, Log, Log, isStore: true),
            2 => ModRm(ref instruction, first + 4, 0, 0, isStore: false),
            3 => ModRm(ref instruction, first + 4 + Log, Log, Log, isStore: false),
            4 => Accumulator(ref instruction, first + 8, 0),
            5 => Accumulator(ref instruction, first + 8 + Log, Log),
            _ => false,
        };
    }

    private bool TryDecodeAluImmediate(ref Instruction instruction, int opcode)
    {
        ReadModRm();
        int log = opcode == 0x80 ? 0 : Log;
        instruction.Code = opcode switch
        {
            0x80 => Code.Add_rm8_imm8 + _reg,
            0x81 => Sized(Code.Add_rm16_imm16) + (3 * _reg),
            _ => Sized(Code.Add_rm16_imm8) + (3 * _reg),
        };
        SetRm(ref instruction, 0, log);
        if (opcode == 0x83)
            SetShortImmediate(ref instruction, log);
        else
            SetImmediate(ref instruction, log);
        return true;
    }

    private bool TryDecodeMultiply(ref Instruction instruction, int opcode)
    {
        if (Log == 1 || !ModRm(ref instruction, Sized(opcode == 0x69 ? Code.Imul_r16_rm16_imm16 : Code.Imul_r16_rm16_imm8), Log, Log, isStore: false))
            return false;
        if (opcode == 0x6B)
        {
            instruction.Op2Kind = Log == 3 ? OpKind.Immediate8to64 : OpKind.Immediate8to32;
            instruction.Immediate8 = NextByte();
        }
        else if (Log == 3)
        {
            instruction.Op2Kind = OpKind.Immediate32to64;
            instruction.Immediate32to64 = NextInt32();
        }
        else
        {
            instruction.Op2Kind = OpKind.Immediate32;
            instruction.Immediate32 = (uint)NextInt32();
        }

        return true;
    }

    private bool TryDecodeMoveImmediate(ref Instruction instruction, int opcode)
    {
        instruction.Code = Sized(Code.Mov_r16_imm16);
        instruction.Op0Register = General((opcode & 7) | ((_rex & 1) << 3), Log);
        if (Log != 3)
        {
            SetImmediate(ref instruction, Log);
            return true;
        }

        uint low = (uint)NextInt32();
        instruction.Op1Kind = OpKind.Immediate64;
        instruction.Immediate64 = low | ((ulong)(uint)NextInt32() << 32);
        return true;
    }

    private bool Shift(ref Instruction instruction, Code first, int log, int opcode)
    {
        ReadModRm();
        instruction.Code = log == 0 ? first + _reg : Sized(first) + (3 * _reg);
        SetRm(ref instruction, 0, log);
        switch (opcode >> 1)
        {
            case 0xC0 >> 1:
                SetImmediate8(ref instruction);
                break;
            case 0xD0 >> 1:
                instruction.Op1Kind = OpKind.Immediate8;
                instruction.Immediate8 = 1;
                break;
            default:
                instruction.Op1Register = Register.CL;
                break;
        }

        return true;
    }

    private bool TryDecodeStoreImmediate(ref Instruction instruction, int opcode)
    {
        ReadModRm();
        if (_reg != 0)
            return false;
        int log = opcode == 0xC6 ? 0 : Log;
        instruction.Code = log == 0 ? Code.Mov_rm8_imm8 : Sized(Code.Mov_rm16_imm16);
        SetRm(ref instruction, 0, log);
        SetImmediate(ref instruction, log);
        return true;
    }

    private bool TryDecodeUnary(ref Instruction instruction, int opcode)
    {
        ReadModRm();
        int log = opcode == 0xF6 ? 0 : Log;
        Code narrow, wide;
        switch (_reg)
        {
            case 0: (narrow, wide) = (Code.Test_rm8_imm8, Code.Test_rm16_imm16); break;
            case 2: (narrow, wide) = (Code.Not_rm8, Code.Not_rm16); break;
            case 3: (narrow, wide) = (Code.Neg_rm8, Code.Neg_rm16); break;
            case 4: (narrow, wide) = (Code.Mul_rm8, Code.Mul_rm16); break;
            case 5: (narrow, wide) = (Code.Imul_rm8, Code.Imul_rm16); break;
            case 6: (narrow, wide) = (Code.Div_rm8, Code.Div_rm16); break;
            case 7: (narrow, wide) = (Code.Idiv_rm8, Code.Idiv_rm16); break;
            default: return false;
        }

        instruction.Code = log == 0 ? narrow : Sized(wide);
        SetRm(ref instruction, 0, log);
        if (_reg == 0)
            SetImmediate(ref instruction, log);
        return true;
    }

    private bool TryDecodeIncrement(ref Instruction instruction, int opcode)
    {
        ReadModRm();
        if (opcode == 0xFE)
        {
            if (_reg > 1) return false;
            instruction.Code = _reg == 0 ? Code.Inc_rm8 : Code.Dec_rm8;
            SetRm(ref instruction, 0, 0);
            return true;
        }

        if (_reg <= 1)
        {
            instruction.Code = Sized(_reg == 0 ? Code.Inc_rm16 : Code.Dec_rm16);
            SetRm(ref instruction, 0, Log);
            return true;
        }

        if (HasPrefix || _reg is not (2 or 4 or 6))
            return false;
        instruction.Code = _reg == 2 ? Code.Call_rm64 : _reg == 4 ? Code.Jmp_rm64 : Code.Push_rm64;
        SetRm(ref instruction, 0, 3);
        return true;
    }

    /// <summary>MOVS and STOS, with REP or without.</summary>
    private bool TryDecodeRepeated(ref Instruction instruction, int opcode)
    {
        if (_mandatory == 0xF2 || _segment != Register.None || opcode is not (0xA4 or 0xA5 or 0xAA or 0xAB))
            return false;
        int log = (opcode & 1) == 0 ? 0 : Log;
        instruction.Op0Kind = OpKind.MemoryESRDI;
        if (opcode < 0xA8)
        {
            instruction.Code = log == 0 ? Code.Movsb_m8_m8 : Sized(Code.Movsw_m16_m16);
            instruction.Op1Kind = OpKind.MemorySegRSI;
        }
        else
        {
            instruction.Code = log == 0 ? Code.Stosb_m8_AL : Sized(Code.Stosw_m16_AX);
            instruction.Op1Register = General(0, log);
        }

        if (_mandatory != 0)
            instruction.HasRepPrefix = true;
        return true;
    }
}

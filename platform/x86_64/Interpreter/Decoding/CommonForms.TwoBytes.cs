using Iced.Intel;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>The opcodes behind 0F.</summary>
internal unsafe ref partial struct CommonForms
{
    private bool TryDecodeTwoBytes(ref Instruction instruction)
    {
        int opcode = NextByte();
        switch (opcode)
        {
            case 0x1E or 0x1F:
                if (_mandatory == 0xF2) return false;
                if (_mandatory != 0) instruction.HasRepPrefix = true;
                return ModRm(ref instruction, Sized(opcode == 0x1E ? Code.Reservednop_rm16_r16_0F1E : Code.Reservednop_rm16_r16_0F1F), Log, Log, isStore: true);
            case 0x10 or 0x11 or 0x16 or 0x17 or 0x28 or 0x29 or 0x38 or 0x3A or (>= 0x60 and <= 0x7F) or >= 0xD0:
                return TryDecodeVector(ref instruction, opcode);
        }

        if (_mandatory != 0)
            return false;
        switch (opcode)
        {
            case 0x01:
                if (NextByte() != 0xD0 || HasPrefix) return false;
                instruction.Code = Code.Xgetbv;
                return true;
            case 0x05: return Plain(ref instruction, Code.Syscall);
            case 0x31: return Plain(ref instruction, Code.Rdtsc);
            case 0xA2: return Plain(ref instruction, Code.Cpuid);
            case >= 0x40 and <= 0x4F:
                return ModRm(ref instruction, Sized(Code.Cmovo_r16_rm16) + (3 * (opcode & 15)), Log, Log, isStore: false);
            case >= 0x80 and <= 0x8F:
                return Branch(ref instruction, Code.Jo_rel32_64 + (3 * (opcode & 15)), isShort: false);
            case >= 0x90 and <= 0x9F:
                ReadModRm();
                instruction.Code = Code.Seto_rm8 + (opcode & 15);
                SetRm(ref instruction, 0, 0);
                return true;
            case 0xA3: return ModRm(ref instruction, Sized(Code.Bt_rm16_r16), Log, Log, isStore: true);
            case 0xAF: return ModRm(ref instruction, Sized(Code.Imul_r16_rm16), Log, Log, isStore: false);
            case 0xB0: return ModRm(ref instruction, Code.Cmpxchg_rm8_r8, 0, 0, isStore: true);
            case 0xB1: return ModRm(ref instruction, Sized(Code.Cmpxchg_rm16_r16), Log, Log, isStore: true);
            case 0xB6: return ModRm(ref instruction, Sized(Code.Movzx_r16_rm8), Log, 0, isStore: false);
            case 0xB7: return ModRm(ref instruction, Sized(Code.Movzx_r16_rm16), Log, 1, isStore: false);
            case 0xBC: return ModRm(ref instruction, Sized(Code.Bsf_r16_rm16), Log, Log, isStore: false);
            case 0xBD: return ModRm(ref instruction, Sized(Code.Bsr_r16_rm16), Log, Log, isStore: false);
            case 0xBE: return ModRm(ref instruction, Sized(Code.Movsx_r16_rm8), Log, 0, isStore: false);
            case 0xBF: return ModRm(ref instruction, Sized(Code.Movsx_r16_rm16), Log, 1, isStore: false);
            case 0xC0: return ModRm(ref instruction, Code.Xadd_rm8_r8, 0, 0, isStore: true);
            case 0xC1: return ModRm(ref instruction, Sized(Code.Xadd_rm16_r16), Log, Log, isStore: true);
            default: return false;
        }
    }

    private readonly bool Plain(ref Instruction instruction, Code code)
    {
        instruction.Code = code;
        return !HasPrefix;
    }

    private static Register Xmm(int number) => Register.XMM0 + number;

    private bool Vector(ref Instruction instruction, Code code, bool isStore)
    {
        ReadModRm();
        instruction.Code = code;
        SetRegister(ref instruction, isStore ? 1 : 0, Xmm(RegNumber));
        SetRm(ref instruction, isStore ? 0 : 1, Xmm(RmNumber));
        return true;
    }

    private bool VectorImmediate(ref Instruction instruction, Code code)
    {
        Vector(ref instruction, code, isStore: false);
        instruction.Op2Kind = OpKind.Immediate8;
        instruction.Immediate8 = NextByte();
        return true;
    }

    /// <summary>Between a general register or memory and a vector register.</summary>
    private bool VectorGeneral(ref Instruction instruction, Code narrow, Code wide, bool isStore)
    {
        ReadModRm();
        instruction.Code = IsWide ? wide : narrow;
        SetRegister(ref instruction, isStore ? 1 : 0, Xmm(RegNumber));
        SetRm(ref instruction, isStore ? 0 : 1, IsWide ? 3 : 2);
        return true;
    }

    private bool TryDecodeVector(ref Instruction instruction, int opcode)
    {
        if (_mandatory == 0xF2 || (_mandatory == 0xF3 && _operandSize))
            return false;
        if (_mandatory == 0xF3)
        {
            return opcode switch
            {
                0x6F => Vector(ref instruction, Code.Movdqu_xmm_xmmm128, isStore: false),
                0x7E => Vector(ref instruction, Code.Movq_xmm_xmmm64, isStore: false),
                0x7F => Vector(ref instruction, Code.Movdqu_xmmm128_xmm, isStore: true),
                _ => false,
            };
        }

        if (!_operandSize)
        {
            switch (opcode)
            {
                case 0x10: return Vector(ref instruction, Code.Movups_xmm_xmmm128, isStore: false);
                case 0x11: return Vector(ref instruction, Code.Movups_xmmm128_xmm, isStore: true);
                case 0x16: return Vector(ref instruction, Code.Movhps_xmm_m64, isStore: false) && _mod != 3;
                case 0x17: return Vector(ref instruction, Code.Movhps_m64_xmm, isStore: true) && _mod != 3;
                case 0x28: return Vector(ref instruction, Code.Movaps_xmm_xmmm128, isStore: false);
                case 0x29: return Vector(ref instruction, Code.Movaps_xmmm128_xmm, isStore: true);
                default: return false;
            }
        }

        switch (opcode)
        {
            case 0x3A:
                switch (NextByte())
                {
                    case 0x0F: return VectorImmediate(ref instruction, Code.Palignr_xmm_xmmm128_imm8);
                    case 0x63: return !IsWide && VectorImmediate(ref instruction, Code.Pcmpistri_xmm_xmmm128_imm8);
                    default: return false;
                }

            case 0x6E: return VectorGeneral(ref instruction, Code.Movd_xmm_rm32, Code.Movq_xmm_rm64, isStore: false);
            case 0x6F: return Vector(ref instruction, Code.Movdqa_xmm_xmmm128, isStore: false);
            case 0x70: return VectorImmediate(ref instruction, Code.Pshufd_xmm_xmmm128_imm8);
            case 0x73:
                ReadModRm();
                if (_mod != 3 || _reg is not (3 or 7)) return false;
                instruction.Code = _reg == 3 ? Code.Psrldq_xmm_imm8 : Code.Pslldq_xmm_imm8;
                instruction.Op0Register = Xmm(RmNumber);
                SetImmediate8(ref instruction);
                return true;
            case 0x7E: return VectorGeneral(ref instruction, Code.Movd_rm32_xmm, Code.Movq_rm64_xmm, isStore: true);
            case 0x7F: return Vector(ref instruction, Code.Movdqa_xmmm128_xmm, isStore: true);
            case 0xD6: return Vector(ref instruction, Code.Movq_xmmm64_xmm, isStore: true);
            case 0xD7:
                ReadModRm();
                if (_mod != 3) return false;
                instruction.Code = IsWide ? Code.Pmovmskb_r64_xmm : Code.Pmovmskb_r32_xmm;
                instruction.Op0Register = General(RegNumber, IsWide ? 3 : 2);
                instruction.Op1Register = Xmm(RmNumber);
                return true;
        }

        Code code = opcode switch
        {
            0x60 => Code.Punpcklbw_xmm_xmmm128,
            0x61 => Code.Punpcklwd_xmm_xmmm128,
            0x62 => Code.Punpckldq_xmm_xmmm128,
            0x6C => Code.Punpcklqdq_xmm_xmmm128,
            0x74 => Code.Pcmpeqb_xmm_xmmm128,
            0x75 => Code.Pcmpeqw_xmm_xmmm128,
            0x76 => Code.Pcmpeqd_xmm_xmmm128,
            0xD4 => Code.Paddq_xmm_xmmm128,
            0xDA => Code.Pminub_xmm_xmmm128,
            0xDB => Code.Pand_xmm_xmmm128,
            0xDF => Code.Pandn_xmm_xmmm128,
            0xEB => Code.Por_xmm_xmmm128,
            0xEF => Code.Pxor_xmm_xmmm128,
            0xF8 => Code.Psubb_xmm_xmmm128,
            0xFA => Code.Psubd_xmm_xmmm128,
            0xFC => Code.Paddb_xmm_xmmm128,
            0xFE => Code.Paddd_xmm_xmmm128,
            _ => Code.INVALID,
        };
        return code != Code.INVALID && Vector(ref instruction, code, isStore: false);
    }
}

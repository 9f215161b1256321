using System.Runtime.Intrinsics;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Which operation an instruction is, apart from where its operands come from and where the result goes.</summary>
internal static unsafe class SimdBindings
{
    /// <summary>
    /// The operation of a SIMD instruction that is neither floating-point arithmetic nor a plain move, or null. It changes the destination in place; the
    /// source is a register, or a memory operand or general register extended with zeros to sixteen bytes. An MMX operand is its low
    /// eight bytes. A result for a general register is extended with zeros.
    /// </summary>
    internal static delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> Find(in Instruction instruction)
    {
        bool mmx = instruction.Op0Register.IsMM() || instruction.Op1Register.IsMM();
        bool memory = instruction.Op1Kind == OpKind.Memory;
        bool immediate = instruction.Op1Kind == OpKind.Immediate8;

        return instruction.Mnemonic switch
        {
            // Logic
            Mnemonic.Pand or Mnemonic.Andps or Mnemonic.Andpd => &PackedLogic.And,
            Mnemonic.Pandn or Mnemonic.Andnps or Mnemonic.Andnpd => &PackedLogic.AndNot,
            Mnemonic.Por or Mnemonic.Orps or Mnemonic.Orpd => &PackedLogic.Or,
            Mnemonic.Pxor or Mnemonic.Xorps or Mnemonic.Xorpd => &PackedLogic.Xor,
            Mnemonic.Ptest => &PackedLogic.Test,

            // Arithmetic
            Mnemonic.Paddb => &PackedArithmetic.Paddb,
            Mnemonic.Paddw => &PackedArithmetic.Paddw,
            Mnemonic.Paddd => &PackedArithmetic.Paddd,
            Mnemonic.Paddq => &PackedArithmetic.Paddq,
            Mnemonic.Psubb => &PackedArithmetic.Psubb,
            Mnemonic.Psubw => &PackedArithmetic.Psubw,
            Mnemonic.Psubd => &PackedArithmetic.Psubd,
            Mnemonic.Psubq => &PackedArithmetic.Psubq,
            Mnemonic.Paddsb => &PackedArithmetic.Paddsb,
            Mnemonic.Paddsw => &PackedArithmetic.Paddsw,
            Mnemonic.Paddusb => &PackedArithmetic.Paddusb,
            Mnemonic.Paddusw => &PackedArithmetic.Paddusw,
            Mnemonic.Psubsb => &PackedArithmetic.Psubsb,
            Mnemonic.Psubsw => &PackedArithmetic.Psubsw,
            Mnemonic.Psubusb => &PackedArithmetic.Psubusb,
            Mnemonic.Psubusw => &PackedArithmetic.Psubusw,
            Mnemonic.Pminsb => &PackedArithmetic.Pminsb,
            Mnemonic.Pminsw => &PackedArithmetic.Pminsw,
            Mnemonic.Pminsd => &PackedArithmetic.Pminsd,
            Mnemonic.Pminub => &PackedArithmetic.Pminub,
            Mnemonic.Pminuw => &PackedArithmetic.Pminuw,
            Mnemonic.Pminud => &PackedArithmetic.Pminud,
            Mnemonic.Pmaxsb => &PackedArithmetic.Pmaxsb,
            Mnemonic.Pmaxsw => &PackedArithmetic.Pmaxsw,
            Mnemonic.Pmaxsd => &PackedArithmetic.Pmaxsd,
            Mnemonic.Pmaxub => &PackedArithmetic.Pmaxub,
            Mnemonic.Pmaxuw => &PackedArithmetic.Pmaxuw,
            Mnemonic.Pmaxud => &PackedArithmetic.Pmaxud,
            Mnemonic.Pavgb => &PackedArithmetic.Pavgb,
            Mnemonic.Pavgw => &PackedArithmetic.Pavgw,
            Mnemonic.Pabsb => &PackedArithmetic.Pabsb,
            Mnemonic.Pabsw => &PackedArithmetic.Pabsw,
            Mnemonic.Pabsd => &PackedArithmetic.Pabsd,
            Mnemonic.Psignb => &PackedArithmetic.Psignb,
            Mnemonic.Psignw => &PackedArithmetic.Psignw,
            Mnemonic.Psignd => &PackedArithmetic.Psignd,

            // Comparison
            Mnemonic.Pcmpeqb => &PackedCompare.Pcmpeqb,
            Mnemonic.Pcmpeqw => &PackedCompare.Pcmpeqw,
            Mnemonic.Pcmpeqd => &PackedCompare.Pcmpeqd,
            Mnemonic.Pcmpeqq => &PackedCompare.Pcmpeqq,
            Mnemonic.Pcmpgtb => &PackedCompare.Pcmpgtb,
            Mnemonic.Pcmpgtw => &PackedCompare.Pcmpgtw,
            Mnemonic.Pcmpgtd => &PackedCompare.Pcmpgtd,
            Mnemonic.Pcmpgtq => &PackedCompare.Pcmpgtq,

            // Multiplication
            Mnemonic.Pmullw => &PackedMultiply.Pmullw,
            Mnemonic.Pmulld => &PackedMultiply.Pmulld,
            Mnemonic.Pmulhw => &PackedMultiply.Pmulhw,
            Mnemonic.Pmulhuw => &PackedMultiply.Pmulhuw,
            Mnemonic.Pmulhrsw => &PackedMultiply.Pmulhrsw,
            Mnemonic.Pmuludq => &PackedMultiply.Pmuludq,
            Mnemonic.Pmuldq => &PackedMultiply.Pmuldq,
            Mnemonic.Pmaddwd => &PackedMultiply.Pmaddwd,
            Mnemonic.Pmaddubsw => &PackedMultiply.Pmaddubsw,

            // Shifts
            Mnemonic.Psllw => immediate ? &PackedShift.PsllwImmediate : &PackedShift.Psllw,
            Mnemonic.Pslld => immediate ? &PackedShift.PslldImmediate : &PackedShift.Pslld,
            Mnemonic.Psllq => immediate ? &PackedShift.PsllqImmediate : &PackedShift.Psllq,
            Mnemonic.Psrlw => immediate ? &PackedShift.PsrlwImmediate : &PackedShift.Psrlw,
            Mnemonic.Psrld => immediate ? &PackedShift.PsrldImmediate : &PackedShift.Psrld,
            Mnemonic.Psrlq => immediate ? &PackedShift.PsrlqImmediate : &PackedShift.Psrlq,
            Mnemonic.Psraw => immediate ? &PackedShift.PsrawImmediate : &PackedShift.Psraw,
            Mnemonic.Psrad => immediate ? &PackedShift.PsradImmediate : &PackedShift.Psrad,
            Mnemonic.Pslldq => &PackedShift.Pslldq,
            Mnemonic.Psrldq => &PackedShift.Psrldq,

            // Shuffles
            Mnemonic.Pshufb => mmx ? &PackedShuffle.PshufbMmx : &PackedShuffle.Pshufb,
            Mnemonic.Palignr => mmx ? &PackedShuffle.PalignrMmx : &PackedShuffle.Palignr,
            Mnemonic.Punpckhbw => mmx ? &PackedShuffle.PunpckhbwMmx : &PackedShuffle.Punpckhbw,
            Mnemonic.Punpckhwd => mmx ? &PackedShuffle.PunpckhwdMmx : &PackedShuffle.Punpckhwd,
            Mnemonic.Punpckhdq or Mnemonic.Unpckhps => mmx ? &PackedShuffle.PunpckhdqMmx : &PackedShuffle.Punpckhdq,
            Mnemonic.Pshufd => &PackedShuffle.Pshufd,
            Mnemonic.Pshuflw => &PackedShuffle.Pshuflw,
            Mnemonic.Pshufhw => &PackedShuffle.Pshufhw,
            Mnemonic.Pshufw => &PackedShuffle.Pshufw,
            Mnemonic.Shufps => &PackedShuffle.Shufps,
            Mnemonic.Shufpd => &PackedShuffle.Shufpd,
            Mnemonic.Punpcklbw => &PackedShuffle.Punpcklbw,
            Mnemonic.Punpcklwd => &PackedShuffle.Punpcklwd,
            Mnemonic.Pblendw => &PackedShuffle.Pblendw,
            Mnemonic.Blendps => &PackedShuffle.Blendps,
            Mnemonic.Blendpd => &PackedShuffle.Blendpd,
            Mnemonic.Pblendvb => &PackedShuffle.Pblendvb,
            Mnemonic.Blendvps => &PackedShuffle.Blendvps,
            Mnemonic.Blendvpd => &PackedShuffle.Blendvpd,
            Mnemonic.Punpckldq or Mnemonic.Unpcklps => &PackedShuffle.Punpckldq,
            Mnemonic.Punpcklqdq or Mnemonic.Unpcklpd => &PackedShuffle.Punpcklqdq,
            Mnemonic.Punpckhqdq or Mnemonic.Unpckhpd => &PackedShuffle.Punpckhqdq,

            // Conversions
            Mnemonic.Packsswb => mmx ? &PackedConvert.PacksswbMmx : &PackedConvert.Packsswb,
            Mnemonic.Packssdw => mmx ? &PackedConvert.PackssdwMmx : &PackedConvert.Packssdw,
            Mnemonic.Packuswb => mmx ? &PackedConvert.PackuswbMmx : &PackedConvert.Packuswb,
            Mnemonic.Packusdw => &PackedConvert.Packusdw,
            Mnemonic.Pmovsxbw => &PackedConvert.Pmovsxbw,
            Mnemonic.Pmovsxbd => &PackedConvert.Pmovsxbd,
            Mnemonic.Pmovsxbq => &PackedConvert.Pmovsxbq,
            Mnemonic.Pmovsxwd => &PackedConvert.Pmovsxwd,
            Mnemonic.Pmovsxwq => &PackedConvert.Pmovsxwq,
            Mnemonic.Pmovsxdq => &PackedConvert.Pmovsxdq,
            Mnemonic.Pmovzxbw => &PackedConvert.Pmovzxbw,
            Mnemonic.Pmovzxbd => &PackedConvert.Pmovzxbd,
            Mnemonic.Pmovzxbq => &PackedConvert.Pmovzxbq,
            Mnemonic.Pmovzxwd => &PackedConvert.Pmovzxwd,
            Mnemonic.Pmovzxwq => &PackedConvert.Pmovzxwq,
            Mnemonic.Pmovzxdq => &PackedConvert.Pmovzxdq,

            // Horizontal operations
            Mnemonic.Phaddw => mmx ? &PackedHorizontal.PhaddwMmx : &PackedHorizontal.Phaddw,
            Mnemonic.Phaddd => mmx ? &PackedHorizontal.PhadddMmx : &PackedHorizontal.Phaddd,
            Mnemonic.Phaddsw => mmx ? &PackedHorizontal.PhaddswMmx : &PackedHorizontal.Phaddsw,
            Mnemonic.Phsubw => mmx ? &PackedHorizontal.PhsubwMmx : &PackedHorizontal.Phsubw,
            Mnemonic.Phsubd => mmx ? &PackedHorizontal.PhsubdMmx : &PackedHorizontal.Phsubd,
            Mnemonic.Phsubsw => mmx ? &PackedHorizontal.PhsubswMmx : &PackedHorizontal.Phsubsw,
            Mnemonic.Psadbw => &PackedHorizontal.Psadbw,
            Mnemonic.Mpsadbw => &PackedHorizontal.Mpsadbw,
            Mnemonic.Phminposuw => &PackedHorizontal.Phminposuw,

            // Moves; those of whole XMM registers and of their elements have handlers of their own
            Mnemonic.Movntq or Mnemonic.Movq or Mnemonic.Movq2dq or Mnemonic.Movdq2q => &PackedMove.MoveQword,
            Mnemonic.Movd => &PackedMove.MoveDword,
            Mnemonic.Movddup => &PackedMove.Movddup,
            Mnemonic.Movsldup => &PackedMove.Movsldup,
            Mnemonic.Movshdup => &PackedMove.Movshdup,
            Mnemonic.Movmskps => &PackedMove.Movmskps,
            Mnemonic.Movmskpd => &PackedMove.Movmskpd,
            Mnemonic.Insertps => memory ? &PackedMove.InsertpsMemory : &PackedMove.Insertps,
            Mnemonic.Pmovmskb => mmx ? &PackedMove.PmovmskbMmx : &PackedMove.Pmovmskb,
            Mnemonic.Pinsrw => &PackedMove.PinsrwMmx,
            Mnemonic.Pextrw => &PackedMove.PextrwMmx,

            // Strings and checksums
            Mnemonic.Pcmpistri => &StringCompare.Pcmpistri,
            Mnemonic.Pcmpistrm => &StringCompare.Pcmpistrm,
            Mnemonic.Pcmpestri => &StringCompare.Pcmpestri,
            Mnemonic.Pcmpestrm => &StringCompare.Pcmpestrm,
            Mnemonic.Pcmpestri64 => &StringCompare.Pcmpestri64,
            Mnemonic.Pcmpestrm64 => &StringCompare.Pcmpestrm64,

            Mnemonic.Crc32 => instruction.Code switch
            {
                Code.Crc32_r32_rm8 or Code.Crc32_r64_rm8 => &Checksum.Crc32Byte,
                Code.Crc32_r32_rm16 => &Checksum.Crc32Word,
                Code.Crc32_r32_rm32 => &Checksum.Crc32Dword,
                _ => &Checksum.Crc32Qword,
            },
            _ => null,
        };
    }
}

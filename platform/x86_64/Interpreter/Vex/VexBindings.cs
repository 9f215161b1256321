using System.Runtime.Intrinsics;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Simd;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>Which operation a VEX instruction is. Those of SSE are the functions that the legacy forms have too.</summary>
internal static unsafe class VexBindings
{
    /// <summary>The operation of an instruction; one without a function when it is none of these.</summary>
    public static VexForm Find(in Instruction i)
    {
        VexForm form = FindInteger(i);
        if (form.Function == null) form = FindMove(i);
        if (form.Function == null) form = FindPermutation(i);
        if (form.Function == null) form = VexFloatBindings.Find(i);
        if (form.Function == null)
        {
            var function = CryptoBindings.Find(i.Mnemonic);
            if (function != null) form = VexForm.Lanes(function);
        }

        return form;
    }

    private static VexForm FindInteger(in Instruction i)
    {
        bool shift = i.Op2Kind == OpKind.Immediate8;
        return i.Mnemonic switch
        {
            // Logic
            Mnemonic.Vpand or Mnemonic.Vandps or Mnemonic.Vandpd => VexForm.Lanes(&PackedLogic.And),
            Mnemonic.Vpandn or Mnemonic.Vandnps or Mnemonic.Vandnpd => VexForm.Lanes(&PackedLogic.AndNot),
            Mnemonic.Vpor or Mnemonic.Vorps or Mnemonic.Vorpd => VexForm.Lanes(&PackedLogic.Or),
            Mnemonic.Vpxor or Mnemonic.Vxorps or Mnemonic.Vxorpd => VexForm.Lanes(&PackedLogic.Xor),

            // Arithmetic
            Mnemonic.Vpaddb => VexForm.Lanes(&PackedArithmetic.Paddb),
            Mnemonic.Vpaddw => VexForm.Lanes(&PackedArithmetic.Paddw),
            Mnemonic.Vpaddd => VexForm.Lanes(&PackedArithmetic.Paddd),
            Mnemonic.Vpaddq => VexForm.Lanes(&PackedArithmetic.Paddq),
            Mnemonic.Vpsubb => VexForm.Lanes(&PackedArithmetic.Psubb),
            Mnemonic.Vpsubw => VexForm.Lanes(&PackedArithmetic.Psubw),
            Mnemonic.Vpsubd => VexForm.Lanes(&PackedArithmetic.Psubd),
            Mnemonic.Vpsubq => VexForm.Lanes(&PackedArithmetic.Psubq),
            Mnemonic.Vpaddsb => VexForm.Lanes(&PackedArithmetic.Paddsb),
            Mnemonic.Vpaddsw => VexForm.Lanes(&PackedArithmetic.Paddsw),
            Mnemonic.Vpaddusb => VexForm.Lanes(&PackedArithmetic.Paddusb),
            Mnemonic.Vpaddusw => VexForm.Lanes(&PackedArithmetic.Paddusw),
            Mnemonic.Vpsubsb => VexForm.Lanes(&PackedArithmetic.Psubsb),
            Mnemonic.Vpsubsw => VexForm.Lanes(&PackedArithmetic.Psubsw),
            Mnemonic.Vpsubusb => VexForm.Lanes(&PackedArithmetic.Psubusb),
            Mnemonic.Vpsubusw => VexForm.Lanes(&PackedArithmetic.Psubusw),
            Mnemonic.Vpminsb => VexForm.Lanes(&PackedArithmetic.Pminsb),
            Mnemonic.Vpminsw => VexForm.Lanes(&PackedArithmetic.Pminsw),
            Mnemonic.Vpminsd => VexForm.Lanes(&PackedArithmetic.Pminsd),
            Mnemonic.Vpminub => VexForm.Lanes(&PackedArithmetic.Pminub),
            Mnemonic.Vpminuw => VexForm.Lanes(&PackedArithmetic.Pminuw),
            Mnemonic.Vpminud => VexForm.Lanes(&PackedArithmetic.Pminud),
            Mnemonic.Vpmaxsb => VexForm.Lanes(&PackedArithmetic.Pmaxsb),
            Mnemonic.Vpmaxsw => VexForm.Lanes(&PackedArithmetic.Pmaxsw),
            Mnemonic.Vpmaxsd => VexForm.Lanes(&PackedArithmetic.Pmaxsd),
            Mnemonic.Vpmaxub => VexForm.Lanes(&PackedArithmetic.Pmaxub),
            Mnemonic.Vpmaxuw => VexForm.Lanes(&PackedArithmetic.Pmaxuw),
            Mnemonic.Vpmaxud => VexForm.Lanes(&PackedArithmetic.Pmaxud),
            Mnemonic.Vpavgb => VexForm.Lanes(&PackedArithmetic.Pavgb),
            Mnemonic.Vpavgw => VexForm.Lanes(&PackedArithmetic.Pavgw),
            Mnemonic.Vpabsb => VexForm.Lanes(&PackedArithmetic.Pabsb),
            Mnemonic.Vpabsw => VexForm.Lanes(&PackedArithmetic.Pabsw),
            Mnemonic.Vpabsd => VexForm.Lanes(&PackedArithmetic.Pabsd),
            Mnemonic.Vpsignb => VexForm.Lanes(&PackedArithmetic.Psignb),
            Mnemonic.Vpsignw => VexForm.Lanes(&PackedArithmetic.Psignw),
            Mnemonic.Vpsignd => VexForm.Lanes(&PackedArithmetic.Psignd),

            // Comparison
            Mnemonic.Vpcmpeqb => VexForm.Lanes(&PackedCompare.Pcmpeqb),
            Mnemonic.Vpcmpeqw => VexForm.Lanes(&PackedCompare.Pcmpeqw),
            Mnemonic.Vpcmpeqd => VexForm.Lanes(&PackedCompare.Pcmpeqd),
            Mnemonic.Vpcmpeqq => VexForm.Lanes(&PackedCompare.Pcmpeqq),
            Mnemonic.Vpcmpgtb => VexForm.Lanes(&PackedCompare.Pcmpgtb),
            Mnemonic.Vpcmpgtw => VexForm.Lanes(&PackedCompare.Pcmpgtw),
            Mnemonic.Vpcmpgtd => VexForm.Lanes(&PackedCompare.Pcmpgtd),
            Mnemonic.Vpcmpgtq => VexForm.Lanes(&PackedCompare.Pcmpgtq),

            // Multiplication
            Mnemonic.Vpmullw => VexForm.Lanes(&PackedMultiply.Pmullw),
            Mnemonic.Vpmulld => VexForm.Lanes(&PackedMultiply.Pmulld),
            Mnemonic.Vpmulhw => VexForm.Lanes(&PackedMultiply.Pmulhw),
            Mnemonic.Vpmulhuw => VexForm.Lanes(&PackedMultiply.Pmulhuw),
            Mnemonic.Vpmulhrsw => VexForm.Lanes(&PackedMultiply.Pmulhrsw),
            Mnemonic.Vpmuludq => VexForm.Lanes(&PackedMultiply.Pmuludq),
            Mnemonic.Vpmuldq => VexForm.Lanes(&PackedMultiply.Pmuldq),
            Mnemonic.Vpmaddwd => VexForm.Lanes(&PackedMultiply.Pmaddwd),
            Mnemonic.Vpmaddubsw => VexForm.Lanes(&PackedMultiply.Pmaddubsw),

            // Shuffles
            Mnemonic.Vpshufb => VexForm.Lanes(&PackedShuffle.Pshufb),
            Mnemonic.Vpalignr => VexForm.Lanes(&PackedShuffle.Palignr),
            Mnemonic.Vpunpckhbw => VexForm.Lanes(&PackedShuffle.Punpckhbw),
            Mnemonic.Vpunpckhwd => VexForm.Lanes(&PackedShuffle.Punpckhwd),
            Mnemonic.Vpunpckhdq or Mnemonic.Vunpckhps => VexForm.Lanes(&PackedShuffle.Punpckhdq),
            Mnemonic.Vpshufd => VexForm.Lanes(&PackedShuffle.Pshufd),
            Mnemonic.Vpshuflw => VexForm.Lanes(&PackedShuffle.Pshuflw),
            Mnemonic.Vpshufhw => VexForm.Lanes(&PackedShuffle.Pshufhw),
            Mnemonic.Vshufps => VexForm.Lanes(&PackedShuffle.Shufps),
            Mnemonic.Vpunpcklbw => VexForm.Lanes(&PackedShuffle.Punpcklbw),
            Mnemonic.Vpunpcklwd => VexForm.Lanes(&PackedShuffle.Punpcklwd),
            Mnemonic.Vpblendw => VexForm.Lanes(&PackedShuffle.Pblendw),
            Mnemonic.Vpunpckldq or Mnemonic.Vunpcklps => VexForm.Lanes(&PackedShuffle.Punpckldq),
            Mnemonic.Vpunpcklqdq or Mnemonic.Vunpcklpd => VexForm.Lanes(&PackedShuffle.Punpcklqdq),
            Mnemonic.Vpunpckhqdq or Mnemonic.Vunpckhpd => VexForm.Lanes(&PackedShuffle.Punpckhqdq),

            // Conversions
            Mnemonic.Vpacksswb => VexForm.Lanes(&PackedConvert.Packsswb),
            Mnemonic.Vpackssdw => VexForm.Lanes(&PackedConvert.Packssdw),
            Mnemonic.Vpackuswb => VexForm.Lanes(&PackedConvert.Packuswb),
            Mnemonic.Vpackusdw => VexForm.Lanes(&PackedConvert.Packusdw),

            // Horizontal operations
            Mnemonic.Vphaddw => VexForm.Lanes(&PackedHorizontal.Phaddw),
            Mnemonic.Vphaddd => VexForm.Lanes(&PackedHorizontal.Phaddd),
            Mnemonic.Vphaddsw => VexForm.Lanes(&PackedHorizontal.Phaddsw),
            Mnemonic.Vphsubw => VexForm.Lanes(&PackedHorizontal.Phsubw),
            Mnemonic.Vphsubd => VexForm.Lanes(&PackedHorizontal.Phsubd),
            Mnemonic.Vphsubsw => VexForm.Lanes(&PackedHorizontal.Phsubsw),
            Mnemonic.Vpsadbw => VexForm.Lanes(&PackedHorizontal.Psadbw),
            Mnemonic.Vphminposuw => VexForm.Lanes(&PackedHorizontal.Phminposuw),

            // Moves
            Mnemonic.Vmovddup => VexForm.Lanes(&PackedMove.Movddup),
            Mnemonic.Vmovsldup => VexForm.Lanes(&PackedMove.Movsldup),
            Mnemonic.Vmovshdup => VexForm.Lanes(&PackedMove.Movshdup),

            // Shifts
            Mnemonic.Vpsllw => shift ? VexForm.Lanes(&PackedShift.PsllwImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psllw),
            Mnemonic.Vpslld => shift ? VexForm.Lanes(&PackedShift.PslldImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Pslld),
            Mnemonic.Vpsllq => shift ? VexForm.Lanes(&PackedShift.PsllqImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psllq),
            Mnemonic.Vpsrlw => shift ? VexForm.Lanes(&PackedShift.PsrlwImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psrlw),
            Mnemonic.Vpsrld => shift ? VexForm.Lanes(&PackedShift.PsrldImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psrld),
            Mnemonic.Vpsrlq => shift ? VexForm.Lanes(&PackedShift.PsrlqImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psrlq),
            Mnemonic.Vpsraw => shift ? VexForm.Lanes(&PackedShift.PsrawImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psraw),
            Mnemonic.Vpsrad => shift ? VexForm.Lanes(&PackedShift.PsradImmediate, shape: VexShape.Shift) : VexForm.Count(&PackedShift.Psrad),
            Mnemonic.Vpslldq => VexForm.Lanes(&PackedShift.Pslldq, shape: VexShape.Shift),
            Mnemonic.Vpsrldq => VexForm.Lanes(&PackedShift.Psrldq, shape: VexShape.Shift),
            Mnemonic.Vpsllvd => VexForm.Lanes(&PackedShift.Psllvd),
            Mnemonic.Vpsllvq => VexForm.Lanes(&PackedShift.Psllvq),
            Mnemonic.Vpsrlvd => VexForm.Lanes(&PackedShift.Psrlvd),
            Mnemonic.Vpsrlvq => VexForm.Lanes(&PackedShift.Psrlvq),
            Mnemonic.Vpsravd => VexForm.Lanes(&PackedShift.Psravd),

            // Immediates with bits of their own for the upper half
            Mnemonic.Vshufpd => VexForm.Lanes(&PackedShuffle.Shufpd, 2),
            Mnemonic.Vblendps or Mnemonic.Vpblendd => VexForm.Lanes(&PackedShuffle.Blendps, 4),
            Mnemonic.Vblendpd => VexForm.Lanes(&PackedShuffle.Blendpd, 2),
            Mnemonic.Vmpsadbw => VexForm.Lanes(&PackedHorizontal.Mpsadbw, 3),

            // Elements that get wider
            Mnemonic.Vpmovsxbw => VexForm.Widen(&PackedConvert.Pmovsxbw, 8),
            Mnemonic.Vpmovzxbw => VexForm.Widen(&PackedConvert.Pmovzxbw, 8),
            Mnemonic.Vpmovsxbd => VexForm.Widen(&PackedConvert.Pmovsxbd, 4),
            Mnemonic.Vpmovzxbd => VexForm.Widen(&PackedConvert.Pmovzxbd, 4),
            Mnemonic.Vpmovsxbq => VexForm.Widen(&PackedConvert.Pmovsxbq, 2),
            Mnemonic.Vpmovzxbq => VexForm.Widen(&PackedConvert.Pmovzxbq, 2),
            Mnemonic.Vpmovsxwd => VexForm.Widen(&PackedConvert.Pmovsxwd, 8),
            Mnemonic.Vpmovzxwd => VexForm.Widen(&PackedConvert.Pmovzxwd, 8),
            Mnemonic.Vpmovsxwq => VexForm.Widen(&PackedConvert.Pmovsxwq, 4),
            Mnemonic.Vpmovzxwq => VexForm.Widen(&PackedConvert.Pmovzxwq, 4),
            Mnemonic.Vpmovsxdq => VexForm.Widen(&PackedConvert.Pmovsxdq, 8),
            Mnemonic.Vpmovzxdq => VexForm.Widen(&PackedConvert.Pmovzxdq, 8),

            Mnemonic.Vpblendvb => VexForm.Lanes(&VexBlend.Bytes),
            Mnemonic.Vblendvps => VexForm.Lanes(&VexBlend.Singles),
            Mnemonic.Vblendvpd => VexForm.Lanes(&VexBlend.Doubles),
            Mnemonic.Vptest => VexForm.Whole(&VexTest.Bits, VexShape.Flags),
            Mnemonic.Vtestps => VexForm.Whole(&VexTest.Singles, VexShape.Flags),
            Mnemonic.Vtestpd => VexForm.Whole(&VexTest.Doubles, VexShape.Flags),
            Mnemonic.Vpcmpistri => VexForm.Lanes(&StringCompare.Pcmpistri, shape: VexShape.Flags),
            Mnemonic.Vpcmpistrm => VexForm.Lanes(&VexTest.Pcmpistrm, shape: VexShape.Flags),
            Mnemonic.Vpcmpestri => VexForm.Lanes(&StringCompare.Pcmpestri, shape: VexShape.Flags),
            Mnemonic.Vpcmpestrm => VexForm.Lanes(&VexTest.Pcmpestrm, shape: VexShape.Flags),
            Mnemonic.Vpcmpestri64 => VexForm.Lanes(&StringCompare.Pcmpestri64, shape: VexShape.Flags),
            Mnemonic.Vpcmpestrm64 => VexForm.Lanes(&VexTest.Pcmpestrm64, shape: VexShape.Flags),
            _ => default,
        };
    }

    private static VexForm FindMove(in Instruction i)
    {
        bool merges = i.OpCount == 3;
        bool stores = i.Op0Kind == OpKind.Memory;
        return i.Mnemonic switch
        {
            Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovdqa or Mnemonic.Vmovups or Mnemonic.Vmovupd or Mnemonic.Vmovdqu or Mnemonic.Vlddqu
                or Mnemonic.Vmovntps or Mnemonic.Vmovntpd or Mnemonic.Vmovntdq or Mnemonic.Vmovntdqa => VexForm.Lanes(&VexMove.Copy),
            Mnemonic.Vmovss => merges ? VexForm.Whole(&VexMove.MergeDword) : VexForm.Whole(&VexMove.Copy),
            Mnemonic.Vmovsd => merges ? VexForm.Whole(&VexMove.MergeQword) : VexForm.Whole(&VexMove.Copy),
            Mnemonic.Vmovd => VexForm.Whole(&PackedMove.MoveDword),
            Mnemonic.Vmovq => VexForm.Whole(&PackedMove.MoveQword),
            Mnemonic.Vmovlps or Mnemonic.Vmovlpd => merges ? VexForm.Whole(&VexMove.MergeQword) : VexForm.Whole(&VexMove.Copy),
            Mnemonic.Vmovhps or Mnemonic.Vmovhpd => stores ? VexForm.Whole(&VexMove.HighToLow) : VexForm.Whole(&VexMove.LowToHigh),
            Mnemonic.Vmovlhps => VexForm.Whole(&VexMove.LowToHigh),
            Mnemonic.Vmovhlps => VexForm.Whole(&VexMove.HighToLow),
            Mnemonic.Vinsertps => i.Op2Kind == OpKind.Memory ? VexForm.Whole(&PackedMove.InsertpsMemory) : VexForm.Whole(&PackedMove.Insertps),
            Mnemonic.Vpinsrb => VexForm.Whole(&VexMove.InsertByte),
            Mnemonic.Vpinsrw => VexForm.Whole(&VexMove.InsertWord),
            Mnemonic.Vpinsrd => VexForm.Whole(&VexMove.InsertDword),
            Mnemonic.Vpinsrq => VexForm.Whole(&VexMove.InsertQword),
            Mnemonic.Vpextrb => VexForm.Whole(&VexMove.ExtractByte),
            Mnemonic.Vpextrw => VexForm.Whole(&VexMove.ExtractWord),
            Mnemonic.Vpextrd or Mnemonic.Vextractps => VexForm.Whole(&VexMove.ExtractDword),
            Mnemonic.Vpextrq => VexForm.Whole(&VexMove.ExtractQword),
            Mnemonic.Vpmovmskb => VexForm.Whole(&VexMove.MaskOfBytes),
            Mnemonic.Vmovmskps => VexForm.Whole(&VexMove.MaskOfSingles),
            Mnemonic.Vmovmskpd => VexForm.Whole(&VexMove.MaskOfDoubles),
            _ => default,
        };
    }

    private static VexForm FindPermutation(in Instruction i)
    {
        bool immediate = i.Op2Kind == OpKind.Immediate8;
        return i.Mnemonic switch
        {
            Mnemonic.Vpermilps => immediate ? VexForm.Lanes(&PackedShuffle.Pshufd) : VexForm.Lanes(&VexPermute.SinglesInHalf),
            Mnemonic.Vpermilpd => immediate ? VexForm.Lanes(&VexPermute.DoublesByImmediate, 2) : VexForm.Lanes(&VexPermute.DoublesInHalf),
            Mnemonic.Vpermd or Mnemonic.Vpermps => VexForm.Whole(&VexPermute.Dwords),
            Mnemonic.Vpermq or Mnemonic.Vpermpd => VexForm.Whole(&VexPermute.Qwords),
            Mnemonic.Vperm2f128 or Mnemonic.Vperm2i128 => VexForm.Whole(&VexPermute.Halves),
            Mnemonic.Vinsertf128 or Mnemonic.Vinserti128 => VexForm.Whole(&VexPermute.InsertHalf),
            Mnemonic.Vextractf128 or Mnemonic.Vextracti128 => VexForm.Whole(&VexPermute.ExtractHalf),
            Mnemonic.Vpbroadcastb => VexForm.Whole(&VexPermute.BroadcastByte),
            Mnemonic.Vpbroadcastw => VexForm.Whole(&VexPermute.BroadcastWord),
            Mnemonic.Vpbroadcastd or Mnemonic.Vbroadcastss => VexForm.Whole(&VexPermute.BroadcastDword),
            Mnemonic.Vpbroadcastq or Mnemonic.Vbroadcastsd => VexForm.Whole(&VexPermute.BroadcastQword),
            Mnemonic.Vbroadcastf128 or Mnemonic.Vbroadcasti128 => VexForm.Whole(&VexPermute.BroadcastHalf),
            _ => default,
        };
    }
}

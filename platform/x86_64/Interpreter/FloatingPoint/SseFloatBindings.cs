using System.Runtime.Intrinsics;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// Which operation a floating-point instruction of SSE…SSE4.1 is. Moves, shuffles, blends and logic are not here but in
/// <see cref="Simd.SimdBindings"/>, which has the same convention.
/// </summary>
/// <remarks>
/// An operation changes the destination in place (the upper part of an XMM register stays with the scalar ones); the source is a
/// register, or a memory operand or general register in sixteen bytes. Results for a general or MMX register are the low eight
/// bytes of the destination. CVTPI2PS, CVTPI2PD with a register, and the conversions to an MMX register are MMX instructions: the
/// engine looks for a pending x87 exception and calls <see cref="X87State.EnterMmx"/>. After each operation that can raise one (all
/// but RCP, RSQRT, CVTDQ2PD and CVTPI2PD) <see cref="CpuState.PendingSimdException"/> says whether #XM is due; nothing was written
/// then but flags in MXCSR.
/// </remarks>
internal static unsafe class SseFloatBindings
{
    /// <summary>The operation of an instruction, or null when it is none of these.</summary>
    public static delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> Find(in Instruction instruction) => instruction.Code switch
    {
        Code.Addss_xmm_xmmm32 => &SseBasic<SseAdd>.ScalarSingle,
        Code.Addsd_xmm_xmmm64 => &SseBasic<SseAdd>.ScalarDouble,
        Code.Addps_xmm_xmmm128 => &SseBasic<SseAdd>.PackedSingle,
        Code.Addpd_xmm_xmmm128 => &SseBasic<SseAdd>.PackedDouble,
        Code.Subss_xmm_xmmm32 => &SseBasic<SseSubtract>.ScalarSingle,
        Code.Subsd_xmm_xmmm64 => &SseBasic<SseSubtract>.ScalarDouble,
        Code.Subps_xmm_xmmm128 => &SseBasic<SseSubtract>.PackedSingle,
        Code.Subpd_xmm_xmmm128 => &SseBasic<SseSubtract>.PackedDouble,
        Code.Mulss_xmm_xmmm32 => &SseBasic<SseMultiply>.ScalarSingle,
        Code.Mulsd_xmm_xmmm64 => &SseBasic<SseMultiply>.ScalarDouble,
        Code.Mulps_xmm_xmmm128 => &SseBasic<SseMultiply>.PackedSingle,
        Code.Mulpd_xmm_xmmm128 => &SseBasic<SseMultiply>.PackedDouble,
        Code.Divss_xmm_xmmm32 => &SseBasic<SseDivide>.ScalarSingle,
        Code.Divsd_xmm_xmmm64 => &SseBasic<SseDivide>.ScalarDouble,
        Code.Divps_xmm_xmmm128 => &SseBasic<SseDivide>.PackedSingle,
        Code.Divpd_xmm_xmmm128 => &SseBasic<SseDivide>.PackedDouble,
        Code.Addsubpd_xmm_xmmm128 => &SseHorizontal.AddSubtractDouble,
        Code.Addsubps_xmm_xmmm128 => &SseHorizontal.AddSubtractSingle,
        Code.Haddpd_xmm_xmmm128 => &SseHorizontal.PairsDouble<SseAdd>,
        Code.Haddps_xmm_xmmm128 => &SseHorizontal.PairsSingle<SseAdd>,
        Code.Hsubpd_xmm_xmmm128 => &SseHorizontal.PairsDouble<SseSubtract>,
        Code.Hsubps_xmm_xmmm128 => &SseHorizontal.PairsSingle<SseSubtract>,
        Code.Dpps_xmm_xmmm128_imm8 => &SseHorizontal.DotProductSingle,
        Code.Dppd_xmm_xmmm128_imm8 => &SseHorizontal.DotProductDouble,
        _ => FindElementwise(instruction.Code),
    };

    private static delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> FindElementwise(Code code) => code switch
    {
        Code.Sqrtss_xmm_xmmm32 => &SseElementwise<SseSquareRoot>.ScalarSingle,
        Code.Sqrtsd_xmm_xmmm64 => &SseElementwise<SseSquareRoot>.ScalarDouble,
        Code.Sqrtps_xmm_xmmm128 => &SseElementwise<SseSquareRoot>.PackedSingle,
        Code.Sqrtpd_xmm_xmmm128 => &SseElementwise<SseSquareRoot>.PackedDouble,
        Code.Minss_xmm_xmmm32 => &SseElementwise<SseMinimum>.ScalarSingle,
        Code.Minsd_xmm_xmmm64 => &SseElementwise<SseMinimum>.ScalarDouble,
        Code.Minps_xmm_xmmm128 => &SseElementwise<SseMinimum>.PackedSingle,
        Code.Minpd_xmm_xmmm128 => &SseElementwise<SseMinimum>.PackedDouble,
        Code.Maxss_xmm_xmmm32 => &SseElementwise<SseMaximum>.ScalarSingle,
        Code.Maxsd_xmm_xmmm64 => &SseElementwise<SseMaximum>.ScalarDouble,
        Code.Maxps_xmm_xmmm128 => &SseElementwise<SseMaximum>.PackedSingle,
        Code.Maxpd_xmm_xmmm128 => &SseElementwise<SseMaximum>.PackedDouble,
        Code.Cmpss_xmm_xmmm32_imm8 => &SseElementwise<SsePredicate>.ScalarSingle,
        Code.Cmpsd_xmm_xmmm64_imm8 => &SseElementwise<SsePredicate>.ScalarDouble,
        Code.Cmpps_xmm_xmmm128_imm8 => &SseElementwise<SsePredicate>.PackedSingle,
        Code.Cmppd_xmm_xmmm128_imm8 => &SseElementwise<SsePredicate>.PackedDouble,
        Code.Roundss_xmm_xmmm32_imm8 => &SseElementwise<SseRound>.ScalarSingle,
        Code.Roundsd_xmm_xmmm64_imm8 => &SseElementwise<SseRound>.ScalarDouble,
        Code.Roundps_xmm_xmmm128_imm8 => &SseElementwise<SseRound>.PackedSingle,
        Code.Roundpd_xmm_xmmm128_imm8 => &SseElementwise<SseRound>.PackedDouble,
        Code.Rcpss_xmm_xmmm32 => &SseElementwise<SseReciprocalElement>.ScalarSingle,
        Code.Rcpps_xmm_xmmm128 => &SseElementwise<SseReciprocalElement>.PackedSingle,
        Code.Rsqrtss_xmm_xmmm32 => &SseElementwise<SseReciprocalRootElement>.ScalarSingle,
        Code.Rsqrtps_xmm_xmmm128 => &SseElementwise<SseReciprocalRootElement>.PackedSingle,
        Code.Comiss_xmm_xmmm32 => &SseCompare.OrderedSingle,
        Code.Comisd_xmm_xmmm64 => &SseCompare.OrderedDouble,
        Code.Ucomiss_xmm_xmmm32 => &SseCompare.UnorderedSingle,
        Code.Ucomisd_xmm_xmmm64 => &SseCompare.UnorderedDouble,
        _ => FindConversion(code),
    };

    private static delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> FindConversion(Code code) => code switch
    {
        Code.Cvtss2sd_xmm_xmmm32 => &SseConversion.SingleToDouble,
        Code.Cvtsd2ss_xmm_xmmm64 => &SseConversion.DoubleToSingle,
        Code.Cvtps2pd_xmm_xmmm64 => &SseConversion.PackedSingleToDouble,
        Code.Cvtpd2ps_xmm_xmmm128 => &SseConversion.PackedDoubleToSingle,
        Code.Cvtsi2ss_xmm_rm32 => &SseConversion.Int32ToSingle,
        Code.Cvtsi2ss_xmm_rm64 => &SseConversion.Int64ToSingle,
        Code.Cvtsi2sd_xmm_rm32 => &SseConversion.Int32ToDouble,
        Code.Cvtsi2sd_xmm_rm64 => &SseConversion.Int64ToDouble,
        Code.Cvtdq2ps_xmm_xmmm128 => &SseConversion.PackedInt32ToSingle,
        Code.Cvtdq2pd_xmm_xmmm64 or Code.Cvtpi2pd_xmm_mmm64 => &SseConversion.PackedInt32ToDouble,
        Code.Cvtpi2ps_xmm_mmm64 => &SseConversion.MmxInt32ToSingle,
        Code.Cvtss2si_r32_xmmm32 => &SseConversion.SingleToInt32<SseRoundedConversion>,
        Code.Cvtss2si_r64_xmmm32 => &SseConversion.SingleToInt64<SseRoundedConversion>,
        Code.Cvtsd2si_r32_xmmm64 => &SseConversion.DoubleToInt32<SseRoundedConversion>,
        Code.Cvtsd2si_r64_xmmm64 => &SseConversion.DoubleToInt64<SseRoundedConversion>,
        Code.Cvttss2si_r32_xmmm32 => &SseConversion.SingleToInt32<SseTruncatedConversion>,
        Code.Cvttss2si_r64_xmmm32 => &SseConversion.SingleToInt64<SseTruncatedConversion>,
        Code.Cvttsd2si_r32_xmmm64 => &SseConversion.DoubleToInt32<SseTruncatedConversion>,
        Code.Cvttsd2si_r64_xmmm64 => &SseConversion.DoubleToInt64<SseTruncatedConversion>,
        Code.Cvtps2dq_xmm_xmmm128 => &SseConversion.PackedSingleToInt32<SseRoundedConversion>,
        Code.Cvttps2dq_xmm_xmmm128 => &SseConversion.PackedSingleToInt32<SseTruncatedConversion>,
        Code.Cvtpd2dq_xmm_xmmm128 => &SseConversion.PackedDoubleToInt32<SseRoundedConversion>,
        Code.Cvttpd2dq_xmm_xmmm128 => &SseConversion.PackedDoubleToInt32<SseTruncatedConversion>,
        Code.Cvtps2pi_mm_xmmm64 => &SseConversion.SingleToMmxInt32<SseRoundedConversion>,
        Code.Cvttps2pi_mm_xmmm64 => &SseConversion.SingleToMmxInt32<SseTruncatedConversion>,
        Code.Cvtpd2pi_mm_xmmm128 => &SseConversion.DoubleToMmxInt32<SseRoundedConversion>,
        Code.Cvttpd2pi_mm_xmmm128 => &SseConversion.DoubleToMmxInt32<SseTruncatedConversion>,
        _ => null,
    };
}

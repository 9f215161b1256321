namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The constants that the x87 loads (SDM vol. 2A FLD1…FLDZ): known to more than 64 bits, rounded by RC.</summary>
internal static class X87Constants
{
    /// <summary>The constant of FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ by its place in the opcode (0xE8 + index).</summary>
    public static Float80 Get(uint index, uint mode)
    {
        // Cut off at 64 bits; none of them is exact, and for four of the five the next bit is set.
        (ulong significand, ushort exponent, bool nearestIsUp) = index switch
        {
            1 => (0xD49A784BCD1B8AFEUL, (ushort)0x4000, false), // log2 10 = …8AFE 492B…
            2 => (0xB8AA3B295C17F0BBUL, (ushort)0x3FFF, true), // log2 e = …F0BB BE87…
            3 => (0xC90FDAA22168C234UL, (ushort)0x4000, true), // pi = …C234 C4C6…
            4 => (0x9A209A84FBCFF798UL, (ushort)0x3FFD, true), // log10 2 = …F798 8F89…
            5 => (0xB17217F7D1CF79ABUL, (ushort)0x3FFE, true), // ln 2 = …79AB C9E3…
            0 => (Float80.IntegerBit, (ushort)Float80.Bias, false),
            _ => (0UL, (ushort)0, false),
        };
        if (index is >= 1 and <= 5 && (mode == FloatRounding.Up || (mode == FloatRounding.Nearest && nearestIsUp)))
            significand++;
        return new Float80(significand, exponent);
    }
}

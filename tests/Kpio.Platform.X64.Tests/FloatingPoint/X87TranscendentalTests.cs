using Iced.Intel;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// The transcendental instructions, whose results the manual leaves open within one unit in the last place: against the host within
/// that bound, and everything about them that is not open bit by bit. The seed of a code's cases is 0x8087_F000 plus the code.
/// </summary>
public sealed unsafe class X87TranscendentalTests
{
    private const int Cases = 60_000;

    /// <summary>Each of the two may be off by one unit in the last place.</summary>
    private const ulong Tolerance = 2;

    [Theory]
    [InlineData(nameof(Code.Fsin))]
    [InlineData(nameof(Code.Fcos))]
    [InlineData(nameof(Code.Fsincos))]
    [InlineData(nameof(Code.Fptan))]
    [InlineData(nameof(Code.Fpatan))]
    [InlineData(nameof(Code.F2xm1))]
    [InlineData(nameof(Code.Fyl2x))]
    [InlineData(nameof(Code.Fyl2xp1))]
    public void Agrees_with_the_host_within_the_manual_s_bound(string name)
    {
        Code code = Enum.Parse<Code>(name);
        X87Comparison.Run(code, Cases, 0x8087_F000 + (ulong)code, (before, host, ours) => Agree(before, host, ours, code));
    }

    private static bool Agree(FloatCase* before, FloatCase* host, FloatCase* ours, Code code)
    {
        Float80 operand = Register(before, 0);
        if (code == Code.F2xm1 && operand.Exponent >= Float80.Bias && operand.Magnitude() != Float80.One && operand.Exponent != 0x7FFF)
            return true;
        if (code == Code.Fyl2xp1 && operand.Exponent >= Float80.Bias - 2 && operand.Exponent != 0x7FFF)
            return true;
        // Which way the last bit was rounded is as open as the bit; after a stack fault C1 tells of that.
        int statusBits = (host->StatusWord & (int)FloatStatus.StackFault & ~before->StatusWord) != 0 ? 0xFFFF : ~X87Stack.C1;
        for (int register = 0; register < 8; register++)
        {
            Float80 hosts = Register(host, register);
            Float80 mine = Register(ours, register);
            if (!IsNear(hosts, mine))
                return false;
        }

        return ((host->StatusWord ^ ours->StatusWord) & statusBits) == 0
            && host->Occupied == ours->Occupied
            && host->ControlWord == ours->ControlWord;
    }

    private static Float80 Register(FloatCase* values, int register) =>
        new(*(ulong*)(values->Image + 32 + register * 16), *(ushort*)(values->Image + 40 + register * 16));

    private static bool IsNear(Float80 left, Float80 right)
    {
        if (left == right)
            return true;
        if (left.IsNegative != right.IsNegative || Math.Abs(left.Exponent - right.Exponent) > 1 || left.Exponent == 0x7FFF || right.Exponent == 0x7FFF)
            return false;
        // Neighbouring patterns are neighbouring numbers, the step to the next exponent included.
        Int128 distance = Position(left) - Position(right);
        return Int128.Abs(distance) <= Tolerance;
    }

    private static Int128 Position(Float80 value) => ((Int128)value.Exponent << 63) + (value.Significand & ~Float80.IntegerBit);
}

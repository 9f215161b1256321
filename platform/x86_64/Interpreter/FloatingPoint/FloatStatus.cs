namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The exception flags that an operation collects: the six of IEEE 754 in the places that the x87 status word and MXCSR share
/// (SDM vol. 1 figures 8-4 and 10-3), and two of the x87 alone. The mask bits of a control word lie in the same order.
/// </summary>
internal static class FloatStatus
{
    /// <summary>IE: invalid operation.</summary>
    public const uint Invalid = 0x01;

    /// <summary>DE: denormal operand.</summary>
    public const uint Denormal = 0x02;

    /// <summary>ZE: division by zero.</summary>
    public const uint ZeroDivide = 0x04;

    /// <summary>OE: overflow.</summary>
    public const uint Overflow = 0x08;

    /// <summary>UE: underflow. Tininess is detected after rounding.</summary>
    public const uint Underflow = 0x10;

    /// <summary>PE: inexact result.</summary>
    public const uint Inexact = 0x20;

    /// <summary>All six.</summary>
    public const uint All = 0x3F;

    /// <summary>The exceptions that are found before a result is computed: unmasked, they leave operands and stack alone.</summary>
    public const uint BeforeResult = Invalid | Denormal | ZeroDivide;

    /// <summary>SF of the x87 status word: the invalid operation is a stack fault.</summary>
    public const uint StackFault = 0x40;

    /// <summary>C1 of the x87 status word: the last rounding increased the magnitude.</summary>
    public const uint RoundedUp = 0x200;
}

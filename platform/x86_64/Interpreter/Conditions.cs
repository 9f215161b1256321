using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>A condition of Jcc, SETcc and CMOVcc as a type parameter, evaluated without making the flags.</summary>
internal interface ICondition
{
    /// <summary>The condition after a subtraction a - b.</summary>
    static abstract bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize;

    /// <summary>The condition after a logical operation: CF and OF are 0.</summary>
    static abstract bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize;
}

internal readonly struct Below : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => a < b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => false;
}

internal readonly struct NotBelow : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => a >= b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => true;
}

internal readonly struct Equal : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => a == b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => result == 0;
}

internal readonly struct NotEqual : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => a != b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => result != 0;
}

internal readonly struct BelowOrEqual : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => a <= b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => result == 0;
}

internal readonly struct Above : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => a > b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => result != 0;
}

internal readonly struct Negative : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => TSize.SignExtend(a - b) < 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => TSize.SignExtend(result) < 0;
}

internal readonly struct NotNegative : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => TSize.SignExtend(a - b) >= 0;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => TSize.SignExtend(result) >= 0;
}

internal readonly struct Less : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => TSize.SignExtend(a) < TSize.SignExtend(b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => TSize.SignExtend(result) < 0;
}

internal readonly struct NotLess : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => TSize.SignExtend(a) >= TSize.SignExtend(b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => TSize.SignExtend(result) >= 0;
}

internal readonly struct LessOrEqual : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => TSize.SignExtend(a) <= TSize.SignExtend(b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => TSize.SignExtend(result) <= 0;
}

internal readonly struct Greater : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfSub<TSize>(ulong a, ulong b) where TSize : struct, IOperandSize => TSize.SignExtend(a) > TSize.SignExtend(b);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool OfResult<TSize>(ulong result) where TSize : struct, IOperandSize => TSize.SignExtend(result) > 0;
}

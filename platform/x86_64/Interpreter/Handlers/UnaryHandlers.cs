using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>An operation on one operand that is read and written: INC, DEC, NEG, NOT.</summary>
internal unsafe interface IUnary
{
    static abstract ulong Compute<TSize, TFlags>(CpuState* s, ulong a)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode;
}

internal readonly unsafe struct IncOperation : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a + 1;
        if (TFlags.Live) LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Increment + (uint)TSize.Log), TSize.Truncate(result), Flags.CarryOf(s));
        return result;
    }
}

internal readonly unsafe struct DecOperation : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a - 1;
        if (TFlags.Live) LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Decrement + (uint)TSize.Log), TSize.Truncate(result), Flags.CarryOf(s));
        return result;
    }
}

internal readonly unsafe struct NegOperation : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        if (TFlags.Live) LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), 0, a);
        return 0 - a;
    }
}

internal readonly unsafe struct NotOperation : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode => ~a;
}

internal static unsafe class UnaryHandlers
{
    public static void Register<TUnary, TSize, TFlags>(CpuState* s, Op* op, Engine e, long budget)
        where TUnary : struct, IUnary
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        byte* d = (byte*)s + op->Destination;
        TSize.StoreRegister(d, TUnary.Compute<TSize, TFlags>(s, TSize.Load(d)));
        Chain.Next(s, op, e, budget);
    }
}

internal readonly unsafe struct UnaryOnMemory<TUnary, TSize, TFlags> : IStep
    where TUnary : struct, IUnary
    where TSize : struct, IOperandSize
    where TFlags : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) => TSize.Store(p, TUnary.Compute<TSize, TFlags>(s, TSize.Load(p)));
}

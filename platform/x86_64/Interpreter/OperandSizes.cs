using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>An operand size as a type parameter, so that a handler is compiled for each. Values are zero-extended to 64 bits.</summary>
internal unsafe interface IOperandSize
{
    /// <summary>0: 8 bits … 3: 64 bits.</summary>
    static abstract int Log { get; }

    static abstract ulong Load(byte* p);

    static abstract void Store(byte* p, ulong value);

    /// <summary>Stores to a general register: 32 bits clear the upper half (SDM vol. 1 3.4.1.1).</summary>
    static abstract void StoreRegister(byte* p, ulong value);

    static abstract ulong Truncate(ulong value);

    static abstract long SignExtend(ulong value);
}

internal readonly unsafe struct Size8 : IOperandSize
{
    public static int Log { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 0; }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(byte* p) => *p;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* p, ulong value) => *p = (byte)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRegister(byte* p, ulong value) => *p = (byte)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Truncate(ulong value) => (byte)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SignExtend(ulong value) => (sbyte)value;
}

internal readonly unsafe struct Size16 : IOperandSize
{
    public static int Log { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1; }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(byte* p) => *(ushort*)p;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* p, ulong value) => *(ushort*)p = (ushort)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRegister(byte* p, ulong value) => *(ushort*)p = (ushort)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Truncate(ulong value) => (ushort)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SignExtend(ulong value) => (short)value;
}

internal readonly unsafe struct Size32 : IOperandSize
{
    public static int Log { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 2; }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(byte* p) => *(uint*)p;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* p, ulong value) => *(uint*)p = (uint)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRegister(byte* p, ulong value) => *(ulong*)p = (uint)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Truncate(ulong value) => (uint)value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SignExtend(ulong value) => (int)value;
}

internal readonly unsafe struct Size64 : IOperandSize
{
    public static int Log { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 3; }
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(byte* p) => *(ulong*)p;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* p, ulong value) => *(ulong*)p = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRegister(byte* p, ulong value) => *(ulong*)p = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Truncate(ulong value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SignExtend(ulong value) => (long)value;
}

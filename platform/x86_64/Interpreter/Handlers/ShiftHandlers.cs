using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>The shifts and rotates in the order of their opcode extension (SDM vol. 2A table A-6, group 2).</summary>
internal enum ShiftKind : byte
{
    Rol,
    Ror,
    Rcl,
    Rcr,
    Shl,
    Shr,
    Sal,
    Sar,
}

/// <summary>A shift by a count that is not zero, whose flags nobody reads.</summary>
internal interface IShift
{
    static abstract ulong Compute<TSize>(ulong a, int count) where TSize : struct, IOperandSize;
}

internal readonly struct ShlOperation : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize>(ulong a, int count) where TSize : struct, IOperandSize => a << count;
}

internal readonly struct ShrOperation : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize>(ulong a, int count) where TSize : struct, IOperandSize => a >> count;
}

internal readonly struct SarOperation : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize>(ulong a, int count) where TSize : struct, IOperandSize => (ulong)(TSize.SignExtend(a) >> count);
}

internal readonly struct RolOperation : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize>(ulong a, int count) where TSize : struct, IOperandSize =>
        TSize.Log == 2 ? (uint)a << count | (uint)a >> (32 - count) : a << count | a >> (64 - count);
}

/// <summary>Shifts of registers whose flags are dead, and the general form.</summary>
internal static unsafe class ShiftHandlers
{
    /// <summary>By <see cref="Op.Immediate"/>, masked and not zero.</summary>
    public static void Immediate<TShift, TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TShift : struct, IShift
        where TSize : struct, IOperandSize
    {
        byte* d = (byte*)s + op->Destination;
        TSize.StoreRegister(d, TShift.Compute<TSize>(TSize.Load(d), (int)op->Immediate));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>By <see cref="Op.Immediate"/>, setting the flags; for SHL, SHR and SAR.</summary>
    public static void ImmediateWithFlags<TShift, TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TShift : struct, IShift
        where TSize : struct, IOperandSize => ImmediateFlagsBody<TShift, TSize>(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ImmediateFlagsBody<TShift, TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TShift : struct, IShift
        where TSize : struct, IOperandSize
    {
        byte* d = (byte*)s + op->Destination;
        ulong a = TSize.Load(d);
        int count = (int)op->Immediate;
        ulong result = TSize.Truncate(TShift.Compute<TSize>(a, count));
        ulong before = TSize.Truncate(TShift.Compute<TSize>(a, count - 1));
        TSize.StoreRegister(d, result);
        int top = (8 << TSize.Log) - 1;
        bool left = typeof(TShift) == typeof(ShlOperation);
        uint carry = (uint)(left ? before >> top : before) & 1;
        uint overflow = (uint)((before ^ result) >> top) & 1;
        if (typeof(TShift) == typeof(SarOperation)) overflow = 0;
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | carry | (overflow << 11));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>By CL.</summary>
    public static void Counter<TShift, TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TShift : struct, IShift
        where TSize : struct, IOperandSize
    {
        byte* d = (byte*)s + op->Destination;
        int count = (int)s->Gpr[1] & (TSize.Log == 3 ? 63 : 31);
        TSize.StoreRegister(d, TShift.Compute<TSize>(TSize.Load(d), count));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>
    /// Any shift or rotate of any size, flags included (SDM vol. 2B SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR). Where the manual leaves OF
    /// undefined (counts beyond 1) this gives what a count of 1 would give at the last step, as processors do.
    /// </summary>
    public static ulong Compute(CpuState* s, ShiftKind kind, int log, ulong value, int count)
    {
        int bits = 8 << log;
        int top = bits - 1;
        ulong mask = ulong.MaxValue >> (64 - bits);
        count &= log == 3 ? 63 : 31;
        if (count == 0) return value;
        uint flags;
        ulong result;
        switch (kind)
        {
            case ShiftKind.Shl or ShiftKind.Sal:
                {
                    result = count < bits ? (value << count) & mask : 0;
                    ulong carry = count <= bits ? (value >> (bits - count)) & 1 : 0;
                    ulong overflow = (result >> top) ^ carry;
                    flags = Flags.OfResult(result, log) | (uint)carry | (uint)(overflow << 11);
                    break;
                }

            case ShiftKind.Shr:
                {
                    result = count < bits ? value >> count : 0;
                    ulong carry = count <= bits ? (value >> (count - 1)) & 1 : 0;
                    ulong overflow = count == 1 ? value >> top : ((result << 1) ^ result) >> top & 1;
                    if (count > bits) overflow = 0;
                    flags = Flags.OfResult(result, log) | (uint)carry | (uint)(overflow << 11);
                    break;
                }

            case ShiftKind.Sar:
                {
                    long extended = (long)(value << (64 - bits)) >> (64 - bits);
                    int amount = Math.Min(count, 63);
                    result = (ulong)(extended >> amount) & mask;
                    ulong carry = (ulong)(extended >> Math.Min(count - 1, 63)) & 1;
                    flags = Flags.OfResult(result, log) | (uint)carry;
                    break;
                }

            case ShiftKind.Rol:
                {
                    int amount = count & top;
                    result = amount == 0 ? value : ((value << amount) | (value >> (bits - amount))) & mask;
                    ulong carry = result & 1;
                    ulong overflow = (result >> top) ^ carry;
                    flags = Keep(s) | (uint)carry | (uint)(overflow << 11);
                    break;
                }

            case ShiftKind.Ror:
                {
                    int amount = count & top;
                    result = amount == 0 ? value : ((value >> amount) | (value << (bits - amount))) & mask;
                    ulong carry = result >> top;
                    ulong overflow = carry ^ ((result >> (top - 1)) & 1);
                    flags = Keep(s) | (uint)carry | (uint)(overflow << 11);
                    break;
                }

            case ShiftKind.Rcl:
                {
                    ulong carry = Flags.CarryOf(s);
                    result = value;
                    for (int i = count % (bits + 1); i > 0; i--)
                    {
                        ulong next = result >> top;
                        result = ((result << 1) | carry) & mask;
                        carry = next;
                    }

                    ulong overflow = (result >> top) ^ carry;
                    flags = Keep(s) | (uint)carry | (uint)(overflow << 11);
                    break;
                }

            default:
                {
                    ulong carry = Flags.CarryOf(s);
                    result = value;
                    for (int i = count % (bits + 1); i > 0; i--)
                    {
                        ulong next = result & 1;
                        result = (result >> 1) | (carry << top);
                        carry = next;
                    }

                    ulong overflow = (result >> top) ^ ((result >> (top - 1)) & 1);
                    flags = Keep(s) | (uint)carry | (uint)(overflow << 11);
                    break;
                }
        }

        Flags.SetArithmetic(s, flags);
        return result;
    }

    private static uint Keep(CpuState* s) => Flags.Get(s) & (Flags.Zero | Flags.Sign | Flags.Parity | Flags.Adjust);
}

/// <summary>
/// The general form on a register or memory: the kind is <see cref="Op.Detail"/>'s low byte; the count <see cref="Op.Immediate"/>,
/// or CL when that is negative.
/// </summary>
internal readonly unsafe struct ShiftStep<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        int count = op->Immediate < 0 ? (int)s->Gpr[1] : (int)op->Immediate;
        TSize.Store(p, ShiftHandlers.Compute(s, (ShiftKind)(op->Detail & 7), TSize.Log, TSize.Load(p), count));
    }
}

/// <summary>SHLD and SHRD (SDM vol. 2B); bit 0 of <see cref="Op.Detail"/> means right.</summary>
internal readonly unsafe struct DoubleShiftStep<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        int bits = 8 << TSize.Log;
        int count = (op->Immediate < 0 ? (int)s->Gpr[1] : (int)op->Immediate) & (bits == 64 ? 63 : 31);
        if (count == 0) return;
        ulong a = TSize.Load(p);
        ulong b = TSize.Load((byte*)s + op->Source);
        ulong result;
        ulong carry;
        bool right = (op->Detail & 1) != 0;
        if (count > bits)
        {
            // 16 bits by more than 16: undefined by the manual. As AMD's processors have it: the source twice behind the destination, and no carry. (Intel's have the
            // destination a second time there.)
            ulong twice = b | (b << 16);
            result = right ? twice >> (count - 16) : twice >> (32 - count);
            carry = 0;
        }
        else if (right)
        {
            result = (count == 64 ? 0 : a >> count) | (b << (bits - count));
            carry = (a >> (count - 1)) & 1;
        }
        else
        {
            result = (a << count) | (b >> (bits - count));
            carry = (a >> (bits - count)) & 1;
        }

        result = TSize.Truncate(result);
        ulong overflow = ((result ^ a) >> (bits - 1)) & 1;
        TSize.Store(p, result);
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | (uint)carry | (uint)(overflow << 11));
    }
}

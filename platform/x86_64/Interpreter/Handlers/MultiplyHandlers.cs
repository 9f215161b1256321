using System.Numerics;
using System.Runtime.CompilerServices;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>Multiplication and division. The flags that the manual leaves undefined after MUL and IMUL: ZF 0, AF 0, SF and PF of the low half.</summary>
internal static unsafe class Multiplication
{
    /// <summary>IMUL with two or three operands.</summary>
    public static ulong Signed<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        if (!TFlags.Live) return a * b;
        if (TSize.Log == 3)
        {
            long high = Math.BigMul((long)a, (long)b, out long low);
            SetFlags(s, high != low >> 63, (ulong)low, 3);
            return (ulong)low;
        }

        long product = TSize.SignExtend(a) * TSize.SignExtend(b);
        SetFlags(s, product != TSize.SignExtend((ulong)product), (ulong)product, TSize.Log);
        return (ulong)product;
    }

    /// <summary>
    /// 128 by 64 bits, for a quotient that fits: long division by digits of 32 bits (Knuth, TAOCP vol. 2, 4.3.1, algorithm D). The
    /// base library's UInt128 is not in precompiled code.
    /// </summary>
    public static ulong DivideWide(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        int shift = BitOperations.LeadingZeroCount(divisor);
        divisor <<= shift;
        if (shift != 0)
        {
            high = (high << shift) | (low >> (64 - shift));
            low <<= shift;
        }

        ulong first = Digit(ref high, low >> 32, divisor);
        ulong second = Digit(ref high, low & uint.MaxValue, divisor);
        remainder = high >> shift;
        return (first << 32) | second;
    }

    /// <summary>One digit of the quotient: (rest:next) / divisor, where the divisor's top bit is set.</summary>
    private static ulong Digit(ref ulong rest, ulong next, ulong divisor)
    {
        ulong top = divisor >> 32;
        ulong bottom = divisor & uint.MaxValue;
        ulong digit = rest / top;
        ulong left = rest % top;
        while (digit > uint.MaxValue || digit * bottom > ((left << 32) | next))
        {
            digit--;
            left += top;
            if (left > uint.MaxValue) break;
        }

        rest = ((rest << 32) | next) - (digit * divisor);
        return digit;
    }

    public static void SetFlags(CpuState* s, bool overflow, ulong low, int log) =>
        Flags.SetArithmetic(s, (Flags.OfResult(low, log) & ~Flags.Zero) | (overflow ? Flags.Carry | Flags.Overflow : 0));
}

internal static unsafe class MultiplyHandlers
{
    public static void RegisterRegister<TSize, TFlags>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        byte* d = (byte*)s + op->Destination;
        TSize.StoreRegister(d, Multiplication.Signed<TSize, TFlags>(s, TSize.Load(d), TSize.Load((byte*)s + op->Source)));
        Chain.Next(s, op, e, budget);
    }

    public static void RegisterImmediate<TSize, TFlags>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = Multiplication.Signed<TSize, TFlags>(s, TSize.Load((byte*)s + op->Source), TSize.Truncate((ulong)op->Immediate));
        TSize.StoreRegister((byte*)s + op->Destination, result);
        Chain.Next(s, op, e, budget);
    }
}

internal readonly unsafe struct MultiplyFromMemory<TSize, TFlags> : IStep
    where TSize : struct, IOperandSize
    where TFlags : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        byte* d = (byte*)s + op->Destination;
        TSize.StoreRegister(d, Multiplication.Signed<TSize, TFlags>(s, TSize.Load(d), TSize.Load(p)));
    }
}

internal readonly unsafe struct MultiplyMemoryImmediate<TSize, TFlags> : IStep
    where TSize : struct, IOperandSize
    where TFlags : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong result = Multiplication.Signed<TSize, TFlags>(s, TSize.Load(p), TSize.Truncate((ulong)op->Immediate));
        TSize.StoreRegister((byte*)s + op->Destination, result);
    }
}

/// <summary>MUL and IMUL with one operand, into RDX:RAX; the product of bytes goes to AX.</summary>
internal readonly unsafe struct WideMultiply<TSize, TSigned> : IStep
    where TSize : struct, IOperandSize
    where TSigned : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong a = TSize.Truncate(s->Gpr[0]);
        ulong b = TSize.Load(p);
        ulong low;
        ulong high;
        if (TSize.Log == 3)
        {
            if (TSigned.Live)
            {
                high = (ulong)Math.BigMul((long)a, (long)b, out long signedLow);
                low = (ulong)signedLow;
            }
            else
            {
                high = Math.BigMul(a, b, out low);
            }

            s->Gpr[0] = low;
            s->Gpr[2] = high;
        }
        else
        {
            ulong product = TSigned.Live ? (ulong)(TSize.SignExtend(a) * TSize.SignExtend(b)) : a * b;
            int bits = 8 << TSize.Log;
            low = TSize.Truncate(product);
            high = TSize.Truncate(product >> bits);
            if (TSize.Log == 0)
            {
                *(ushort*)&s->Gpr[0] = (ushort)product;
            }
            else
            {
                TSize.StoreRegister((byte*)&s->Gpr[0], low);
                TSize.StoreRegister((byte*)&s->Gpr[2], high);
            }
        }

        bool overflow = TSigned.Live ? TSize.SignExtend(high) != TSize.SignExtend(low) >> 63 : high != 0;
        Multiplication.SetFlags(s, overflow, low, TSize.Log);
    }
}

/// <summary>DIV and IDIV. #DE for a zero divisor and for a quotient that does not fit. Flags are left as they were.</summary>
internal readonly unsafe struct Divide<TSize, TSigned> : IStep
    where TSize : struct, IOperandSize
    where TSigned : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong divisor = TSize.Load(p);
        if (divisor == 0)
        {
            Engine.Raise(s, ExceptionVector.DivideError);
            return;
        }

        if (TSize.Log == 3)
        {
            if (TSigned.Live) Signed64(s, (long)divisor);
            else Unsigned64(s, divisor);
            return;
        }

        int bits = 8 << TSize.Log;
        ulong dividend = TSize.Log == 0 ? (ushort)s->Gpr[0] : TSize.Truncate(s->Gpr[0]) | (TSize.Truncate(s->Gpr[2]) << bits);
        ulong quotient;
        ulong remainder;
        if (TSigned.Live)
        {
            long n = (long)(dividend << (64 - (2 * bits))) >> (64 - (2 * bits));
            long d = TSize.SignExtend(divisor);
            if (d == -1)
            {
                // Dividing the least 64-bit number by -1 traps on the host too.
                quotient = 0 - (ulong)n;
                remainder = 0;
            }
            else
            {
                quotient = (ulong)(n / d);
                remainder = (ulong)(n % d);
            }

            if (TSize.SignExtend(quotient) != (long)quotient)
            {
                Engine.Raise(s, ExceptionVector.DivideError);
                return;
            }
        }
        else
        {
            quotient = dividend / divisor;
            remainder = dividend % divisor;
            if (TSize.Truncate(quotient) != quotient)
            {
                Engine.Raise(s, ExceptionVector.DivideError);
                return;
            }
        }

        if (TSize.Log == 0)
        {
            *(ushort*)&s->Gpr[0] = (ushort)((byte)quotient | (remainder << 8));
        }
        else
        {
            TSize.StoreRegister((byte*)&s->Gpr[0], quotient);
            TSize.StoreRegister((byte*)&s->Gpr[2], remainder);
        }
    }

    private static void Unsigned64(CpuState* s, ulong divisor)
    {
        ulong high = s->Gpr[2];
        ulong low = s->Gpr[0];
        if (high >= divisor)
        {
            Engine.Raise(s, ExceptionVector.DivideError);
            return;
        }

        if (high == 0)
        {
            s->Gpr[0] = low / divisor;
            s->Gpr[2] = low % divisor;
            return;
        }

        s->Gpr[0] = Multiplication.DivideWide(high, low, divisor, out ulong remainder);
        s->Gpr[2] = remainder;
    }

    private static void Signed64(CpuState* s, long divisor)
    {
        long high = (long)s->Gpr[2];
        long low = (long)s->Gpr[0];
        if (high == low >> 63 && !(divisor == -1 && low == long.MinValue))
        {
            s->Gpr[0] = (ulong)(low / divisor);
            s->Gpr[2] = (ulong)(low % divisor);
            return;
        }

        bool negative = high < 0;
        ulong upper = (ulong)high;
        ulong lower = (ulong)low;
        if (negative)
        {
            lower = 0 - lower;
            upper = ~upper + (lower == 0 ? 1UL : 0);
        }

        ulong magnitude = divisor < 0 ? 0 - (ulong)divisor : (ulong)divisor;
        bool negate = negative != (divisor < 0);
        if (upper >= magnitude)
        {
            Engine.Raise(s, ExceptionVector.DivideError);
            return;
        }

        ulong quotient = Multiplication.DivideWide(upper, lower, magnitude, out ulong remainder);
        if (quotient > (negate ? 1UL << 63 : (1UL << 63) - 1))
        {
            Engine.Raise(s, ExceptionVector.DivideError);
            return;
        }

        s->Gpr[0] = negate ? 0 - quotient : quotient;
        s->Gpr[2] = negative ? 0 - remainder : remainder;
    }
}

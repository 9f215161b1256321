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

        var dividend = new UInt128(high, low);
        UInt128 quotient = dividend / divisor;
        s->Gpr[0] = (ulong)quotient;
        s->Gpr[2] = (ulong)(dividend - (quotient * divisor));
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

        var dividend = new UInt128((ulong)high, (ulong)low);
        bool negative = high < 0;
        if (negative) dividend = UInt128.Zero - dividend;
        ulong magnitude = divisor < 0 ? 0 - (ulong)divisor : (ulong)divisor;
        UInt128 quotient = dividend / magnitude;
        ulong remainder = (ulong)(dividend - (quotient * magnitude));
        bool negate = negative != (divisor < 0);
        UInt128 limit = negate ? (UInt128)1 << 63 : ((UInt128)1 << 63) - 1;
        if (quotient > limit)
        {
            Engine.Raise(s, ExceptionVector.DivideError);
            return;
        }

        s->Gpr[0] = negate ? 0 - (ulong)quotient : (ulong)quotient;
        s->Gpr[2] = negative ? 0 - remainder : remainder;
    }
}

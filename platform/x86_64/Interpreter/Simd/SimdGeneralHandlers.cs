using System.Runtime.Intrinsics;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>What an operand of <see cref="SimdGeneralHandlers.Any"/> is, in two bits of <see cref="Op.Detail"/>.</summary>
internal enum SimdOperandKind : ushort
{
    Xmm = 0,
    Mmx = 1,
    General = 2,
    Memory = 3,
}

/// <summary>Bits of <see cref="Op.Detail"/> in <see cref="SimdGeneralHandlers.Any"/>: operand kinds in 0…3, log of the size in 4…6, facts.</summary>
internal static class SimdDetail
{
    public const int DestinationShift = 2;
    public const int SizeShift = 4;
    public const int SizeMask = 7;

    /// <summary>A memory operand must be aligned.</summary>
    public const ushort Aligned = 0x0080;

    /// <summary>The instruction is one of MMX: it raises a pending #MF and leaves the x87 registers as MMX ones (SDM vol. 1 9.5.1).</summary>
    public const ushort Mmx = 0x0100;
}

/// <summary>
/// Handlers of the SIMD instructions that have operands elsewhere than in XMM registers: MMX registers, general registers, memory
/// as a destination.
/// </summary>
internal static unsafe class SimdGeneralHandlers
{
    /// <summary>An operation with operands of any kind. Nothing is changed before every fault is known.</summary>
    public static void Any(CpuState* s, Op* op, Engine e, long budget)
    {
        int size = 1 << ((op->Detail >> SimdDetail.SizeShift) & SimdDetail.SizeMask);
        if ((op->Detail & SimdDetail.Mmx) != 0 && s->X87.HasPendingException)
        {
            RaisePending(s, op, e, budget);
            return;
        }

        Vector128<byte>* source = Source(s, op, e, size);
        if (source == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        var kind = (SimdOperandKind)((op->Detail >> SimdDetail.DestinationShift) & 3);
        byte* place = (byte*)s + op->Destination;
        if (kind == SimdOperandKind.Memory)
        {
            place = IsAligned(s, op, size) ? e.WritePointer(s, op, size) : null;
            if (place == null)
            {
                Chain.Abort(s, op, e, budget);
                return;
            }
        }

        // Other destinations than XMM registers are changed in a copy, and only when no exception comes up.
        Vector128<byte>* destination = (Vector128<byte>*)place;
        if (kind != SimdOperandKind.Xmm)
        {
            destination = (Vector128<byte>*)s->DestinationScratch;
            *destination = kind == SimdOperandKind.Memory ? Vector128<byte>.Zero : Vector128.CreateScalar(*(ulong*)place).AsByte();
        }

        SimdOperation.Execute(s, op, destination, source);
        if (s->PendingSimdException != 0)
        {
            SimdHandlers.RaiseSimdException(s, op, e, budget);
            return;
        }

        if ((op->Detail & SimdDetail.Mmx) != 0) s->X87.EnterMmx();
        switch (kind)
        {
            case SimdOperandKind.Mmx:
                WriteMmx(s, op->Destination, *(ulong*)destination);
                break;
            case SimdOperandKind.General:
                *(ulong*)place = *(ulong*)destination;
                break;
            case SimdOperandKind.Memory:
                new ReadOnlySpan<byte>(destination, size).CopyTo(new Span<byte>(place, size));
                if (e.FinishWrite(s, place, size))
                {
                    Chain.LeaveAfter(s, op, e, budget);
                    return;
                }

                break;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>EMMS.</summary>
    public static void LeaveMmx(CpuState* s, Op* op, Engine e, long budget)
    {
        if (s->X87.HasPendingException)
        {
            RaisePending(s, op, e, budget);
            return;
        }

        s->X87.LeaveMmx();
        Chain.Next(s, op, e, budget);
    }

    /// <summary>
    /// MASKMOVDQU and MASKMOVQ: the bytes of the destination operand whose byte in the source has its top bit set go to memory. All
    /// of the bytes in memory must be writable, whatever the mask.
    /// </summary>
    public static void MaskedStore(CpuState* s, Op* op, Engine e, long budget)
    {
        bool mmx = (op->Detail & SimdDetail.Mmx) != 0;
        if (mmx && s->X87.HasPendingException)
        {
            RaisePending(s, op, e, budget);
            return;
        }

        int size = mmx ? 8 : 16;
        s->Ea = AnyAddress.Compute(s, op);
        byte* place = e.WritePointer(s, op, size);
        if (place == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        byte* value = (byte*)s + op->Destination;
        byte* mask = (byte*)s + op->Source;
        for (int i = 0; i < size; i++)
        {
            if ((mask[i] & 0x80) != 0) place[i] = value[i];
        }

        if (mmx) s->X87.EnterMmx();
        if (e.FinishWrite(s, place, size)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Next(s, op, e, budget);
    }

    /// <summary>The byte offset of an MMX register in <see cref="CpuState"/>.</summary>
    public static ushort MmxOffset(int number) => (ushort)(StateLayout.X87 + (number * 8));

    private static void WriteMmx(CpuState* s, ushort offset, ulong value) => s->X87.WriteMmx((offset - StateLayout.X87) / 8, value);

    /// <summary>The source extended with zeros to sixteen bytes, or null with the exit recorded.</summary>
    private static Vector128<byte>* Source(CpuState* s, Op* op, Engine e, int size)
    {
        byte* p = (byte*)s + op->Source;
        switch ((SimdOperandKind)(op->Detail & 3))
        {
            case SimdOperandKind.Xmm:
                return (Vector128<byte>*)p;
            case SimdOperandKind.Mmx:
                size = 8;
                break;
            case SimdOperandKind.Memory:
                p = IsAligned(s, op, size) ? e.ReadPointer(s, op, size) : null;
                if (p == null) return null;
                break;
        }

        Vector128<byte>* extended = (Vector128<byte>*)s->SourceScratch;
        *extended = Vector128<byte>.Zero;
        new ReadOnlySpan<byte>(p, size).CopyTo(new Span<byte>(extended, size));
        return extended;
    }

    private static bool IsAligned(CpuState* s, Op* op, int size)
    {
        s->Ea = AnyAddress.Compute(s, op);
        if ((op->Detail & SimdDetail.Aligned) == 0 || (s->Ea & ((ulong)size - 1)) == 0) return true;
        Engine.Raise(s, ExceptionVector.GeneralProtection);
        return false;
    }

    private static void RaisePending(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.X87FloatingPoint);
        Chain.Abort(s, op, e, budget);
    }
}

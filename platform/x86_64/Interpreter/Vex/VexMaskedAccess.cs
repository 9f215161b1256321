using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>
/// Accesses of which a mask chooses the elements: VMASKMOVPS, VPMASKMOVD and their kin, and gathers (SDM vol. 2C). Elements that are
/// not chosen are not accessed and cannot fault.
/// </summary>
internal static unsafe class VexMaskedAccess
{
    /// <summary>The sizes of a masked access, in <see cref="Op.Immediate"/>.</summary>
    public static long Pack(int elements, int elementLog, int indexLog, ushort mask) =>
        (long)((uint)elements | ((ulong)elementLog << 8) | ((ulong)indexLog << 16) | ((ulong)mask << 32));

    /// <summary>A masked load into <see cref="Op.Destination"/>.</summary>
    public static void Load(CpuState* s, Op* op, Engine e, long budget)
    {
        if (!TryLoad(s, op, e))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>A masked store of <see cref="Op.Source"/>.</summary>
    public static void Store(CpuState* s, Op* op, Engine e, long budget)
    {
        VexOutcome outcome = TryStore(s, op, e);
        if (outcome != VexOutcome.Done)
        {
            VexHandlers.Stop(s, op, e, budget, outcome);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>A gather into <see cref="Op.Destination"/>, by the indices in <see cref="Op.Index"/>.</summary>
    public static void Gather(CpuState* s, Op* op, Engine e, long budget)
    {
        if (!TryGather(s, op, e))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryLoad(CpuState* s, Op* op, Engine e)
    {
        int elements = (byte)op->Immediate, log = (byte)(op->Immediate >> 8), size = 1 << log;
        byte* mask = (byte*)s + (ushort)(op->Immediate >> 32);
        ulong address = AnyAddress.Compute(s, op);
        Vector128<byte>* result = stackalloc Vector128<byte>[2];
        result[0] = result[1] = Vector128<byte>.Zero;
        for (int i = 0; i < elements; i++)
        {
            if (!IsChosen(mask, i, size)) continue;
            s->Ea = address + ((ulong)i << log);
            byte* p = e.ReadPointer(s, op, size);
            if (p == null) return false;
            Copy((byte*)result + (i << log), p, size);
        }

        Vector128<byte>* destination = (Vector128<byte>*)((byte*)s + op->Destination);
        destination[0] = result[0];
        destination[1] = result[1];
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VexOutcome TryStore(CpuState* s, Op* op, Engine e)
    {
        int elements = (byte)op->Immediate, log = (byte)(op->Immediate >> 8), size = 1 << log;
        byte* mask = (byte*)s + (ushort)(op->Immediate >> 32);
        byte* source = (byte*)s + op->Source;
        ulong address = AnyAddress.Compute(s, op);

        // Every fault is known before the first byte is written.
        for (int i = 0; i < elements; i++)
        {
            s->Ea = address + ((ulong)i << log);
            if (IsChosen(mask, i, size) && e.WritePointer(s, op, size) == null) return VexOutcome.Aborted;
        }

        bool changed = false;
        for (int i = 0; i < elements; i++)
        {
            if (!IsChosen(mask, i, size)) continue;
            s->Ea = address + ((ulong)i << log);
            byte* p = e.WritePointer(s, op, size);
            Copy(p, source + (i << log), size);
            changed |= e.FinishWrite(s, p, size);
        }

        return changed ? VexOutcome.CodeChanged : VexOutcome.Done;
    }

    /// <summary>
    /// Element by element from the lowest; the mask is cleared up to the one that faults, as AMD's processors do it, so that the
    /// instruction goes on there when it is done again.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryGather(CpuState* s, Op* op, Engine e)
    {
        int elements = (byte)op->Immediate, log = (byte)(op->Immediate >> 8), indexLog = (byte)(op->Immediate >> 16), size = 1 << log;
        byte* mask = (byte*)s + (ushort)(op->Immediate >> 32);
        byte* destination = (byte*)s + op->Destination;
        byte* indices = (byte*)s + op->Index;
        for (int i = 0; i < elements; i++)
        {
            if (!IsChosen(mask, i, size)) continue;
            long index = indexLog == 2 ? ((int*)indices)[i] : ((long*)indices)[i];
            ulong address = *(ulong*)((byte*)s + op->Base) + ((ulong)index * op->Scale) + (ulong)op->Displacement;
            if ((op->Detail & OpDetail.Address32) != 0) address = (uint)address;
            s->Ea = address + ((ulong*)s)[op->Segment];
            byte* p = e.ReadPointer(s, op, size);
            if (p == null)
            {
                new Span<byte>(mask, i << log).Clear();
                return false;
            }

            Copy(destination + (i << log), p, size);
        }

        new Span<byte>(mask, 32).Clear();
        new Span<byte>(destination + (elements << log), 32 - (elements << log)).Clear();
        return true;
    }

    private static bool IsChosen(byte* mask, int element, int size) => (mask[((element + 1) * size) - 1] & 0x80) != 0;

    private static void Copy(byte* to, byte* from, int size)
    {
        if (size == 4) *(uint*)to = *(uint*)from;
        else *(ulong*)to = *(ulong*)from;
    }
}

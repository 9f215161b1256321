using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>
/// MOVS, STOS, LODS, SCAS, CMPS. Going forward they work through runs that lie within a page; the registers are brought up to date
/// after each run, so that a fault leaves whole iterations done. Bits of <see cref="Op.Detail"/> say what repeats.
/// </summary>
internal static unsafe class StringHandlers
{
    public const ushort Repeat = 1;
    public const ushort WhileEqual = 2;
    public const ushort WhileNotEqual = 4;

    private const int Rax = 0;
    private const int Rcx = 1;
    private const int Rsi = 6;
    private const int Rdi = 7;

    /// <summary>The mask of the address size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddressMask(Op* op) => (op->Detail & OpDetail.Address32) != 0 ? uint.MaxValue : ulong.MaxValue;

    /// <summary>
    /// How many iterations to do now; <paramref name="rest"/> are left for later when TF, or a debugger, stops behind each iteration (SDM
    /// vol. 3A 17.3.1.4).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Count(CpuState* s, Op* op, out ulong rest)
    {
        rest = 0;
        if ((op->Detail & (Repeat | WhileEqual | WhileNotEqual)) == 0) return 1;
        ulong count = s->Gpr[Rcx] & AddressMask(op);
        if (((s->Eflags & Flags.Trap) | s->Stepping) == 0 || count == 0) return count;
        rest = count - 1;
        return 1;
    }

    /// <summary>Moves an index register by a distance; a 32-bit address size clears its upper half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Advance(CpuState* s, Op* op, int register, ulong distance) =>
        s->Gpr[register] = (s->Gpr[register] + distance) & AddressMask(op);

    private static void SetCount(CpuState* s, Op* op, ulong count)
    {
        if ((op->Detail & (Repeat | WhileEqual | WhileNotEqual)) != 0) s->Gpr[Rcx] = count;
    }

    private static void Finish(CpuState* s, Op* op, Engine e, long budget, ulong iterations, bool fault, bool changed, bool again = false)
    {
        if (iterations > 1) s->ExtraCycles += (long)iterations - 1;
        if (fault)
        {
            // The faulting iteration will be charged when the instruction is done again; those before it are done.
            if (iterations == 1) s->ExtraCycles++;
            else if (iterations > 1) s->ExtraCycles++;
            Chain.Abort(s, op, e, budget);
            return;
        }

        if (again)
        {
            Chain.LeaveAfter(s, op, e, budget);
            s->Rip = op->Rip;
            return;
        }

        if (changed) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Resume(s, op + 1, budget);
    }

    /// <summary>How many elements of a run that starts at an address lie in its page.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Room(ulong address, int log) => (4096 - (address & 4095)) >> log;

    public static void Movs<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong mask = AddressMask(op);
        ulong count = Count(s, op, out ulong rest);
        ulong total = count;
        bool backward = (s->Eflags & Flags.Direction) != 0;
        bool changed = false;
        ulong segment = ((ulong*)s)[op->Segment];
        while (count != 0)
        {
            ulong source = (s->Gpr[Rsi] & mask) + segment;
            ulong destination = s->Gpr[Rdi] & mask;
            ulong run = backward ? 0 : Math.Min(count, Math.Min(Room(source, TSize.Log), Room(destination, TSize.Log)));
            if (run == 0)
            {
                s->Ea = source;
                byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
                if (p == null) goto fault;
                ulong value = TSize.Load(p);
                s->Ea = destination;
                p = e.WritePointer(s, op, 1 << TSize.Log);
                if (p == null) goto fault;
                TSize.Store(p, value);
                changed |= e.FinishWrite(s, p, 1 << TSize.Log);
                run = 1;
            }
            else
            {
                byte* from = e.ReadPage(s, op, source);
                if (from == null) goto fault;
                byte* to = e.WritePage(s, op, destination);
                if (to == null) goto fault;
                changed |= s->CodeChanged != 0;
                ulong bytes = run << TSize.Log;
                if (to <= from || to >= from + bytes)
                {
                    Buffer.MemoryCopy(from, to, bytes, bytes);
                }
                else
                {
                    // The destination runs into the source: what was written is read again.
                    for (ulong i = 0; i < run; i++) TSize.Store(to + (i << TSize.Log), TSize.Load(from + (i << TSize.Log)));
                }
            }

            ulong distance = backward ? 0 - (run << TSize.Log) : run << TSize.Log;
            Advance(s, op, Rsi, distance);
            Advance(s, op, Rdi, distance);
            count -= run;
            SetCount(s, op, count + rest);
        }

        Finish(s, op, e, budget, total, fault: false, changed, again: rest != 0);
        return;

    fault:
        Finish(s, op, e, budget, total - count, fault: true, changed);
    }

    public static void Stos<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong mask = AddressMask(op);
        ulong count = Count(s, op, out ulong rest);
        ulong total = count;
        bool backward = (s->Eflags & Flags.Direction) != 0;
        bool changed = false;
        ulong value = TSize.Truncate(s->Gpr[Rax]);
        while (count != 0)
        {
            ulong destination = s->Gpr[Rdi] & mask;
            ulong run = backward ? 0 : Math.Min(count, Room(destination, TSize.Log));
            if (run == 0)
            {
                s->Ea = destination;
                byte* p = e.WritePointer(s, op, 1 << TSize.Log);
                if (p == null) goto fault;
                TSize.Store(p, value);
                changed |= e.FinishWrite(s, p, 1 << TSize.Log);
                run = 1;
            }
            else
            {
                byte* to = e.WritePage(s, op, destination);
                if (to == null) goto fault;
                changed |= s->CodeChanged != 0;
                if (TSize.Log == 0)
                {
                    new Span<byte>(to, (int)run).Fill((byte)value);
                }
                else
                {
                    // Span.Fill of wider types is not in precompiled code.
                    for (byte* end = to + (run << TSize.Log); to < end; to += 1 << TSize.Log) TSize.Store(to, value);
                }
            }

            Advance(s, op, Rdi, backward ? 0 - (run << TSize.Log) : run << TSize.Log);
            count -= run;
            SetCount(s, op, count + rest);
        }

        Finish(s, op, e, budget, total, fault: false, changed, again: rest != 0);
        return;

    fault:
        Finish(s, op, e, budget, total - count, fault: true, changed);
    }

    public static void Lods<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong mask = AddressMask(op);
        ulong count = Count(s, op, out ulong rest);
        ulong total = count;
        ulong distance = (s->Eflags & Flags.Direction) != 0 ? 0 - (1UL << TSize.Log) : 1UL << TSize.Log;
        while (count != 0)
        {
            s->Ea = (s->Gpr[Rsi] & mask) + ((ulong*)s)[op->Segment];
            byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
            if (p == null)
            {
                Finish(s, op, e, budget, total - count, fault: true, changed: false);
                return;
            }

            TSize.StoreRegister((byte*)s, TSize.Load(p));
            Advance(s, op, Rsi, distance);
            count--;
            SetCount(s, op, count + rest);
        }

        Finish(s, op, e, budget, total, fault: false, changed: false, again: rest != 0);
    }

    public static void Scas<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong mask = AddressMask(op);
        ulong count = Count(s, op, out ulong rest);
        ulong total = count;
        bool backward = (s->Eflags & Flags.Direction) != 0;
        ulong distance = backward ? 0 - (1UL << TSize.Log) : 1UL << TSize.Log;
        ulong value = TSize.Truncate(s->Gpr[Rax]);
        while (count != 0)
        {
            ulong address = s->Gpr[Rdi] & mask;
            ulong run = backward ? 0 : Math.Min(count, Room(address, TSize.Log));
            s->Ea = address;
            byte* p = run == 0 ? e.ReadPointer(s, op, 1 << TSize.Log) : e.ReadPage(s, op, address);
            if (p == null)
            {
                Finish(s, op, e, budget, total - count, fault: true, changed: false);
                return;
            }

            if (run == 0) run = 1;
            ulong done = 0;
            bool stop = false;
            ulong element = 0;
            while (done < run && !stop)
            {
                element = TSize.Load(p + (done << TSize.Log));
                done++;
                stop = Stops(op, value == element);
            }

            LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), value, element);
            Advance(s, op, Rdi, distance * done);
            count -= done;
            SetCount(s, op, count + rest);
            if (stop)
            {
                rest = 0;
                break;
            }
        }

        Finish(s, op, e, budget, total - count, fault: false, changed: false, again: rest != 0);
    }

    public static void Cmps<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong mask = AddressMask(op);
        ulong count = Count(s, op, out ulong rest);
        ulong total = count;
        bool backward = (s->Eflags & Flags.Direction) != 0;
        ulong distance = backward ? 0 - (1UL << TSize.Log) : 1UL << TSize.Log;
        while (count != 0)
        {
            ulong left = (s->Gpr[Rsi] & mask) + ((ulong*)s)[op->Segment];
            ulong right = s->Gpr[Rdi] & mask;
            ulong run = backward ? 0 : Math.Min(count, Math.Min(Room(left, TSize.Log), Room(right, TSize.Log)));
            byte* p;
            byte* q;
            ulong single;
            if (run == 0)
            {
                s->Ea = left;
                p = e.ReadPointer(s, op, 1 << TSize.Log);
                if (p == null) goto fault;
                single = TSize.Load(p);
                p = (byte*)&single;
                s->Ea = right;
                q = e.ReadPointer(s, op, 1 << TSize.Log);
                if (q == null) goto fault;
                run = 1;
            }
            else
            {
                p = e.ReadPage(s, op, left);
                if (p == null) goto fault;
                q = e.ReadPage(s, op, right);
                if (q == null) goto fault;
            }

            ulong done = 0;
            bool stop = false;
            ulong a = 0;
            ulong b = 0;
            while (done < run && !stop)
            {
                a = TSize.Load(p + (done << TSize.Log));
                b = TSize.Load(q + (done << TSize.Log));
                done++;
                stop = Stops(op, a == b);
            }

            LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), a, b);
            Advance(s, op, Rsi, distance * done);
            Advance(s, op, Rdi, distance * done);
            count -= done;
            SetCount(s, op, count + rest);
            if (stop)
            {
                rest = 0;
                break;
            }
        }

        Finish(s, op, e, budget, total - count, fault: false, changed: false, again: rest != 0);
        return;

    fault:
        Finish(s, op, e, budget, total - count, fault: true, changed: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Stops(Op* op, bool equal) =>
        (equal && (op->Detail & WhileNotEqual) != 0) || (!equal && (op->Detail & WhileEqual) != 0);
}

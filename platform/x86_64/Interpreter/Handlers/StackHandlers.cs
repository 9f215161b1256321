using System.Runtime.CompilerServices;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>PUSH, POP, PUSHF, POPF, ENTER, LEAVE. RSP changes only when the access has succeeded.</summary>
internal static unsafe class StackHandlers
{
    private const int RspOffset = 32;

    public static void PushRegister(CpuState* s, Op* op, Engine e, long budget) =>
        PushBody(s, op, e, budget, *(ulong*)((byte*)s + op->Source));

    public static void PushImmediate(CpuState* s, Op* op, Engine e, long budget) => PushBody(s, op, e, budget, (ulong)op->Immediate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PushBody(CpuState* s, Op* op, Engine e, long budget, ulong value)
    {
        ulong ea = *(ulong*)((byte*)s + RspOffset) - 8;
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.WriteTlb);
        if (offset > 4096 - 8)
        {
            PushSlow(s, op, e, budget, value);
            return;
        }

        *(ulong*)(*(byte**)(entry + StateLayout.WriteTlb + 8) + offset) = value;
        *(ulong*)((byte*)s + RspOffset) = ea;
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PushSlow(CpuState* s, Op* op, Engine e, long budget, ulong value) => Push(s, op, e, budget, value, 8);

    private static void Push(CpuState* s, Op* op, Engine e, long budget, ulong value, int bytes)
    {
        if (!e.Push(s, op, value, bytes))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        if (s->CodeChanged != 0) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Resume(s, op + 1, budget);
    }

    public static void PushRegister16(CpuState* s, Op* op, Engine e, long budget) =>
        Push(s, op, e, budget, *(ushort*)((byte*)s + op->Source), 2);

    public static void PushImmediate16(CpuState* s, Op* op, Engine e, long budget) => Push(s, op, e, budget, (ulong)op->Immediate, 2);

    public static void PushSelector(CpuState* s, Op* op, Engine e, long budget) =>
        Push(s, op, e, budget, s->Selectors[op->Scale], (int)op->Immediate);

    public static void PushMemory<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        s->Ea = AnyAddress.Compute(s, op);
        byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
        if (p == null) Chain.Abort(s, op, e, budget);
        else Push(s, op, e, budget, TSize.Load(p), 1 << TSize.Log);
    }

    public static void PopRegister<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize => PopBody<TSize>(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PopBody<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong ea = *(ulong*)((byte*)s + RspOffset);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (offset > 4096 - (1ul << TSize.Log))
        {
            PopSlow<TSize>(s, op, e, budget);
            return;
        }

        ulong value = TSize.Load(*(byte**)(entry + StateLayout.ReadTlb + 8) + offset);
        *(ulong*)((byte*)s + RspOffset) = ea + (1ul << TSize.Log);
        TSize.StoreRegister((byte*)s + op->Destination, value);
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PopSlow<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong value = TSize.Load(p);
        s->Gpr[4] += 1ul << TSize.Log;
        TSize.StoreRegister((byte*)s + op->Destination, value);
        Chain.Resume(s, op + 1, budget);
    }

    /// <summary>POP to memory: an address that uses RSP uses it as it is after the pop.</summary>
    public static void PopMemory<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong value = TSize.Load(p);
        s->Gpr[4] += 1ul << TSize.Log;
        s->Ea = AnyAddress.Compute(s, op);
        p = e.WritePointer(s, op, 1 << TSize.Log);
        if (p == null)
        {
            s->Gpr[4] -= 1ul << TSize.Log;
            Chain.Abort(s, op, e, budget);
            return;
        }

        TSize.Store(p, value);
        if (e.FinishWrite(s, p, 1 << TSize.Log)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Next(s, op, e, budget);
    }

    /// <summary>POP FS, POP GS.</summary>
    public static void PopSelector(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, (int)op->Immediate);
        if (p == null || !SystemHandlers.LoadSelector(s, op->Scale, *(ushort*)p))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        s->Gpr[4] += (ulong)op->Immediate;
        Chain.Next(s, op, e, budget);
    }

    public static void PushFlags(CpuState* s, Op* op, Engine e, long budget) =>
        Push(s, op, e, budget, Flags.Get(s) & ~(Flags.Resume | 0x20000), (int)op->Immediate);

    public static void PopFlags(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, (int)op->Immediate);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        uint current = Flags.Materialize(s);
        uint writable = op->Immediate == 2 ? Flags.UserWritable & 0xFFFF : Flags.UserWritable;
        s->Eflags = (current & ~writable) | (*(ushort*)p & writable);
        if (op->Immediate == 8) s->Eflags = (current & ~writable) | (*(uint*)p & writable);
        s->Gpr[4] += (ulong)op->Immediate;

        // TF is looked at by the main loop.
        Chain.LeaveAfter(s, op, e, budget);
    }

    /// <summary>LEAVE; the operand size is <see cref="Op.Immediate"/>.</summary>
    public static void Leave(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = s->Gpr[5];
        byte* p = e.ReadPointer(s, op, (int)op->Immediate);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        s->Gpr[4] = s->Gpr[5] + (ulong)op->Immediate;
        if (op->Immediate == 8) s->Gpr[5] = *(ulong*)p;
        else *(ushort*)&s->Gpr[5] = *(ushort*)p;
        Chain.Next(s, op, e, budget);
    }

    /// <summary>ENTER (SDM vol. 2A): frame size in <see cref="Op.Displacement"/>, nesting level in <see cref="Op.Scale"/>.</summary>
    public static void Enter(CpuState* s, Op* op, Engine e, long budget)
    {
        int bytes = (int)op->Immediate;
        ulong rsp = s->Gpr[4];
        ulong frame = rsp - (ulong)bytes;
        ulong rbp = s->Gpr[5];
        bool changed = false;
        if (!e.Push(s, op, rbp, bytes)) goto fault;
        changed |= s->CodeChanged != 0;
        if (op->Scale > 0)
        {
            for (int level = 1; level < op->Scale; level++)
            {
                s->Ea = rbp - (ulong)(level * bytes);
                byte* p = e.ReadPointer(s, op, bytes);
                if (p == null || !e.Push(s, op, bytes == 8 ? *(ulong*)p : *(ushort*)p, bytes)) goto fault;
                changed |= s->CodeChanged != 0;
            }

            if (!e.Push(s, op, frame, bytes)) goto fault;
            changed |= s->CodeChanged != 0;
        }

        // The last byte of the new frame must be writable, as the processor checks.
        s->Ea = s->Gpr[4] - (ulong)op->Displacement;
        if (e.WritePointer(s, op, 1) == null) goto fault;
        s->Gpr[4] -= (ulong)op->Displacement;
        if (bytes == 8) s->Gpr[5] = frame;
        else *(ushort*)&s->Gpr[5] = (ushort)frame;
        if (changed | s->CodeChanged != 0) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Next(s, op, e, budget);
        return;

    fault:
        s->Gpr[4] = rsp;
        Chain.Abort(s, op, e, budget);
    }
}

/// <summary>XCHG with memory; locked whether it says so or not.</summary>
internal readonly unsafe struct ExchangeMemory<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong value = TSize.Load(p);
        TSize.Store(p, TSize.Load((byte*)s + op->Source));
        TSize.StoreRegister((byte*)s + op->Source, value);
    }
}

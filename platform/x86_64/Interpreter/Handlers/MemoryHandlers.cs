using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>What an instruction does once its operand's bytes are at hand: a memory operand's, or a register's.</summary>
internal unsafe interface IStep
{
    /// <summary>Bytes of the operand.</summary>
    static abstract int Bytes { get; }

    static abstract void Do(CpuState* s, Op* op, byte* p);
}

/// <summary>Handlers of one memory operand: the TLB hit inline, everything else in the slow path, where the engine walks the tables.</summary>
internal static unsafe class MemoryHandlers
{
    /// <summary>A step that reads its operand.</summary>
    public static void Read<TStep, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
        where TAddress : struct, IAddress => ReadBody<TStep, TAddress>(s, op, e, budget);

    /// <summary>A step that writes its operand, and may read it first.</summary>
    public static void Write<TStep, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
        where TAddress : struct, IAddress => WriteBody<TStep, TAddress>(s, op, e, budget);

    /// <summary>A reading step that may raise an exception, which it leaves in <see cref="CpuState.Exit"/>.</summary>
    public static void ReadChecked<TStep>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
    {
        s->Ea = AnyAddress.Compute(s, op);
        byte* p = e.ReadPointer(s, op, TStep.Bytes);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        TStep.Do(s, op, p);
        if (s->Exit != ExitKind.None)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>A step on the register at <see cref="Op.Destination"/> that may raise an exception.</summary>
    public static void RegisterChecked<TStep>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
    {
        TStep.Do(s, op, (byte*)s + op->Destination);
        if (s->Exit != ExitKind.None)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>A step on the register at <see cref="Op.Destination"/>, read only.</summary>
    public static void RegisterRead<TStep>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
    {
        TStep.Do(s, op, (byte*)s + op->Destination);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>A step on the register at <see cref="Op.Destination"/>, which it writes.</summary>
    public static void RegisterWrite<TStep>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
    {
        TStep.Do(s, op, (byte*)s + op->Destination);
        if (TStep.Bytes == 4) *(uint*)((byte*)s + op->Destination + 4) = 0;
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadBody<TStep, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
        where TAddress : struct, IAddress
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (offset > 4096 - (ulong)TStep.Bytes)
        {
            s->Ea = ea;
            ReadSlow<TStep>(s, op, e, budget);
            return;
        }

        TStep.Do(s, op, *(byte**)(entry + StateLayout.ReadTlb + 8) + offset);
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteBody<TStep, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
        where TAddress : struct, IAddress
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.WriteTlb);
        if (offset > 4096 - (ulong)TStep.Bytes)
        {
            s->Ea = ea;
            WriteSlow<TStep>(s, op, e, budget);
            return;
        }

        TStep.Do(s, op, *(byte**)(entry + StateLayout.WriteTlb + 8) + offset);
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadSlow<TStep>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
    {
        byte* p = e.ReadPointer(s, op, TStep.Bytes);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        TStep.Do(s, op, p);
        Chain.Resume(s, op + 1, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteSlow<TStep>(CpuState* s, Op* op, Engine e, long budget)
        where TStep : struct, IStep
    {
        byte* p = e.WritePointer(s, op, TStep.Bytes);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        TStep.Do(s, op, p);
        if (e.FinishWrite(s, p, TStep.Bytes)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Resume(s, op + 1, budget);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>A memory operand of a SIMD operation as a type parameter: its width, and whether it must be aligned.</summary>
internal unsafe interface ISimdSource
{
    /// <summary>Bytes of the operand.</summary>
    static abstract int Bytes { get; }

    /// <summary>
    /// The bits of an offset within a page (see <see cref="TlbEntry"/>) that must be clear for the access to lie in one page and to be
    /// aligned; 0 when alignment does not matter.
    /// </summary>
    static abstract ulong AlignmentMask { get; }

    /// <summary>The operand as the operation wants it: extended with zeros to sixteen bytes.</summary>
    static abstract Vector128<byte>* Extend(CpuState* s, byte* p);
}

/// <summary>A memory operand of less than sixteen bytes.</summary>
internal readonly unsafe struct NarrowSource<TSize> : ISimdSource
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static ulong AlignmentMask { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 0; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte>* Extend(CpuState* s, byte* p)
    {
        *(Vector128<byte>*)s->SourceScratch = Vector128.CreateScalar(TSize.Load(p)).AsByte();
        return (Vector128<byte>*)s->SourceScratch;
    }
}

/// <summary>Sixteen bytes anywhere: MOVDQU and its kin, LDDQU, PCMPxSTRx.</summary>
internal readonly unsafe struct UnalignedSource : ISimdSource
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 16; }

    public static ulong AlignmentMask { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 0; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte>* Extend(CpuState* s, byte* p) => (Vector128<byte>*)p;
}

/// <summary>Sixteen bytes that must be aligned, or the instruction raises #GP (SDM vol. 1 10.4.1.1).</summary>
internal readonly unsafe struct AlignedSource : ISimdSource
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 16; }

    public static ulong AlignmentMask { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 15; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte>* Extend(CpuState* s, byte* p) => (Vector128<byte>*)p;
}

/// <summary>
/// Handlers of the SIMD instructions whose destination is an XMM register, and of whole-register stores. The other forms go
/// through <see cref="SimdGeneralHandlers"/>. <see cref="Op.Immediate"/> holds the operation and the immediate
/// (<see cref="SimdOperation"/>).
/// </summary>
internal static unsafe class SimdHandlers
{
    // ---- XMM register, XMM register ----

    public static void Registers(CpuState* s, Op* op, Engine e, long budget)
    {
        SimdOperation.Execute(s, op, (Vector128<byte>*)((byte*)s + op->Destination), (Vector128<byte>*)((byte*)s + op->Source));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>Of an operation that may raise #XM.</summary>
    public static void RegistersChecked(CpuState* s, Op* op, Engine e, long budget)
    {
        SimdOperation.Execute(s, op, (Vector128<byte>*)((byte*)s + op->Destination), (Vector128<byte>*)((byte*)s + op->Source));
        if (s->PendingSimdException != 0)
        {
            RaiseSimdException(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>Sixteen bytes from register to register.</summary>
    public static void Move(CpuState* s, Op* op, Engine e, long budget)
    {
        *(Vector128<byte>*)((byte*)s + op->Destination) = *(Vector128<byte>*)((byte*)s + op->Source);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>The low bytes of a register of either file; the rest of the destination is cleared.</summary>
    public static void MoveExtended<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        *(Vector128<byte>*)((byte*)s + op->Destination) = Vector128.CreateScalar(TSize.Load((byte*)s + op->Source)).AsByte();
        Chain.Next(s, op, e, budget);
    }

    /// <summary>The low bytes of a register of either file; the rest of the destination stays.</summary>
    public static void MovePart<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        TSize.Store((byte*)s + op->Destination, TSize.Load((byte*)s + op->Source));
        Chain.Next(s, op, e, budget);
    }

    // ---- XMM register, general register ----

    /// <summary>An operation on a general register, CVTSI2SD for one.</summary>
    public static void FromGeneral<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        Vector128<byte>* source = (Vector128<byte>*)s->SourceScratch;
        *source = Vector128.CreateScalar(TSize.Load((byte*)s + op->Source)).AsByte();
        SimdOperation.Execute(s, op, (Vector128<byte>*)((byte*)s + op->Destination), source);
        if (s->PendingSimdException != 0)
        {
            RaiseSimdException(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>An operation whose result goes to a general register, CVTTSD2SI for one.</summary>
    public static void ToGeneral(CpuState* s, Op* op, Engine e, long budget)
    {
        SimdOperation.Execute(s, op, (Vector128<byte>*)s->DestinationScratch, (Vector128<byte>*)((byte*)s + op->Source));
        if (s->PendingSimdException != 0)
        {
            RaiseSimdException(s, op, e, budget);
            return;
        }

        *(ulong*)((byte*)s + op->Destination) = *(ulong*)s->DestinationScratch;
        Chain.Next(s, op, e, budget);
    }

    /// <summary>PMOVMSKB.</summary>
    public static void MaskOfBytes(CpuState* s, Op* op, Engine e, long budget)
    {
        *(ulong*)((byte*)s + op->Destination) = ((Vector128<byte>*)((byte*)s + op->Source))->ExtractMostSignificantBits();
        Chain.Next(s, op, e, budget);
    }

    // ---- XMM register, memory ----

    public static void Memory<TSource, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (Misses<TSource>(offset))
        {
            s->Ea = ea;
            MemorySlow<TSource>(s, op, e, budget);
            return;
        }

        SimdOperation.Execute(s, op, (Vector128<byte>*)((byte*)s + op->Destination), TSource.Extend(s, *(byte**)(entry + StateLayout.ReadTlb + 8) + offset));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>Of an operation that may raise #XM.</summary>
    public static void MemoryChecked<TSource, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (Misses<TSource>(offset))
        {
            s->Ea = ea;
            MemorySlow<TSource>(s, op, e, budget);
            return;
        }

        SimdOperation.Execute(s, op, (Vector128<byte>*)((byte*)s + op->Destination), TSource.Extend(s, *(byte**)(entry + StateLayout.ReadTlb + 8) + offset));
        if (s->PendingSimdException != 0)
        {
            RaiseSimdException(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    /// <summary>A load of the whole register, narrower ones extended with zeros: MOVAPS, MOVDQU, MOVSS, MOVQ, MOVD.</summary>
    public static void Load<TSource, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress => LoadBody<TSource, TAddress>(s, op, e, budget);

    /// <summary>A store of the whole register.</summary>
    public static void Store<TSource, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress => StoreBody<TSource, TAddress>(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadBody<TSource, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (Misses<TSource>(offset))
        {
            s->Ea = ea;
            LoadSlow<TSource>(s, op, e, budget);
            return;
        }

        LoadFrom<TSource>(s, op, *(byte**)(entry + StateLayout.ReadTlb + 8) + offset);
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBody<TSource, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.WriteTlb);
        if (Misses<TSource>(offset))
        {
            s->Ea = ea;
            StoreSlow<TSource>(s, op, e, budget);
            return;
        }

        *(Vector128<byte>*)(*(byte**)(entry + StateLayout.WriteTlb + 8) + offset) = *(Vector128<byte>*)((byte*)s + op->Source);
        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Misses<TSource>(ulong offset)
        where TSource : struct, ISimdSource
        => TSource.AlignmentMask == 0 ? offset > 4096 - (ulong)TSource.Bytes : (offset & ~(4095 & ~TSource.AlignmentMask)) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadFrom<TSource>(CpuState* s, Op* op, byte* p)
        where TSource : struct, ISimdSource
    {
        Vector128<byte>* destination = (Vector128<byte>*)((byte*)s + op->Destination);
        if (TSource.Bytes == 16) *destination = *(Vector128<byte>*)p;
        else if (TSource.Bytes == 8) *destination = Vector128.CreateScalar(*(ulong*)p).AsByte();
        else *destination = Vector128.CreateScalar(*(uint*)p).AsByte();
    }

    // ---- the long way ----

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MemorySlow<TSource>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
    {
        byte* p = ReadPointer<TSource>(s, op, e);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        SimdOperation.Execute(s, op, (Vector128<byte>*)((byte*)s + op->Destination), TSource.Extend(s, p));
        if (s->PendingSimdException != 0)
        {
            RaiseSimdException(s, op, e, budget);
            return;
        }

        Chain.Resume(s, op + 1, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoadSlow<TSource>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
    {
        byte* p = ReadPointer<TSource>(s, op, e);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        LoadFrom<TSource>(s, op, p);
        Chain.Resume(s, op + 1, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreSlow<TSource>(CpuState* s, Op* op, Engine e, long budget)
        where TSource : struct, ISimdSource
    {
        byte* p = null;
        if (IsAligned<TSource>(s)) p = e.WritePointer(s, op, 16);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        *(Vector128<byte>*)p = *(Vector128<byte>*)((byte*)s + op->Source);
        if (e.FinishWrite(s, p, 16)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Resume(s, op + 1, budget);
    }

    private static byte* ReadPointer<TSource>(CpuState* s, Op* op, Engine e)
        where TSource : struct, ISimdSource
        => IsAligned<TSource>(s) ? e.ReadPointer(s, op, TSource.Bytes) : null;

    private static bool IsAligned<TSource>(CpuState* s)
        where TSource : struct, ISimdSource
    {
        if ((s->Ea & TSource.AlignmentMask) == 0) return true;
        Engine.Raise(s, ExceptionVector.GeneralProtection);
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void RaiseSimdException(CpuState* s, Op* op, Engine e, long budget)
    {
        s->PendingSimdException = 0;
        Engine.Raise(s, ExceptionVector.SimdFloatingPoint);
        Chain.Abort(s, op, e, budget);
    }
}

/// <summary>A load into an element of a register; the rest of the register stays.</summary>
internal readonly unsafe struct LoadPart<TSize> : Handlers.IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) => TSize.Store((byte*)s + op->Destination, TSize.Load(p));
}

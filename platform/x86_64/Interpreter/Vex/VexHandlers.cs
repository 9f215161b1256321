using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>
/// The VEX instructions: operands are gathered into buffers, the operation is done on them half by half, and the result is put in
/// place when nothing can fault any more. Gathers and masked moves are in <see cref="VexMaskedAccess"/>.
/// </summary>
internal static unsafe class VexHandlers
{
    /// <summary>Every MXCSR mask bit.</summary>
    private const uint Masks = FloatStatus.All << Mxcsr.MaskShift;

    /// <summary>An instruction whose <see cref="VexData"/> is the next record.</summary>
    public static void Any(CpuState* s, Op* op, Engine e, long budget)
    {
        VexOutcome outcome = Execute(s, op, e);
        if (outcome != VexOutcome.Done)
        {
            Stop(s, op, e, budget, outcome);
            return;
        }

        Chain.Next(s, op + 1, e, budget);
    }

    /// <summary>VZEROUPPER.</summary>
    public static void ZeroUpper(CpuState* s, Op* op, Engine e, long budget)
    {
        for (int i = 0; i < 16; i++)
            CpuState.XmmAt(s, i)[1] = Vector128<byte>.Zero;
        Chain.Next(s, op, e, budget);
    }

    /// <summary>VZEROALL.</summary>
    public static void ZeroAll(CpuState* s, Op* op, Engine e, long budget)
    {
        NativeMemory.Clear(s->Xmm, 512);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>Leaves the chain after an instruction that is not <see cref="VexOutcome.Done"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Stop(CpuState* s, Op* op, Engine e, long budget, VexOutcome outcome)
    {
        if (outcome == VexOutcome.CodeChanged) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Abort(s, op, e, budget);
    }

    /// <summary>
    /// The buffers: the destination, beginning as the first source; the third source, which operations find 32 bytes behind their
    /// destination; the second source.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static VexOutcome Execute(CpuState* s, Op* op, Engine e)
    {
        VexData* v = (VexData*)(op + 1);
        Vector128<byte>* buffer = stackalloc Vector128<byte>[6];
        Vector128<byte>* destination = buffer;
        Vector128<byte>* source = buffer + 4;
        Load(destination, (byte*)s + v->First, v->FirstBytes);
        Load(buffer + 2, (byte*)s + v->Third, v->FirstBytes);
        byte* place = (byte*)s + op->Source;
        if (v->Source == VexOperandKind.Memory)
        {
            place = IsAligned(s, op, v) ? e.ReadPointer(s, op, v->SourceBytes) : null;
            if (place == null) return VexOutcome.Aborted;
        }

        Load(source, place, v->Source == VexOperandKind.None ? 0 : v->SourceBytes);

        // Where the result goes to is known to be there before the operation can raise an exception.
        byte* result = (byte*)s + op->Destination;
        if (v->Result == VexOperandKind.Memory)
        {
            result = IsAligned(s, op, v) ? e.WritePointer(s, op, v->ResultBytes) : null;
            if (result == null) return VexOutcome.Aborted;
        }

        Apply(s, v, destination, source);
        if (s->PendingSimdException != 0)
        {
            s->PendingSimdException = 0;
            Engine.Raise(s, ExceptionVector.SimdFloatingPoint);
            return VexOutcome.Aborted;
        }

        switch (v->Result)
        {
            case VexOperandKind.Vector:
                ((Vector128<byte>*)result)[0] = destination[0];
                ((Vector128<byte>*)result)[1] = v->ResultBytes == 32 ? destination[1] : Vector128<byte>.Zero;
                return VexOutcome.Done;
            case VexOperandKind.General:
                *(ulong*)result = *(ulong*)destination;
                return VexOutcome.Done;
            case VexOperandKind.Memory:
                new ReadOnlySpan<byte>(destination, v->ResultBytes).CopyTo(new Span<byte>(result, v->ResultBytes));
                return e.FinishWrite(s, result, v->ResultBytes) ? VexOutcome.CodeChanged : VexOutcome.Done;
            default:
                return VexOutcome.Done;
        }
    }

    private static void Apply(CpuState* s, VexData* v, Vector128<byte>* destination, Vector128<byte>* source)
    {
        var function = (delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void>)v->Function;
        if (v->Lanes == 1)
        {
            function(s, destination, source, v->Immediate);
            return;
        }

        var upperDestination = (Vector128<byte>*)((byte*)destination + v->DestinationStride);
        var upperSource = (Vector128<byte>*)((byte*)source + v->SourceStride);
        byte upperImmediate = (byte)(v->Immediate >> v->ImmediateShift);
        uint mxcsr = s->Mxcsr;
        if ((mxcsr & Masks) == Masks)
        {
            function(s, destination, source, v->Immediate);
            function(s, upperDestination, upperSource, upperImmediate);
            return;
        }

        // One instruction: what is found before a result in either half keeps what results report from being seen.
        s->Mxcsr = mxcsr & ~FloatStatus.All;
        function(s, destination, source, v->Immediate);
        uint flags = s->Mxcsr;
        byte pending = s->PendingSimdException;
        s->PendingSimdException = 0;
        s->Mxcsr = mxcsr & ~FloatStatus.All;
        function(s, upperDestination, upperSource, upperImmediate);
        flags = (flags | s->Mxcsr) & FloatStatus.All;
        if (Mxcsr.IsUnmasked(mxcsr, flags & FloatStatus.BeforeResult)) flags &= FloatStatus.BeforeResult;
        s->PendingSimdException |= pending;
        s->Mxcsr = mxcsr | flags;
    }

    /// <summary>Fills 32 bytes: <paramref name="bytes"/> from <paramref name="from"/>, and zeros.</summary>
    private static void Load(Vector128<byte>* to, byte* from, int bytes)
    {
        if (bytes == 32)
        {
            to[0] = ((Vector128<byte>*)from)[0];
            to[1] = ((Vector128<byte>*)from)[1];
            return;
        }

        to[1] = Vector128<byte>.Zero;
        if (bytes == 16)
        {
            to[0] = ((Vector128<byte>*)from)[0];
            return;
        }

        to[0] = Vector128<byte>.Zero;
        new ReadOnlySpan<byte>(from, bytes).CopyTo(new Span<byte>(to, bytes));
    }

    private static bool IsAligned(CpuState* s, Op* op, VexData* v)
    {
        s->Ea = AnyAddress.Compute(s, op);
        if ((s->Ea & v->AlignmentMask) == 0) return true;
        Engine.Raise(s, ExceptionVector.GeneralProtection);
        return false;
    }
}

/// <summary>How a VEX instruction ended.</summary>
internal enum VexOutcome
{
    Done,

    /// <summary>Done, and decoded code was overwritten: the block must be left.</summary>
    CodeChanged,

    /// <summary>Not done; the exit is recorded.</summary>
    Aborted,
}

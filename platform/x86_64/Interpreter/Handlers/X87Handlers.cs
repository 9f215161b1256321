using System.Runtime.CompilerServices;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>x87 instructions. The bound <see cref="X87Operation"/> is in the record behind; FOP is <see cref="Op.Immediate"/>.</summary>
internal static unsafe class X87Handlers
{
    /// <summary>Instructions without a memory operand.</summary>
    public static void Registers(CpuState* s, Op* op, Engine e, long budget)
    {
        var operation = (X87Operation*)(op + 1);
        if (operation->Waits && s->X87.HasPendingException)
        {
            Pending(s, op, e, budget);
            return;
        }

        ulong flags = operation->UsesRflags ? Flags.Materialize(s) : 0;
        X87Instructions.Execute(&s->X87, *operation, (ushort)op->Immediate, op->Rip, 0, (byte*)s, &flags);
        if (operation->UsesRflags) s->Eflags = (uint)flags;
        Chain.Go(s, op + 2, e, budget);
    }

    public static void Loads(CpuState* s, Op* op, Engine e, long budget)
    {
        var operation = (X87Operation*)(op + 1);
        if (operation->Waits && s->X87.HasPendingException)
        {
            Pending(s, op, e, budget);
            return;
        }

        ulong ea = AnyAddress.Compute(s, op);
        s->Ea = ea;
        byte* p = e.ReadPointer(s, op, operation->MemorySize);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        X87Instructions.Execute(&s->X87, *operation, (ushort)op->Immediate, op->Rip, ea, p, null);
        Chain.Go(s, op + 2, e, budget);
    }

    public static void Stores(CpuState* s, Op* op, Engine e, long budget)
    {
        var operation = (X87Operation*)(op + 1);
        if (operation->Waits && s->X87.HasPendingException)
        {
            Pending(s, op, e, budget);
            return;
        }

        ulong ea = AnyAddress.Compute(s, op);
        s->Ea = ea;
        byte* p = e.WritePointer(s, op, operation->MemorySize);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        // When nothing is stored a crossing operand's copy still holds what was there.
        X87Instructions.Execute(&s->X87, *operation, (ushort)op->Immediate, op->Rip, ea, p, null);
        if (e.FinishWrite(s, p, operation->MemorySize)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Go(s, op + 2, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Pending(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.X87FloatingPoint);
        Chain.Abort(s, op, e, budget);
    }
}

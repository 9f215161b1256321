using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// How handlers go on. A handler ends with one of these calls in tail position, which optimised code turns into a jump; in
/// unoptimised code the calls nest, at most as deep as the slice has cycles (<see cref="X64Cpu"/>).
/// </summary>
/// <remarks>
/// The JIT gives a method a frame when its IL is long, has more than three basic blocks or calls that are not in tail position.
/// Hot handlers are therefore one-line methods around inlined bodies that branch once, to a slow path in tail position.
/// </remarks>
internal static unsafe class Chain
{
    /// <summary>Goes on with the record behind <paramref name="op"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Next(CpuState* s, Op* op, Engine e, long budget) =>
        ((delegate*<CpuState*, Op*, Engine, long, void>)op[1].Handler)(s, op + 1, e, budget);

    /// <summary>Does <paramref name="op"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Go(CpuState* s, Op* op, Engine e, long budget) =>
        ((delegate*<CpuState*, Op*, Engine, long, void>)op->Handler)(s, op, e, budget);

    /// <summary>
    /// Has the main loop go on with <paramref name="op"/>: for the slow paths, which are marked as not to be inlined; the runtime
    /// makes no implicit tail calls from such methods.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Resume(CpuState* s, Op* op, long budget)
    {
        s->Resume = op;
        s->Budget = budget;
    }

    /// <summary>Enters the block at <paramref name="target"/>, or goes back to the main loop when the slice is used up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s, Op* target, Engine e, long budget)
    {
        if (budget <= 0)
        {
            LeaveBefore(s, target, e, budget);
            return;
        }

        ((delegate*<CpuState*, Op*, Engine, long, void>)target->Handler)(s, target, e, budget);
    }

    /// <summary>The same for handlers that branch already: one more basic block would give them a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EnterWithoutBranch(CpuState* s, Op* target, Engine e, long budget)
    {
        s->NextOp = target;
        Op* leave = s->LeaveOp;
        if (budget <= 0) target = leave;
        ((delegate*<CpuState*, Op*, Engine, long, void>)target->Handler)(s, target, e, budget);
    }

    /// <summary>Goes back to the main loop, which goes on with <paramref name="target"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void LeaveBefore(CpuState* s, Op* target, Engine e, long budget)
    {
        s->Rip = target->Rip;
        s->NextOp = target;
        s->Budget = budget;
    }

    /// <summary>Goes back to the main loop, which finds the code at the record's address.</summary>
    public static void LeaveHere(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Rip = op->Rip;
        s->NextOp = null;
        s->Budget = budget;
    }

    /// <summary>The handler of <see cref="CpuState.LeaveOp"/>.</summary>
    public static void Leave(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Rip = s->NextOp->Rip;
        s->Budget = budget;
    }

    /// <summary>Goes back to the main loop from the middle of a block; the instruction of <paramref name="op"/> is done.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void LeaveAfter(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Rip = op->NextRip;
        s->NextOp = null;
        s->Budget = budget - op->Count;
    }

    /// <summary>Goes back to the main loop with an exit that is recorded already; the instruction of <paramref name="op"/> has not been done.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Abort(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Rip = op->Rip;
        s->NextOp = null;
        s->Budget = budget - (op->Count - op->Fused);
    }
}

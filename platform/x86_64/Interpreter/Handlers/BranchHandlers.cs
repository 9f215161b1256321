using System.Runtime.CompilerServices;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>
/// Branches. The record behind a direct branch holds its links: the address of the record to go on with when it is taken; for
/// calls that of the return too. A conditional branch that is not taken goes on with the record behind the links. Unresolved
/// links lead to records at the block's end.
/// </summary>
/// <remarks>
/// The budget is looked at when control goes back to a lower address, returns or goes to an address just computed. No program runs
/// for long without one of these, and it depends on the instructions alone, not on how they were cut into blocks. Direct calls
/// are not among them: endless recursion ends at the stack's.
/// </remarks>
internal static unsafe class BranchHandlers
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* Taken(Op* op) => *(Op**)(op + 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* NotTaken(Op* op) => ((Op**)(op + 1))[1];

    // ---- links ----

    /// <summary>
    /// A link to the same page, not yet resolved: finds the block and puts it into the link at <see cref="Op.Immediate"/>. A block whose instruction ends in the next
    /// page is looked up each time as one of another page: whether it is still valid depends on what is mapped there.
    /// </summary>
    public static void ResolveLink(CpuState* s, Op* op, Engine e, long budget)
    {
        Op* target = e.FindOrDecode(s, op->Rip);
        if (target == null)
        {
            s->Rip = op->Rip;
            s->NextOp = null;
            s->Budget = budget;
            return;
        }

        if (e.Crosses(op->Rip))
        {
            op->Displacement = StateLayout.JumpCache + (long)JumpCacheEntry.Offset(op->Rip);
            op->Handler = (nint)(delegate*<CpuState*, Op*, Engine, long, void>)&CrossPageLink;
        }
        else
        {
            *(Op**)op->Immediate = target;
        }

        Chain.Go(s, target, e, budget);
    }

    /// <summary>A link to another page: goes through the jump cache, which is emptied when mappings change.</summary>
    public static void CrossPageLink(CpuState* s, Op* op, Engine e, long budget)
    {
        JumpCacheEntry* entry = (JumpCacheEntry*)((byte*)s + op->Displacement);
        if (entry->Rip != op->Rip)
        {
            Lookup(s, op, e, budget);
            return;
        }

        Chain.Go(s, entry->Code, e, budget);
    }

    /// <summary>Goes on at the record's address, wherever its code is.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Lookup(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Rip = op->Rip;
        GoOn(s, e.FindOrDecode(s, op->Rip), budget);
    }

    /// <summary>Goes on at <see cref="CpuState.Rip"/>, through the main loop when that faults.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Find(CpuState* s, Engine e, long budget)
    {
        GoOn(s, budget > 0 ? e.FindOrDecode(s, s->Rip) : null, budget);
    }

    /// <summary>Goes on with a block, or through the main loop when there is none.</summary>
    private static void GoOn(CpuState* s, Op* target, long budget)
    {
        if (target == null)
        {
            s->NextOp = null;
            s->Budget = budget;
            return;
        }

        Chain.Resume(s, target, budget);
    }

    /// <summary>
    /// Goes on at an address known only now. <paramref name="stack"/> is RSP before the instruction, which takes it back when the
    /// address is not canonical: the branch itself raises #GP then (SDM vol. 2A RET, JMP, CALL).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Jump(CpuState* s, Op* op, ulong rip, ulong stack, Engine e, long budget)
    {
        JumpCacheEntry* entry = (JumpCacheEntry*)((byte*)s + StateLayout.JumpCache + JumpCacheEntry.Offset(rip));
        if (entry->Rip != rip || budget <= 0)
        {
            JumpSlow(s, op, rip, stack, e, budget);
            return;
        }

        Chain.Go(s, entry->Code, e, budget);
    }

    /// <summary>The same for jumps that remember their targets.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void JumpRemembered(CpuState* s, Op* op, ulong rip, Engine e, long budget)
    {
        var cache = (TargetCache*)(op + 1);
        if (cache->Generation == s->CodeGeneration && budget > 0)
        {
            if (cache->First.Rip == rip)
            {
                Chain.Go(s, cache->First.Code, e, budget);
                return;
            }

            if (cache->Second.Rip == rip)
            {
                Chain.Go(s, cache->Second.Code, e, budget);
                return;
            }

            if (cache->Third.Rip == rip)
            {
                Chain.Go(s, cache->Third.Code, e, budget);
                return;
            }

            if (cache->Fourth.Rip == rip)
            {
                Chain.Go(s, cache->Fourth.Code, e, budget);
                return;
            }

            if (cache->Fifth.Rip == rip)
            {
                Chain.Go(s, cache->Fifth.Code, e, budget);
                return;
            }

            if (cache->Fifth.Code != null)
            {
                Jump(s, op, rip, s->Gpr[4], e, budget);
                return;
            }
        }

        JumpLearning(s, op, cache, TargetCache.JumpEntries, rip, s->Gpr[4], e, budget);
    }

    /// <summary>The same for calls.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CallRemembered(CpuState* s, Op* op, ulong rip, ulong stack, Engine e, long budget)
    {
        var cache = (TargetCache*)((ulong*)(op + 1) + 1);
        if (cache->Generation == s->CodeGeneration && budget > 0)
        {
            if (cache->First.Rip == rip)
            {
                Chain.Go(s, cache->First.Code, e, budget);
                return;
            }

            if (cache->Second.Rip == rip)
            {
                Chain.Go(s, cache->Second.Code, e, budget);
                return;
            }

            if (cache->Second.Code != null)
            {
                Jump(s, op, rip, stack, e, budget);
                return;
            }
        }

        JumpLearning(s, op, cache, TargetCache.CallEntries, rip, stack, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void JumpLearning(CpuState* s, Op* op, TargetCache* cache, int entries, ulong rip, ulong stack, Engine e, long budget)
    {
        if (budget <= 0 || !IsCanonical(rip))
        {
            JumpSlow(s, op, rip, stack, e, budget);
            return;
        }

        s->Rip = rip;
        Op* target = e.FindOrDecode(s, rip);
        if (target == null)
        {
            s->NextOp = null;
            s->Budget = budget;
            return;
        }

        if (TargetCache.HasRoom(s, cache, entries)) TargetCache.Add(cache, entries, rip, target);
        Chain.Resume(s, target, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void JumpSlow(CpuState* s, Op* op, ulong rip, ulong stack, Engine e, long budget)
    {
        if (!IsCanonical(rip))
        {
            s->Gpr[4] = stack;
            Engine.Raise(s, ExceptionVector.GeneralProtection);
            Chain.Abort(s, op, e, budget + op->Count);
            return;
        }

        s->Rip = rip;
        Find(s, e, budget);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsCanonical(ulong address) => (ulong)((long)(address << 16) >> 16) == address;

    // ---- direct ----

    /// <summary>The end of a block that is no branch.</summary>
    public static void Fall(CpuState* s, Op* op, Engine e, long budget) => Chain.Go(s, Taken(op), e, budget - op->Count);

    public static void Jmp(CpuState* s, Op* op, Engine e, long budget) => Chain.Enter(s, Taken(op), e, budget - op->Count);

    /// <summary>JMP to a higher address.</summary>
    public static void JmpForward(CpuState* s, Op* op, Engine e, long budget) => Chain.Go(s, Taken(op), e, budget - op->Count);

    /// <summary>Jcc on flags of whatever kind; the condition's code is <see cref="Op.Scale"/>, <see cref="Op.Immediate"/> is not 0 when it goes back.</summary>
    public static void Jcc(CpuState* s, Op* op, Engine e, long budget)
    {
        if (!Flags.Condition(s, op->Scale)) Chain.Go(s, op + 2, e, budget);
        else if (op->Immediate != 0) Chain.Enter(s, Taken(op), e, budget - op->Count);
        else Chain.Go(s, Taken(op), e, budget - op->Count);
    }

    /// <summary>Jcc behind an instruction of the block that left a subtraction.</summary>
    public static void JccOfSub<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection =>
        Branch<TDirection>(s, op, e, budget, TCondition.OfSub<TSize>(s->FlagA, s->FlagB));

    /// <summary>Jcc behind an instruction of the block that left a logical result.</summary>
    public static void JccOfResult<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection =>
        Branch<TDirection>(s, op, e, budget, TCondition.OfResult<TSize>(s->FlagA));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Branch<TDirection>(CpuState* s, Op* op, Engine e, long budget, bool condition)
        where TDirection : struct, IDirection
    {
        if (!condition)
        {
            Chain.Go(s, op + 2, e, budget);
            return;
        }

        if (TDirection.IsBackward) Chain.Enter(s, Taken(op), e, budget - op->Count);
        else Chain.Go(s, Taken(op), e, budget - op->Count);
    }

    // ---- compare and branch ----

    public static void CmpRegisterJcc<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection =>
        CmpJccBody<TSize, TCondition, TDirection>(s, op, e, budget, TSize.Load((byte*)s + op->Destination), TSize.Load((byte*)s + op->Source));

    public static void CmpImmediateJcc<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection =>
        CmpJccBody<TSize, TCondition, TDirection>(s, op, e, budget, TSize.Load((byte*)s + op->Destination), TSize.Truncate((ulong)op->Immediate));

    public static void TestRegisterJcc<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection =>
        TestJccBody<TSize, TCondition, TDirection>(s, op, e, budget, TSize.Load((byte*)s + op->Destination) & TSize.Load((byte*)s + op->Source));

    public static void TestImmediateJcc<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection =>
        TestJccBody<TSize, TCondition, TDirection>(s, op, e, budget, TSize.Load((byte*)s + op->Destination) & TSize.Truncate((ulong)op->Immediate));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CmpJccBody<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection
    {
        LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), a, b);
        Branch<TDirection>(s, op, e, budget, TCondition.OfSub<TSize>(a, b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TestJccBody<TSize, TCondition, TDirection>(CpuState* s, Op* op, Engine e, long budget, ulong result)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TDirection : struct, IDirection
    {
        LazyFlags.SetLogic(s, (FlagKind)((uint)FlagKind.Logic + (uint)TSize.Log), result);
        Branch<TDirection>(s, op, e, budget, TCondition.OfResult<TSize>(result));
    }

    // ---- loops ----

    /// <summary>LOOP, LOOPE, LOOPNE, JRCXZ: <see cref="Op.Scale"/> 0…3; <see cref="OpDetail.Address32"/> makes the counter ECX.</summary>
    public static void Loop(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong count = s->Gpr[1];
        bool narrow = (op->Detail & OpDetail.Address32) != 0;
        bool taken;
        if (op->Scale == 3)
        {
            taken = narrow ? (uint)count == 0 : count == 0;
        }
        else
        {
            count--;
            if (narrow) count = (uint)count;
            s->Gpr[1] = count;
            taken = count != 0;
            if (op->Scale != 0) taken &= (Flags.Get(s) & Flags.Zero) != 0 == (op->Scale == 1);
        }

        Chain.Enter(s, taken ? Taken(op) : NotTaken(op), e, budget - op->Count);
    }

    // ---- calls and returns ----

    /// <summary>CALL rel32; the return address is <see cref="Op.Immediate"/>.</summary>
    public static void Call(CpuState* s, Op* op, Engine e, long budget) => CallBody(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CallBody(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong ea = s->Gpr[4] - 8;
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.WriteTlb);
        if (offset > 4096 - 8)
        {
            CallSlow(s, op, e, budget);
            return;
        }

        *(ulong*)(*(byte**)(entry + StateLayout.WriteTlb + 8) + offset) = (ulong)op->Immediate;
        s->Gpr[4] = ea;
        PushReturn(s, (ulong)op->Immediate, NotTaken(op));
        Chain.Go(s, Taken(op), e, budget - op->Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PushReturn(CpuState* s, ulong rip, Op* code)
    {
        ulong top = (s->ReturnTop + 16) & StateLayout.ReturnMask;
        s->ReturnTop = top;
        JumpCacheEntry* entry = (JumpCacheEntry*)((byte*)s + StateLayout.ReturnStack + top);
        entry->Rip = rip;
        entry->Code = code;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CallSlow(CpuState* s, Op* op, Engine e, long budget)
    {
        if (!e.Push(s, op, (ulong)op->Immediate, 8))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        Op* target = Taken(op);
        if (s->CodeChanged != 0)
        {
            s->CodeChanged = 0;
            s->Rip = target->Rip;
            s->NextOp = null;
            s->Budget = budget - op->Count;
            return;
        }

        Chain.Resume(s, target, budget - op->Count);
    }

    public static void Ret(CpuState* s, Op* op, Engine e, long budget) => RetBody(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RetBody(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong ea = s->Gpr[4];
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        ulong top = s->ReturnTop;
        JumpCacheEntry* known = (JumpCacheEntry*)((byte*)s + StateLayout.ReturnStack + top);

        // One branch for both: a TLB miss reads a number that matches no entry.
        byte* p = *(byte**)(entry + StateLayout.ReadTlb + 8) + offset;
        bool misses = offset > 4096 - 8;
        byte* safe = (byte*)&s->NoAddress;
        if (misses) p = safe;
        if (*(ulong*)p != known->Rip)
        {
            RetSlow(s, op, e, budget);
            return;
        }

        s->ReturnTop = (top - 16) & StateLayout.ReturnMask;
        s->Gpr[4] = ea + 8 + (ulong)op->Immediate;
        Chain.EnterWithoutBranch(s, known->Code, e, budget - op->Count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RetSlow(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, 8);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong stack = s->Gpr[4];
        s->Gpr[4] += 8 + (ulong)op->Immediate;
        s->ReturnTop = (s->ReturnTop - 16) & StateLayout.ReturnMask;
        JumpSlow(s, op, *(ulong*)p, stack, e, budget - op->Count);
    }

    public static void JmpRegister(CpuState* s, Op* op, Engine e, long budget) =>
        JumpRemembered(s, op, *(ulong*)((byte*)s + op->Source), e, budget - op->Count);

    public static void JmpMemory(CpuState* s, Op* op, Engine e, long budget) => JmpMemoryBody(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void JmpMemoryBody(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong ea = IndexedAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (offset > 4096 - 8)
        {
            JmpMemorySlow(s, op, e, budget);
            return;
        }

        JumpRemembered(s, op, *(ulong*)(*(byte**)(entry + StateLayout.ReadTlb + 8) + offset), e, budget - op->Count);
    }

    /// <summary>JMP through any memory operand.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void JmpMemorySlow(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = AnyAddress.Compute(s, op);
        byte* p = e.ReadPointer(s, op, 8);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        JumpSlow(s, op, *(ulong*)p, s->Gpr[4], e, budget - op->Count);
    }

    public static void CallRegister(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong rip = *(ulong*)((byte*)s + op->Source);
        CallTo(s, op, e, budget, rip);
    }

    public static void CallMemory(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = AnyAddress.Compute(s, op);
        byte* p = e.ReadPointer(s, op, 8);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        CallTo(s, op, e, budget, *(ulong*)p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CallTo(CpuState* s, Op* op, Engine e, long budget, ulong rip)
    {
        ulong ea = s->Gpr[4] - 8;
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.WriteTlb);
        if (offset > 4096 - 8 || !IsCanonical(rip))
        {
            CallToSlow(s, op, e, budget, rip);
            return;
        }

        *(ulong*)(*(byte**)(entry + StateLayout.WriteTlb + 8) + offset) = (ulong)op->Immediate;
        s->Gpr[4] = ea;
        PushReturn(s, (ulong)op->Immediate, Taken(op));
        CallRemembered(s, op, rip, ea + 8, e, budget - op->Count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CallToSlow(CpuState* s, Op* op, Engine e, long budget, ulong rip)
    {
        if (!IsCanonical(rip)) Engine.Raise(s, ExceptionVector.GeneralProtection);
        if (s->Exit != ExitKind.None || !e.Push(s, op, (ulong)op->Immediate, 8))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        s->CodeChanged = 0;
        s->Rip = rip;
        Find(s, e, budget - op->Count);
    }
}

/// <summary>CMP register, memory and Jcc; the links stand behind the record, so these end their chain themselves.</summary>
internal static unsafe class CompareMemoryHandlers
{
    /// <summary>CMP memory, immediate; Jcc.</summary>
    public static void MemoryImmediate<TSize, TAddress, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress
        where TCondition : struct, ICondition => Body<TSize, TAddress, TCondition, ImmediateRight>(s, op, e, budget);

    /// <summary>CMP memory, register; Jcc.</summary>
    public static void MemoryRegister<TSize, TAddress, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress
        where TCondition : struct, ICondition => Body<TSize, TAddress, TCondition, RegisterRight>(s, op, e, budget);

    /// <summary>CMP register, memory; Jcc.</summary>
    public static void RegisterMemory<TSize, TAddress, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress
        where TCondition : struct, ICondition => Body<TSize, TAddress, TCondition, RegisterLeft>(s, op, e, budget);

    /// <summary>TEST memory, immediate; Jcc.</summary>
    public static void TestImmediate<TSize, TAddress, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress
        where TCondition : struct, ICondition => Body<TSize, TAddress, TCondition, TestRight>(s, op, e, budget);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Body<TSize, TAddress, TCondition, TOperands>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress
        where TCondition : struct, ICondition
        where TOperands : struct, IOperands
    {
        ulong ea = TAddress.Compute(s, op);
        byte* entry = (byte*)s + ((ea >> 8) & TlbEntry.OffsetMask);
        ulong offset = ea ^ *(ulong*)(entry + StateLayout.ReadTlb);
        if (offset > 4096 - (1ul << TSize.Log))
        {
            s->Ea = ea;
            Slow<TSize, TCondition, TOperands>(s, op, e, budget);
            return;
        }

        if (!TOperands.Test<TSize, TCondition>(s, op, *(byte**)(entry + StateLayout.ReadTlb + 8) + offset))
        {
            Chain.Go(s, op + 2, e, budget);
            return;
        }

        Chain.Go(s, *(Op**)(op + 1), e, budget - op->Count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Slow<TSize, TCondition, TOperands>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
        where TOperands : struct, IOperands
    {
        byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        if (TOperands.Test<TSize, TCondition>(s, op, p)) Chain.Resume(s, *(Op**)(op + 1), budget - op->Count);
        else Chain.Resume(s, op + 2, budget);
    }

    private interface IOperands
    {
        static abstract bool Test<TSize, TCondition>(CpuState* s, Op* op, byte* p)
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition;
    }

    private readonly struct ImmediateRight : IOperands
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test<TSize, TCondition>(CpuState* s, Op* op, byte* p)
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition =>
            OfSub<TSize, TCondition>(s, op, TSize.Load(p), TSize.Truncate((ulong)op->Immediate));
    }

    private readonly struct RegisterRight : IOperands
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test<TSize, TCondition>(CpuState* s, Op* op, byte* p)
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition =>
            OfSub<TSize, TCondition>(s, op, TSize.Load(p), TSize.Load((byte*)s + op->Source));
    }

    private readonly struct RegisterLeft : IOperands
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test<TSize, TCondition>(CpuState* s, Op* op, byte* p)
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition =>
            OfSub<TSize, TCondition>(s, op, TSize.Load((byte*)s + op->Destination), TSize.Load(p));
    }

    private readonly struct TestRight : IOperands
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test<TSize, TCondition>(CpuState* s, Op* op, byte* p)
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition
        {
            ulong result = TSize.Load(p) & TSize.Truncate((ulong)op->Immediate);
            LazyFlags.SetLogic(s, (FlagKind)((uint)FlagKind.Logic + (uint)TSize.Log), result);
            return TCondition.OfResult<TSize>(result);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool OfSub<TSize, TCondition>(CpuState* s, Op* op, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
    {
        LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), a, b);
        return TCondition.OfSub<TSize>(a, b);
    }
}

/// <summary>Whether a direct branch goes to its own or a lower address, as a type parameter.</summary>
internal interface IDirection
{
    static abstract bool IsBackward { get; }
}

internal readonly struct Forward : IDirection
{
    public static bool IsBackward { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => false; }
}

internal readonly struct Backward : IDirection
{
    public static bool IsBackward { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }
}

using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>Exits, flags, identification, time, saved state: what is rare or leaves the chain.</summary>
internal static unsafe class SystemHandlers
{
    /// <summary>__USER_CS and __USER_DS of Linux.</summary>
    private const ushort UserCode = 0x33;
    private const ushort UserData = 0x2B;

    // ---- exceptions ----

    public static void InvalidOpcode(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.InvalidOpcode);
        Chain.Abort(s, op, e, budget);
    }

    public static void GeneralProtection(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.GeneralProtection, (uint)op->Immediate);
        Chain.Abort(s, op, e, budget);
    }

    /// <summary>INT3: a trap, RIP is behind it.</summary>
    public static void Breakpoint(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.Breakpoint);
        Chain.LeaveAfter(s, op, e, budget);
    }

    /// <summary>INT 4: a trap, whatever OF is.</summary>
    public static void OverflowTrap(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.Overflow);
        Chain.LeaveAfter(s, op, e, budget);
    }

    /// <summary>INT1: a trap.</summary>
    public static void DebugTrap(CpuState* s, Op* op, Engine e, long budget)
    {
        Engine.Raise(s, ExceptionVector.Debug);
        Chain.LeaveAfter(s, op, e, budget);
    }

    /// <summary>
    /// SYSCALL (SDM vol. 2B). The mask of IA32_FMASK holds while the kernel runs; the context keeps the flags that SYSRET gives
    /// back, which are those in R11.
    /// </summary>
    public static void Syscall(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Gpr[1] = op->NextRip;
        s->Gpr[11] = Flags.Get(s) & ~Flags.Resume;
        s->Exit = ExitKind.Syscall;
        Chain.LeaveAfter(s, op, e, budget);
    }

    // ---- identification and time ----

    public static void Cpuid(CpuState* s, Op* op, Engine e, long budget)
    {
        CpuidLeaf leaf = CpuIdentification.Leaf(e.Machine.Model, (uint)s->Gpr[0], (uint)s->Gpr[1]);
        s->Gpr[0] = leaf.Eax;
        s->Gpr[3] = leaf.Ebx;
        s->Gpr[1] = leaf.Ecx;
        s->Gpr[2] = leaf.Edx;
        Chain.Next(s, op, e, budget);
    }

    /// <summary>RDTSC, RDTSCP: cycles before this instruction. They end their block.</summary>
    public static void TimeStamp(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong cycles = (ulong)(e.CyclesBeforeSlice + (e.SliceBudget - budget) + op->Count - 1 + s->ExtraCycles);
        s->Gpr[0] = (uint)cycles;
        s->Gpr[2] = cycles >> 32;
        if (op->Immediate != 0) s->Gpr[1] = 0;
        Chain.Next(s, op, e, budget);
    }

    public static void Xgetbv(CpuState* s, Op* op, Engine e, long budget)
    {
        if ((uint)s->Gpr[1] != 0)
        {
            GeneralProtection(s, op, e, budget);
            return;
        }

        s->Gpr[0] = (uint)ExtendedState.FeaturesOf(e.Machine.Model);
        s->Gpr[2] = 0;
        Chain.Next(s, op, e, budget);
    }

    /// <summary>RDRAND, RDSEED: they always succeed.</summary>
    public static void Random<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong value = 0;
        e.Entropy(new Span<byte>(&value, 1 << TSize.Log));
        TSize.StoreRegister((byte*)s + op->Destination, value);
        Flags.SetArithmetic(s, Flags.Carry);
        Chain.Next(s, op, e, budget);
    }

    // ---- flags ----

    public static void ClearCarry(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Eflags = Flags.Materialize(s) & ~Flags.Carry;
        Chain.Next(s, op, e, budget);
    }

    public static void SetCarry(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Eflags = Flags.Materialize(s) | Flags.Carry;
        Chain.Next(s, op, e, budget);
    }

    public static void ComplementCarry(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Eflags = Flags.Materialize(s) ^ Flags.Carry;
        Chain.Next(s, op, e, budget);
    }

    public static void ClearDirection(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Eflags &= ~Flags.Direction;
        Chain.Next(s, op, e, budget);
    }

    public static void SetDirection(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Eflags |= Flags.Direction;
        Chain.Next(s, op, e, budget);
    }

    public static void Lahf(CpuState* s, Op* op, Engine e, long budget)
    {
        ((byte*)s)[1] = (byte)Flags.Materialize(s);
        Chain.Next(s, op, e, budget);
    }

    public static void Sahf(CpuState* s, Op* op, Engine e, long budget)
    {
        const uint taken = Flags.Sign | Flags.Zero | Flags.Adjust | Flags.Parity | Flags.Carry;
        s->Eflags = (Flags.Materialize(s) & ~taken) | (((byte*)s)[1] & taken);
        Chain.Next(s, op, e, budget);
    }

    // ---- segments ----

    /// <summary>Loads a selector as ring 3 under Linux may: null ones and those of its flat segments. False with #GP recorded.</summary>
    public static bool LoadSelector(CpuState* s, int segment, ushort selector)
    {
        const int stack = 2;
        const int fs = 4;
        const int gs = 5;
        bool isNull = (selector & ~3) == 0;
        bool valid = segment == stack ? selector == UserData : isNull || (selector | 3) == UserData || (selector | 3) == UserCode || (selector | 3) == 0x23;
        if (!valid)
        {
            Engine.Raise(s, ExceptionVector.GeneralProtection, (uint)(selector & ~3));
            return false;
        }

        s->Selectors[segment] = selector;

        // The descriptors of the flat segments have base 0; a null selector clears the base on AMD only when it was loaded so before.
        if (segment == fs && !isNull) s->FsBase = 0;
        if (segment == gs && !isNull) s->GsBase = 0;
        return true;
    }

    /// <summary>MOV Sreg, r.</summary>
    public static void LoadSelectorFromRegister(CpuState* s, Op* op, Engine e, long budget)
    {
        if (LoadSelector(s, op->Scale, *(ushort*)((byte*)s + op->Source))) Chain.Next(s, op, e, budget);
        else Chain.Abort(s, op, e, budget);
    }

    /// <summary>MOV Sreg, m16.</summary>
    public static void LoadSelectorFromMemory(CpuState* s, Op* op, Engine e, long budget)
    {
        int segment = (int)op->Immediate;
        s->Ea = AnyAddress.Compute(s, op);
        byte* p = e.ReadPointer(s, op, 2);
        if (p != null && LoadSelector(s, segment, *(ushort*)p)) Chain.Next(s, op, e, budget);
        else Chain.Abort(s, op, e, budget);
    }

    /// <summary>MOV r, Sreg: zero-extended to the operand size.</summary>
    public static void StoreSelector<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        TSize.StoreRegister((byte*)s + op->Destination, s->Selectors[op->Scale]);
        Chain.Next(s, op, e, budget);
    }

    // ---- far returns within ring 3 ----

    /// <summary>IRETQ to ring 3.</summary>
    public static void InterruptReturn(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, 40);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong rip = *(ulong*)p;
        ushort code = *(ushort*)(p + 8);
        uint flags = *(uint*)(p + 16);
        ulong stack = *(ulong*)(p + 24);
        ushort stackSelector = *(ushort*)(p + 32);
        if (code != UserCode || stackSelector != UserData || !PageTable.IsCanonical(rip))
        {
            Engine.Raise(s, ExceptionVector.GeneralProtection, (uint)(code & ~3));
            Chain.Abort(s, op, e, budget);
            return;
        }

        uint current = Flags.Materialize(s);
        s->Eflags = (current & ~Flags.UserWritable) | (flags & Flags.UserWritable);
        s->Gpr[4] = stack;
        Chain.LeaveAfter(s, op, e, budget);
        s->Rip = rip;
    }

    /// <summary>RETFQ to ring 3; <see cref="Op.Displacement"/> bytes are dropped from the stack.</summary>
    public static void FarReturn(CpuState* s, Op* op, Engine e, long budget)
    {
        int word = (int)op->Immediate;
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, word * 2);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong rip = word == 8 ? *(ulong*)p : word == 4 ? *(uint*)p : *(ushort*)p;
        ushort code = *(ushort*)(p + word);
        if (code != UserCode || !PageTable.IsCanonical(rip))
        {
            Engine.Raise(s, ExceptionVector.GeneralProtection, (uint)(code & ~3));
            Chain.Abort(s, op, e, budget);
            return;
        }

        s->Gpr[4] += (ulong)(word * 2) + (ulong)op->Displacement;
        Chain.LeaveAfter(s, op, e, budget);
        s->Rip = rip;
    }

    // ---- saved state ----

    /// <summary>FXSAVE; <see cref="Op.Immediate"/> is not zero for FXSAVE64.</summary>
    public static void Fxsave(CpuState* s, Op* op, Engine e, long budget)
    {
        byte* p = WriteArea(s, op, e, ExtendedState.LegacySize, 16);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ExtendedState.SaveLegacy(s, p, x87: true, sse: true, mxcsr: true);
        if (op->Immediate == 0) ExtendedState.NarrowPointers(p);
        FinishArea(s, op, e, budget, p, ExtendedState.LegacySize);
    }

    public static void Fxrstor(CpuState* s, Op* op, Engine e, long budget)
    {
        byte* p = ReadArea(s, op, e, ExtendedState.LegacySize, 16);
        if (p != null && (*(uint*)(p + 24) & ~ExtendedState.MxcsrMask) != 0)
        {
            Engine.Raise(s, ExceptionVector.GeneralProtection);
            p = null;
        }

        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        s->Mxcsr = *(uint*)(p + 24);
        ExtendedState.RestoreX87(s, p);
        if (op->Immediate == 0) ExtendedState.NarrowPointers(s);
        ExtendedState.RestoreXmm(s, p);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>XSAVE in the standard form (SDM vol. 1 13.7).</summary>
    public static void Xsave(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong requested = Requested(s, e);
        int size = ExtendedState.SizeOf(requested);
        byte* p = WriteArea(s, op, e, size, 64);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        bool x87 = (requested & ExtendedState.X87) != 0;
        ExtendedState.SaveLegacy(s, p, x87, sse: (requested & ExtendedState.Sse) != 0, mxcsr: (requested & (ExtendedState.Sse | ExtendedState.Avx)) != 0);
        if (x87 && op->Immediate == 0) ExtendedState.NarrowPointers(p);
        if ((requested & ExtendedState.Avx) != 0) ExtendedState.SaveUpper(s, p);
        ulong inUse = ExtendedState.InUse(s);
        ulong* header = (ulong*)(p + ExtendedState.LegacySize);
        *header = (*header & ~requested) | (inUse & requested);
        FinishArea(s, op, e, budget, p, size);
    }

    /// <summary>XRSTOR of the standard form (SDM vol. 1 13.8).</summary>
    public static void Xrstor(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong requested = Requested(s, e);
        byte* p = ReadArea(s, op, e, ExtendedState.SizeOf(requested), 64);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong* header = (ulong*)(p + ExtendedState.LegacySize);
        bool loadsMxcsr = (requested & (ExtendedState.Sse | ExtendedState.Avx)) != 0;
        bool valid = (header[0] & ~ExtendedState.FeaturesOf(e.Machine.Model)) == 0 && header[1] == 0 && header[2] == 0;
        if (loadsMxcsr && (*(uint*)(p + 24) & ~ExtendedState.MxcsrMask) != 0) valid = false;
        if (!valid)
        {
            Engine.Raise(s, ExceptionVector.GeneralProtection);
            Chain.Abort(s, op, e, budget);
            return;
        }

        if (loadsMxcsr) s->Mxcsr = *(uint*)(p + 24);
        ExtendedState.Restore(s, p, requested, wide: op->Immediate != 0);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>The components that EDX:EAX and XCR0 both have.</summary>
    private static ulong Requested(CpuState* s, Engine e) =>
        ((uint)s->Gpr[0] | (s->Gpr[2] << 32)) & ExtendedState.FeaturesOf(e.Machine.Model);

    /// <summary>LDMXCSR.</summary>
    public static void Ldmxcsr(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = AnyAddress.Compute(s, op);
        byte* p = e.ReadPointer(s, op, 4);
        if (p != null && (*(uint*)p & ~ExtendedState.MxcsrMask) != 0)
        {
            Engine.Raise(s, ExceptionVector.GeneralProtection);
            p = null;
        }

        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        s->Mxcsr = *(uint*)p;
        Chain.Next(s, op, e, budget);
    }

    /// <summary>CLFLUSH: there is no cache to flush, but the address is checked as a read of a byte is.</summary>
    public static void TouchMemory(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = AnyAddress.Compute(s, op);
        if (e.ReadPointer(s, op, 1) == null) Chain.Abort(s, op, e, budget);
        else Chain.Next(s, op, e, budget);
    }

    /// <summary>CMPXCHG16B: #GP when the operand is not aligned.</summary>
    public static void CompareExchange16(CpuState* s, Op* op, Engine e, long budget)
    {
        byte* p = WriteArea(s, op, e, 16, 16);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        CompareExchange16Bytes.Do(s, op, p);
        FinishArea(s, op, e, budget, p, 16);
    }

    /// <summary>XLAT.</summary>
    public static void Xlat(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong address = s->Gpr[3] + (byte)s->Gpr[0];
        if ((op->Detail & OpDetail.Address32) != 0) address = (uint)address;
        s->Ea = address + ((ulong*)s)[op->Segment];
        byte* p = e.ReadPointer(s, op, 1);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        *(byte*)s = *p;
        Chain.Next(s, op, e, budget);
    }

    private static byte* WriteArea(CpuState* s, Op* op, Engine e, int bytes, ulong alignment)
    {
        s->Ea = AnyAddress.Compute(s, op);
        if ((s->Ea & (alignment - 1)) == 0) return e.WritePointer(s, op, bytes);
        Engine.Raise(s, ExceptionVector.GeneralProtection);
        return null;
    }

    private static byte* ReadArea(CpuState* s, Op* op, Engine e, int bytes, ulong alignment)
    {
        s->Ea = AnyAddress.Compute(s, op);
        if ((s->Ea & (alignment - 1)) == 0) return e.ReadPointer(s, op, bytes);
        Engine.Raise(s, ExceptionVector.GeneralProtection);
        return null;
    }

    private static void FinishArea(CpuState* s, Op* op, Engine e, long budget, byte* p, int bytes)
    {
        if (e.FinishWrite(s, p, bytes)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Next(s, op, e, budget);
    }
}

/// <summary>STMXCSR.</summary>
internal readonly unsafe struct StoreMxcsr : IStep
{
    public static int Bytes => 4;

    public static void Do(CpuState* s, Op* op, byte* p) => *(uint*)p = s->Mxcsr;
}

/// <summary>MOV m16, Sreg.</summary>
internal readonly unsafe struct StoreSelectorToMemory : IStep
{
    public static int Bytes => 2;

    public static void Do(CpuState* s, Op* op, byte* p) => *(ushort*)p = s->Selectors[op->Immediate];
}

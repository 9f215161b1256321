using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>
/// CALL, JMP and RET with an operand-size prefix: the return address has two bytes and RIP is cut to 16 bits (APM vol. 3, near
/// branches). No compiler emits them, so they go through the main loop.
/// </summary>
internal static unsafe class NarrowBranchHandlers
{
    /// <summary>Bit of <see cref="Op.Detail"/>: the target is the register at <see cref="Op.Source"/>.</summary>
    public const ushort FromRegister = 1;

    /// <summary>Bit of <see cref="Op.Detail"/>: the target is in memory.</summary>
    public const ushort FromMemory = 2;

    /// <summary>Bit of <see cref="Op.Detail"/>: the address of the next instruction is pushed.</summary>
    public const ushort Pushes = 4;

    /// <summary>Whether an instruction is one of these.</summary>
    public static bool IsNarrow(Code code) => code is Code.Call_rel16 or Code.Call_rm16 or Code.Jmp_rm16 or Code.Retnw or Code.Retnw_imm16;

    /// <summary>To the target that <see cref="Op.Detail"/> tells of, or to <see cref="Op.Immediate"/>.</summary>
    public static void Branch(CpuState* s, Op* op, Engine e, long budget)
    {
        ulong target = (ulong)op->Immediate;
        if ((op->Detail & FromRegister) != 0) target = *(ushort*)((byte*)s + op->Source);
        if ((op->Detail & FromMemory) != 0)
        {
            s->Ea = AnyAddress.Compute(s, op);
            byte* p = e.ReadPointer(s, op, 2);
            if (p == null)
            {
                Chain.Abort(s, op, e, budget);
                return;
            }

            target = *(ushort*)p;
        }

        if ((op->Detail & Pushes) != 0 && !e.Push(s, op, op->NextRip & 0xFFFF, 2))
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        Chain.LeaveAfter(s, op, e, budget);
        s->Rip = target;
    }

    /// <summary>Return; <see cref="Op.Immediate"/> bytes are dropped from the stack.</summary>
    public static void Return(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Ea = s->Gpr[4];
        byte* p = e.ReadPointer(s, op, 2);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        ulong target = *(ushort*)p;
        s->Gpr[4] += 2 + (ulong)op->Immediate;
        Chain.LeaveAfter(s, op, e, budget);
        s->Rip = target;
    }
}

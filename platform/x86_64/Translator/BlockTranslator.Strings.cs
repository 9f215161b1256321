using System.Numerics;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Translator;

/// <content>MOVS and STOS. Repeated ones that stay within a page, which most do; the others are the interpreter's.</content>
internal sealed unsafe partial class BlockTranslator
{
    private const int Rcx = 1;
    private const int Rsi = 6;
    private const int Rdi = 7;

    private void SingleMove(in Instruction i)
    {
        bool moves = i.OpCount == 2 && i.Op1Kind == OpKind.MemorySegRSI;
        int size = i.MemorySize.GetSize();
        SaveFlags();
        nint retry = code.Here;
        InterpretGoingBack(i);
        if (moves)
        {
            code.Move(HostCode.Address, Rsi);
            LookUpPage(i, retry, size, writes: false, aligned: false, leaves: false);
            code.Emit(Instruction.Create(
                size switch { 1 => Code.Movzx_r32_rm8, 2 => Code.Movzx_r32_rm16, 4 => Code.Mov_r32_rm32, _ => Code.Mov_r64_rm64 },
                size == 8 ? Register.R15 : Register.R15D,
                new MemoryOperand(Register.R15)));
            code.Store(HostCode.Address, offsets.Scratch);
        }

        code.Move(HostCode.Address, Rdi);
        LookUpPage(i, retry, size, writes: true, aligned: false, leaves: false);
        int value = HostCode.GuestRax;
        if (moves) code.Load(value = HostCode.Index, offsets.Scratch);
        code.Emit(Instruction.Create(
            size switch { 1 => Code.Mov_rm8_r8, 2 => Code.Mov_rm16_r16, 4 => Code.Mov_rm32_r32, _ => Code.Mov_rm64_r64 },
            new MemoryOperand(Register.R15),
            Sized(value, size)));
        if (moves) code.Lea(Rsi, Rsi, size);
        code.Lea(Rdi, Rdi, size);
        EndInstruction();
    }

    /// <summary>Leaves the instruction to the interpreter when DF is set.</summary>
    private void InterpretGoingBack(in Instruction i)
    {
        code.Bytes([0xF7, 0x84, 0x24]); // test dword [rsp + …], DF
        code.Int32(offsets.Eflags);
        code.Int32((int)Flags.Direction);
        InterpretAt(code.JumpIf(5), i, leaves: false);
    }

    private void RepeatedMove(in Instruction i)
    {
        bool moves = i.OpCount == 2 && i.Op1Kind == OpKind.MemorySegRSI;
        int size = i.MemorySize.GetSize();
        int log = BitOperations.Log2((uint)size);
        SaveFlags();
        InterpretGoingBack(i);
        code.Bytes([0x48, 0x81, 0xF9]); // cmp rcx, elements of a page
        code.Int32(4096 / size);
        InterpretAt(code.JumpIf(7), i, leaves: false);
        code.Bytes([0x48, 0x85, 0xC9]); // test rcx, rcx
        nint none = code.JumpIf(4);
        if (moves)
        {
            PageOfRun(i, Rsi, log, StateLayout.ReadTlb);
            code.Store(HostCode.Address, offsets.Scratch);
        }

        PageOfRun(i, Rdi, log, StateLayout.WriteTlb);

        // Every iteration but one is a cycle that is not an instruction.
        code.Memory(0x01, Rcx, HostCode.State, -1, 0, offsets.ExtraCycles);
        code.SubtractFrom(offsets.ExtraCycles, 1);
        code.Memory(0x8D, HostCode.Index, -1, Rcx, log, 0);
        code.Store(Rdi, Rdi * 8);
        code.Move(Rdi, HostCode.Address);
        if (moves)
        {
            code.Store(Rsi, Rsi * 8);
            code.Load(Rsi, offsets.Scratch);
        }
        else
        {
            code.Move(HostCode.Address, HostCode.Rax);
            code.Move(HostCode.Rax, HostCode.GuestRax);
        }

        code.Emit(i);
        if (moves)
        {
            code.Load(Rsi, Rsi * 8);
            code.Memory(0x8D, Rsi, Rsi, HostCode.Index, 0, 0);
        }
        else
        {
            code.Move(HostCode.Rax, HostCode.Address);
        }

        code.Load(Rdi, Rdi * 8);
        code.Memory(0x8D, Rdi, Rdi, HostCode.Index, 0, 0);
        code.Patch(none, code.Here);
        EndInstruction();
    }

    /// <summary>Has the host address of a run of RCX elements in <see cref="HostCode.Address"/>; what is not in the TLB, or crosses a page, is the interpreter's.</summary>
    private void PageOfRun(in Instruction i, int pointer, int log, int tlb)
    {
        code.Move(HostCode.Address, pointer);
        code.Bytes([0x45, 0x89, 0xFC, 0x41, 0xC1, 0xEC, 0x08, 0x41, 0x81, 0xE4]); // mov r12d, r15d; shr r12d, 8; and r12d, …
        code.Int32((int)TlbEntry.OffsetMask);
        code.Memory(0x33, HostCode.Address, HostCode.State, HostCode.Index, 0, tlb);
        code.Bytes([0x49, 0x81, 0xFF]); // cmp r15, 4095
        code.Int32(4095);
        InterpretAt(code.JumpIf(7), i, leaves: false);
        code.Memory(0x8B, HostCode.Index, HostCode.State, HostCode.Index, 0, tlb + 8);
        code.Memory(0x8D, HostCode.Index, HostCode.Index, HostCode.Address, 0, 0);
        code.Memory(0x8D, HostCode.Address, HostCode.Address, Rcx, log, 0);
        code.Bytes([0x49, 0x81, 0xFF]); // cmp r15, 4096
        code.Int32(4096);
        InterpretAt(code.JumpIf(7), i, leaves: false);
        code.Move(HostCode.Address, HostCode.Index);
    }
}

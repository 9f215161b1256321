using Iced.Intel;

namespace Kpio.Platform.X64.Translator;

/// <content>Instructions with a way of their own: the stack's, branches, division, shifts by CL.</content>
internal sealed unsafe partial class BlockTranslator
{
    // ---- the stack ----

    private void Push(in Instruction i)
    {
        SaveFlags();
        nint retry = code.Here;
        code.Lea(HostCode.Address, HostCode.GuestStack, -8);
        LookUpPage(i, retry, 8, writes: true, aligned: false, leaves: false);
        if (i.Op0Kind == OpKind.Register)
        {
            int number = i.Op0Register.GetNumber();
            int host = HostCode.HostOf[number];
            if (host < 0) code.Load(host = HostCode.Index, number * 8);
            code.Memory(0x89, host, HostCode.Address, -1, 0, 0);
        }
        else
        {
            code.Bytes([0x49, 0xC7, 0x07]); // mov qword [r15], imm32
            code.Int32((int)i.GetImmediate(0));
        }

        code.Lea(HostCode.GuestStack, HostCode.GuestStack, -8);
        EndInstruction();
    }

    private void Pop(in Instruction i)
    {
        SaveFlags();
        nint retry = code.Here;
        code.Move(HostCode.Address, HostCode.GuestStack);
        LookUpPage(i, retry, 8, writes: false, aligned: false, leaves: false);
        int number = i.Op0Register.GetNumber();
        int host = HostCode.HostOf[number];
        code.Memory(0x8B, host < 0 ? HostCode.Index : host, HostCode.Address, -1, 0, 0);
        if (host < 0) code.Store(HostCode.Index, number * 8);
        code.Lea(HostCode.GuestStack, HostCode.GuestStack, 8);
        EndInstruction();
    }

    private void LeaveFrame(in Instruction i)
    {
        const int rbp = 5;
        SaveFlags();
        nint retry = code.Here;
        code.Move(HostCode.Address, rbp);
        LookUpPage(i, retry, 8, writes: false, aligned: false, leaves: false);
        code.Lea(HostCode.GuestStack, rbp, 8);
        code.Memory(0x8B, rbp, HostCode.Address, -1, 0, 0);
        EndInstruction();
    }

    private void LoadAddress(in Instruction i)
    {
        int number = i.Op0Register.GetNumber();
        int host = HostCode.HostOf[number];
        int register = host < 0 ? HostCode.Address : host;
        if (i.IsIPRelativeMemoryOperand)
        {
            ulong address = i.IPRelativeMemoryAddress;
            code.MoveImmediate(register, i.Op0Register.GetSize() == 4 ? (uint)address : address);
        }
        else
        {
            AddressInto(register, i);
            if (i.Op0Register.GetSize() == 4)
            {
                int low = register;
                code.Emit(Instruction.Create(Code.Mov_r32_rm32, Sized(low, 4), Sized(low, 4)));
            }
        }

        if (host < 0) code.Store(register, number * 8);
    }

    // ---- arithmetic ----

    private void ShiftByCounter(in Instruction i)
    {
        if (!_liveAfter[_index])
        {
            General(i);
            return;
        }

        // A count of 0 leaves the flags.
        SaveFlags();
        Instruction copy = Rename(i, keepsRax: false);
        SaveFlags();
        code.Bytes([0xF6, 0xC1, OperandBytes(i) == 8 ? (byte)63 : (byte)31]); // test cl, …
        nint none = code.JumpIf(4);
        code.Emit(copy);
        code.SaveFlags();
        code.Bytes([0x80, 0xE4, 0xEF]);
        nint done = code.Jump();
        code.Patch(none, code.Here);
        code.Emit(copy);
        code.Patch(done, code.Here);
        StoreTemporaries();
        EndInstruction();
    }

    private void BitScan(in Instruction i)
    {
        if (!_liveAfter[_index])
        {
            General(i);
            return;
        }

        // Only ZF changes.
        SaveFlags();
        Instruction copy = Rename(i, keepsRax: false);
        SaveFlags();
        code.Emit(copy);
        StoreTemporaries();
        code.Bytes([0x41, 0x0F, 0x94, 0xC4, 0x45, 0x0F, 0xB6, 0xE4, 0x41, 0xC1, 0xE4, 0x0E]); // setz r12b; movzx r12d, r12b; shl r12d, 14
        code.Bytes([0x25, 0xFF, 0xBF, 0xFF, 0xFF, 0x44, 0x09, 0xE0]); // and eax, ~ZF; or eax, r12d
        EndInstruction();
    }

    /// <summary>DIV and IDIV of 32 and 64 bits where no #DE is possible; the others are the interpreter's. The flags stay as they were.</summary>
    private void Divide(in Instruction i)
    {
        bool wide = OperandBytes(i) == 8;
        SaveFlags();
        if (i.Op0Kind == OpKind.Memory)
        {
            FormAddress(i, 0);
            code.Memory(0x8B, HostCode.Address, HostCode.Address, -1, 0, 0, wide);
        }
        else
        {
            int number = i.Op0Register.GetNumber();
            int host = HostCode.HostOf[number];
            if (host < 0) code.Load(HostCode.Address, number * 8);
            else code.Move(HostCode.Address, host);
        }

        byte rexW = wide ? (byte)8 : (byte)0;
        if (i.Mnemonic == Mnemonic.Div)
        {
            code.Bytes([(byte)(0x41 | rexW), 0x39, 0xD7]); // cmp r15, rdx: the quotient fits when the upper half is below
            InterpretAt(code.JumpIf(6), i, leaves: false); // jbe
        }
        else
        {
            code.Bytes([(byte)(0x45 | rexW), 0x89, 0xF4]); // mov r12, r14
            code.Bytes([(byte)(0x41 | rexW), 0xC1, 0xFC, wide ? (byte)63 : (byte)31]); // sar r12, 63
            code.Bytes([(byte)(0x41 | rexW), 0x39, 0xD4]); // cmp r12, rdx
            InterpretAt(code.JumpIf(5), i, leaves: false);
            code.Memory(0x8D, HostCode.Index, HostCode.Address, -1, 0, 1, wide);
            code.Bytes([(byte)(0x41 | rexW), 0x83, 0xFC, 0x01]); // cmp r12, 1: the divisor is 0 or -1
            InterpretAt(code.JumpIf(6), i, leaves: false);
        }

        code.Move(HostCode.Index, HostCode.Rax);
        code.Move(HostCode.Rax, HostCode.GuestRax);
        code.Bytes([(byte)(0x41 | rexW), 0xF7, i.Mnemonic == Mnemonic.Div ? (byte)0xF7 : (byte)0xFF]); // div r15, idiv r15
        code.Move(HostCode.GuestRax, HostCode.Rax);
        code.Move(HostCode.Rax, HostCode.Index);
        EndInstruction();
    }

    // ---- branches ----

    /// <summary>Translates a branch; true when the block ends with it.</summary>
    private bool Branch(in Instruction i)
    {
        int count = _index + 1;
        switch (i.FlowControl)
        {
            case FlowControl.ConditionalBranch:
                ConditionalBranch(i, count);
                return false;
            case FlowControl.UnconditionalBranch:
                SaveFlags();
                GoTo(i.NearBranchTarget, count, isChecked: i.NearBranchTarget <= i.IP);
                return true;
            case FlowControl.Call:
                SaveFlags();
                PushReturn(i, code.Here);
                GoTo(i.NearBranchTarget, count, isChecked: false);
                return true;
            case FlowControl.Return:
                SaveFlags();
                nint retry = code.Here;
                code.Move(HostCode.Address, HostCode.GuestStack);
                LookUpPage(i, retry, 8, writes: false, aligned: false, leaves: true);
                code.Memory(0x8B, HostCode.Address, HostCode.Address, -1, 0, 0);
                InterpretAt(LookUp(), i, leaves: true);
                code.Lea(HostCode.GuestStack, HostCode.GuestStack, 8 + (i.Code == Code.Retnq_imm16 ? i.Immediate16 : 0));
                code.SubtractFrom(offsets.Budget, count);
                _stubs.Add(new PendingStub(code.JumpIf(14), SiteKind.LeaveIndirect, 0));
                code.JumpThrough(offsets.CodeCache + 8, HostCode.Index);
                return true;
            case FlowControl.IndirectBranch:
                BranchTarget(i);
                InterpretAt(LookUp(), i, leaves: true);
                code.SubtractFrom(offsets.Budget, count);
                _stubs.Add(new PendingStub(code.JumpIf(14), SiteKind.LeaveIndirect, 0));
                code.JumpThrough(offsets.CodeCache + 8, HostCode.Index);
                return true;
            default:
                nint start = BranchTarget(i);
                InterpretAt(LookUp(), i, leaves: true);
                code.Memory(0x8B, HostCode.Index, HostCode.State, HostCode.Index, 0, offsets.CodeCache + 8);
                code.Store(HostCode.Index, offsets.Scratch);
                code.Store(HostCode.Address, offsets.HostTarget);
                PushReturn(i, start);
                code.Load(HostCode.Address, offsets.HostTarget);
                code.SubtractFrom(offsets.Budget, count);
                _stubs.Add(new PendingStub(code.JumpIf(14), SiteKind.LeaveIndirect, 0));
                code.JumpThrough(offsets.Scratch);
                return true;
        }
    }

    private void ConditionalBranch(in Instruction i, int count)
    {
        LoadFlagsFor(i.RflagsRead & Arithmetic);
        int condition = ConditionNumber(i.ConditionCode);
        FlagsIn flags = _flags;
        FlagFix fix = _fix;
        if (i.NearBranchTarget > i.IP)
        {
            if (flags == FlagsIn.Host && fix != FlagFix.None)
            {
                LoadFlags();
                flags = _flags;
            }

            _stubs.Add(new PendingStub(code.JumpIf(condition), SiteKind.Edge, i.NearBranchTarget, Count: count, SavesFlags: flags == FlagsIn.Host));
            return;
        }

        nint skip = code.JumpIf(condition ^ 1);
        SaveFlags();
        GoTo(i.NearBranchTarget, count, isChecked: true);
        code.Patch(skip, code.Here);
        _flags = flags;
        _fix = fix;
    }

    /// <summary>Has the target of an indirect branch in <see cref="HostCode.Address"/>; gives where this begins.</summary>
    private nint BranchTarget(in Instruction i)
    {
        SaveFlags();
        nint start = code.Here;
        if (i.Op0Kind == OpKind.Memory)
        {
            EffectiveAddress(i);
            LookUpPage(i, start, 8, writes: false, aligned: false, leaves: true);
            code.Memory(0x8B, HostCode.Address, HostCode.Address, -1, 0, 0);
        }
        else
        {
            int number = i.Op0Register.GetNumber();
            int host = HostCode.HostOf[number];
            if (host < 0) code.Load(HostCode.Address, number * 8);
            else code.Move(HostCode.Address, host);
        }

        return start;
    }

    /// <summary>Pushes the return address of a call.</summary>
    private void PushReturn(in Instruction i, nint retry)
    {
        code.Lea(HostCode.Address, HostCode.GuestStack, -8);
        LookUpPage(i, retry, 8, writes: true, aligned: false, leaves: true);
        code.MoveImmediate(HostCode.Index, i.NextIP);
        code.Memory(0x89, HostCode.Index, HostCode.Address, -1, 0, 0);
        code.Lea(HostCode.GuestStack, HostCode.GuestStack, -8);
    }

    private static int ConditionNumber(ConditionCode condition) => Interpreter.BlockDecoder.ConditionNumber(condition);
}

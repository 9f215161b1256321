using System.Runtime.CompilerServices;
using Iced.Intel;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>Bit tests and scans, SETcc, CMOVcc.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitBits(Op* op, in Instruction i, bool live)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Bt: return EmitBitTest(op, i, 0);
            case Mnemonic.Bts: return EmitBitTest(op, i, 1);
            case Mnemonic.Btr: return EmitBitTest(op, i, 2);
            case Mnemonic.Btc: return EmitBitTest(op, i, 3);
            case Mnemonic.Bsf: return EmitBitScan(op, i, 0);
            case Mnemonic.Bsr: return EmitBitScan(op, i, 1);
            case Mnemonic.Popcnt: return EmitBitScan(op, i, 2);
            case >= Mnemonic.Seta and <= Mnemonic.Sets:
                op->Immediate = ConditionNumber(i.ConditionCode);
                if (i.Op0Kind == OpKind.Memory)
                {
                    op->Handler = Memory.Write<SetMemory>(AddressOf(op, i));
                    return true;
                }

                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = _lazy switch
                {
                    LazySource.Sub => BindSized<SetOfSubBinder>(_lazyLog, (int)op->Immediate),
                    LazySource.Result => BindSized<SetOfResultBinder>(_lazyLog, (int)op->Immediate),
                    _ => 0,
                };
                if (op->Handler == 0) op->Handler = Pointer(&BitHandlers.SetRegister);
                return true;
            case >= Mnemonic.Cmova and <= Mnemonic.Cmovs: return EmitConditionalMove(op, i);
            default: return false;
        }
    }

    private bool EmitBitTest(Op* op, in Instruction i, ushort operation)
    {
        op->Detail |= operation;
        int log = Operands.LogOf(i);
        if (i.Op1Kind != OpKind.Register)
        {
            op->Immediate = i.Immediate8;
            op->Handler = (log, operation) switch
            {
                (1, 0) => BindRead<BitTest<Size16>>(op, i),
                (2, 0) => BindRead<BitTest<Size32>>(op, i),
                (_, 0) => BindRead<BitTest<Size64>>(op, i),
                (1, _) => BindStep<BitTest<Size16>>(op, i),
                (2, _) => BindStep<BitTest<Size32>>(op, i),
                _ => BindStep<BitTest<Size64>>(op, i),
            };
            return true;
        }

        op->Detail |= BitHandlers.RegisterBit;
        op->Source = Operands.Offset(i.Op1Register);
        if (i.Op0Kind == OpKind.Register)
        {
            op->Handler = (log, operation) switch
            {
                (1, 0) => BindRead<BitTest<Size16>>(op, i),
                (2, 0) => BindRead<BitTest<Size32>>(op, i),
                (_, 0) => BindRead<BitTest<Size64>>(op, i),
                (1, _) => BindStep<BitTest<Size16>>(op, i),
                (2, _) => BindStep<BitTest<Size32>>(op, i),
                _ => BindStep<BitTest<Size64>>(op, i),
            };
            return true;
        }

        AddressOf(op, i);
        op->Handler = (log, operation) switch
        {
            (1, 0) => Pointer(&BitHandlers.TestMemory<Size16>),
            (2, 0) => Pointer(&BitHandlers.TestMemory<Size32>),
            (_, 0) => Pointer(&BitHandlers.TestMemory<Size64>),
            (1, _) => Pointer(&BitHandlers.ChangeMemory<Size16>),
            (2, _) => Pointer(&BitHandlers.ChangeMemory<Size32>),
            _ => Pointer(&BitHandlers.ChangeMemory<Size64>),
        };
        return true;
    }

    /// <summary>A step that only reads its operand 0.</summary>
    private nint BindRead<TStep>(Op* op, in Instruction i)
        where TStep : struct, IStep
    {
        if (i.Op0Kind == OpKind.Memory) return Memory.Read<TStep>(AddressOf(op, i));
        op->Destination = Operands.Offset(i.Op0Register);
        return Pointer(&MemoryHandlers.RegisterRead<TStep>);
    }

    private bool EmitBitScan(Op* op, in Instruction i, ushort operation)
    {
        op->Detail |= operation;
        op->Source = Operands.Offset(i.Op0Register);
        int log = Operands.LogOf(i);
        if (i.Op1Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            op->Handler = log switch
            {
                1 => Memory.Read<BitScan<Size16>>(form),
                2 => Memory.Read<BitScan<Size32>>(form),
                _ => Memory.Read<BitScan<Size64>>(form),
            };
            return true;
        }

        op->Destination = Operands.Offset(i.Op1Register);
        op->Handler = log switch
        {
            1 => Pointer(&MemoryHandlers.RegisterRead<BitScan<Size16>>),
            2 => Pointer(&MemoryHandlers.RegisterRead<BitScan<Size32>>),
            _ => Pointer(&MemoryHandlers.RegisterRead<BitScan<Size64>>),
        };
        return true;
    }

    private bool EmitConditionalMove(Op* op, in Instruction i)
    {
        int condition = ConditionNumber(i.ConditionCode);
        int log = Operands.LogOf(i);
        op->Immediate = condition;
        op->Destination = Operands.Offset(i.Op0Register);
        if (i.Op1Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            op->Handler = log switch
            {
                1 => Memory.Read<MoveIfFromMemory<Size16>>(form),
                2 => Memory.Read<MoveIfFromMemory<Size32>>(form),
                _ => Memory.Read<MoveIfFromMemory<Size64>>(form),
            };
            return true;
        }

        op->Source = Operands.Offset(i.Op1Register);
        if (log >= 2)
        {
            op->Handler = _lazy switch
            {
                LazySource.Sub => BindSized<MoveIfOfSubBinder>(_lazyLog, condition),
                LazySource.Result => BindSized<MoveIfOfResultBinder>(_lazyLog, condition),
                _ => 0,
            };
            op->Displacement = log == 2 ? uint.MaxValue : -1;
        }

        if (op->Handler != 0) return true;
        op->Handler = log switch
        {
            1 => Pointer(&BitHandlers.MoveIf<Size16>),
            2 => Pointer(&BitHandlers.MoveIf<Size32>),
            _ => Pointer(&BitHandlers.MoveIf<Size64>),
        };
        return true;
    }

    private readonly struct SetOfSubBinder : ISizedBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BitHandlers.SetRegisterOfSub<TSize, TCondition>);
    }

    private readonly struct SetOfResultBinder : ISizedBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BitHandlers.SetRegisterOfResult<TSize, TCondition>);
    }

    private readonly struct MoveIfOfSubBinder : ISizedBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BitHandlers.MoveIfOfSub<TSize, TCondition>);
    }

    private readonly struct MoveIfOfResultBinder : ISizedBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BitHandlers.MoveIfOfResult<TSize, TCondition>);
    }
}

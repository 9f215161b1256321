using System.Runtime.CompilerServices;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>Branches, and compare-and-branch pairs.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitBranch(Op* op, in Instruction i)
    {
        if (NarrowBranchHandlers.IsNarrow(i.Code))
        {
            EmitNarrowBranch(op, i);
            return true;
        }

        switch (i.FlowControl)
        {
            case FlowControl.ConditionalBranch: return EmitConditional(op, i);
            case FlowControl.UnconditionalBranch:
                if (i.Op0Kind is not (OpKind.NearBranch64 or OpKind.NearBranch16)) return false;
                op->Handler = i.NearBranchTarget > i.IP ? Pointer(&BranchHandlers.JmpForward) : Pointer(&BranchHandlers.Jmp);
                Link(i.NearBranchTarget);
                return true;
            case FlowControl.Call:
                if (i.Op0Kind is not (OpKind.NearBranch64 or OpKind.NearBranch16)) return false;
                op->Handler = Pointer(&BranchHandlers.Call);
                op->Immediate = (long)i.NextIP;
                op->Detail |= OpDetail.StackSegment;
                Link(i.NearBranchTarget, i.NextIP);
                return true;
            case FlowControl.IndirectBranch:
                if (i.IsJmpFar || i.IsJmpFarIndirect || i.Code is not (Code.Jmp_rm64)) return false;
                NewData(TargetCache.JumpRecords);
                if (i.Op0Kind == OpKind.Memory)
                {
                    op->Handler = AddressOf(op, i) == AddressForm.Any
                        ? Pointer(&BranchHandlers.JmpMemorySlow)
                        : Pointer(&BranchHandlers.JmpMemory);
                    return true;
                }

                op->Source = Operands.Offset(i.Op0Register);
                op->Handler = Pointer(&BranchHandlers.JmpRegister);
                return true;
            case FlowControl.IndirectCall:
                if (i.Code is not Code.Call_rm64) return false;
                op->Immediate = (long)i.NextIP;
                Link(i.NextIP);
                if (i.Op0Kind == OpKind.Memory)
                {
                    AddressOf(op, i);
                    op->Handler = Pointer(&BranchHandlers.CallMemory);
                    return true;
                }

                op->Source = Operands.Offset(i.Op0Register);
                op->Handler = Pointer(&BranchHandlers.CallRegister);
                return true;
            case FlowControl.Return:
                if (i.Code is not (Code.Retnq or Code.Retnq_imm16)) return false;
                op->Immediate = i.Code == Code.Retnq_imm16 ? i.Immediate16 : 0;
                op->Detail |= OpDetail.StackSegment;
                op->Handler = Pointer(&BranchHandlers.Ret);
                return true;
            default:
                return false;
        }
    }

    private void EmitNarrowBranch(Op* op, in Instruction i)
    {
        op->Handler = i.Mnemonic == Mnemonic.Ret ? Pointer(&NarrowBranchHandlers.Return) : Pointer(&NarrowBranchHandlers.Branch);
        if (i.Mnemonic == Mnemonic.Ret || i.Code == Code.Call_rel16)
        {
            op->Detail |= OpDetail.StackSegment;
            op->Immediate = i.Code switch { Code.Call_rel16 => (long)i.NearBranchTarget, Code.Retnw_imm16 => i.Immediate16, _ => 0 };
        }

        if (i.Mnemonic == Mnemonic.Call) op->Detail |= NarrowBranchHandlers.Pushes;
        if (i.OpCount == 0) return;
        if (i.Op0Kind == OpKind.Memory)
        {
            AddressOf(op, i);
            op->Detail |= NarrowBranchHandlers.FromMemory;
        }
        else if (i.Op0Kind == OpKind.Register)
        {
            op->Source = Operands.Offset(i.Op0Register);
            op->Detail |= NarrowBranchHandlers.FromRegister;
        }
    }

    private bool EmitConditional(Op* op, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Loop: op->Scale = 0; break;
            case Mnemonic.Loope: op->Scale = 1; break;
            case Mnemonic.Loopne: op->Scale = 2; break;
            case Mnemonic.Jrcxz or Mnemonic.Jecxz or Mnemonic.Jcxz: op->Scale = 3; break;
            default:
                int code = ConditionNumber(i.ConditionCode);
                op->Scale = (byte)code;
                op->Immediate = i.NearBranchTarget > i.IP ? 0 : 1;
                op->Handler = _lazy switch
                {
                    LazySource.Sub => BindJump<JccOfSubBinder<Forward>, JccOfSubBinder<Backward>>(i, _lazyLog, code),
                    LazySource.Result => BindJump<JccOfResultBinder<Forward>, JccOfResultBinder<Backward>>(i, _lazyLog, code),
                    _ => 0,
                };
                if (op->Handler == 0) op->Handler = Pointer(&BranchHandlers.Jcc);
                Link(i.NearBranchTarget);
                return true;
        }

        bool narrow = i.Code is Code.Loop_rel8_64_ECX or Code.Loope_rel8_64_ECX or Code.Loopne_rel8_64_ECX or Code.Jecxz_rel8_64
            or Code.Loop_rel8_16_ECX or Code.Loope_rel8_16_ECX or Code.Loopne_rel8_16_ECX or Code.Jecxz_rel8_16;
        if (narrow) op->Detail |= OpDetail.Address32;
        op->Handler = Pointer(&BranchHandlers.Loop);
        Link(i.NearBranchTarget, i.NextIP);
        return true;
    }

    /// <summary>The low four bits of Jcc's opcode.</summary>
    internal static int ConditionNumber(ConditionCode code) => code switch
    {
        ConditionCode.o => 0,
        ConditionCode.no => 1,
        ConditionCode.b => 2,
        ConditionCode.ae => 3,
        ConditionCode.e => 4,
        ConditionCode.ne => 5,
        ConditionCode.be => 6,
        ConditionCode.a => 7,
        ConditionCode.s => 8,
        ConditionCode.ns => 9,
        ConditionCode.p => 10,
        ConditionCode.np => 11,
        ConditionCode.l => 12,
        ConditionCode.ge => 13,
        ConditionCode.le => 14,
        _ => 15,
    };

    /// <summary>Makes one record of a CMP or TEST and the Jcc behind it.</summary>
    private bool TryFuse(Op* op, in Instruction first, in Instruction second)
    {
        if (second.FlowControl != FlowControl.ConditionalBranch || second.ConditionCode == ConditionCode.None) return false;
        if (first.HasLockPrefix) return false;
        int code = ConditionNumber(second.ConditionCode);
        if (code is 0 or 1 or 10 or 11) return false;
        bool memory = first.Op0Kind == OpKind.Memory || first.Op1Kind == OpKind.Memory;
        if (memory && second.NearBranchTarget <= second.IP) return false;
        int log;
        nint handler;
        switch (first.Mnemonic)
        {
            case Mnemonic.Cmp:
                log = Operands.LogOf(first);
                if (first.Op0Kind == OpKind.Memory)
                {
                    AddressForm form = AddressOf(op, first);
                    if (first.Op1Kind == OpKind.Register)
                    {
                        op->Source = Operands.Offset(first.Op1Register);
                        handler = BindCompare<CmpMemoryRegisterBinder>(form, log, code);
                    }
                    else
                    {
                        op->Immediate = (long)first.GetImmediate(1);
                        handler = BindCompare<CmpMemoryImmediateBinder>(form, log, code);
                    }

                    break;
                }

                op->Destination = Operands.Offset(first.Op0Register);
                if (first.Op1Kind == OpKind.Memory)
                {
                    AddressForm form = AddressOf(op, first);
                    handler = BindCompare<CmpRegisterMemoryBinder>(form, log, code);
                }
                else if (first.Op1Kind == OpKind.Register)
                {
                    op->Source = Operands.Offset(first.Op1Register);
                    handler = BindJump<CmpRegisterBinder<Forward>, CmpRegisterBinder<Backward>>(second, log, code);
                }
                else
                {
                    op->Immediate = (long)first.GetImmediate(1);
                    handler = BindJump<CmpImmediateBinder<Forward>, CmpImmediateBinder<Backward>>(second, log, code);
                }

                break;
            case Mnemonic.Test:
                log = Operands.LogOf(first);
                if (first.Op0Kind == OpKind.Memory)
                {
                    if (first.Op1Kind == OpKind.Register) return false;
                    AddressForm form = AddressOf(op, first);
                    op->Immediate = (long)first.GetImmediate(1);
                    handler = BindCompare<TestMemoryImmediateBinder>(form, log, code);
                    break;
                }

                op->Destination = Operands.Offset(first.Op0Register);
                if (first.Op1Kind == OpKind.Register)
                {
                    op->Source = Operands.Offset(first.Op1Register);
                    handler = BindJump<TestRegisterBinder<Forward>, TestRegisterBinder<Backward>>(second, log, code);
                }
                else
                {
                    op->Immediate = (long)first.GetImmediate(1);
                    handler = BindJump<TestImmediateBinder<Forward>, TestImmediateBinder<Backward>>(second, log, code);
                }

                break;
            default:
                return false;
        }

        op->Handler = handler;
        Link(second.NearBranchTarget);
        return true;
    }

    // ---- handlers by size, address form and condition ----

    /// <summary>Gives the handler of one kind of compare-and-branch. Each call touches one handler only.</summary>
    private interface ISizedBinder
    {
        static abstract nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition;
    }

    private interface IMemoryBinder
    {
        static abstract nint Bind<TSize, TAddress, TCondition>()
            where TSize : struct, IOperandSize
            where TAddress : struct, IAddress
            where TCondition : struct, ICondition;
    }

    private static nint BindJump<TForward, TBackward>(in Instruction jump, int log, int condition)
        where TForward : struct, ISizedBinder
        where TBackward : struct, ISizedBinder =>
        jump.NearBranchTarget > jump.IP ? BindSized<TForward>(log, condition) : BindSized<TBackward>(log, condition);

    private static nint BindSized<TBinder>(int log, int condition)
        where TBinder : struct, ISizedBinder => log switch
        {
            0 => BindCondition<TBinder, Size8>(condition),
            1 => BindCondition<TBinder, Size16>(condition),
            2 => BindCondition<TBinder, Size32>(condition),
            _ => BindCondition<TBinder, Size64>(condition),
        };

    private static nint BindCondition<TBinder, TSize>(int condition)
        where TBinder : struct, ISizedBinder
        where TSize : struct, IOperandSize => condition switch
        {
            2 => TBinder.Bind<TSize, Below>(),
            3 => TBinder.Bind<TSize, NotBelow>(),
            4 => TBinder.Bind<TSize, Equal>(),
            5 => TBinder.Bind<TSize, NotEqual>(),
            6 => TBinder.Bind<TSize, BelowOrEqual>(),
            7 => TBinder.Bind<TSize, Above>(),
            8 => TBinder.Bind<TSize, Negative>(),
            9 => TBinder.Bind<TSize, NotNegative>(),
            12 => TBinder.Bind<TSize, Less>(),
            13 => TBinder.Bind<TSize, NotLess>(),
            14 => TBinder.Bind<TSize, LessOrEqual>(),
            15 => TBinder.Bind<TSize, Greater>(),
            _ => 0,
        };

    private static nint BindCompare<TBinder>(AddressForm form, int log, int condition)
        where TBinder : struct, IMemoryBinder => log switch
        {
            0 => BindCompare<TBinder, Size8>(form, condition),
            1 => BindCompare<TBinder, Size16>(form, condition),
            2 => BindCompare<TBinder, Size32>(form, condition),
            _ => BindCompare<TBinder, Size64>(form, condition),
        };

    private static nint BindCompare<TBinder, TSize>(AddressForm form, int condition)
        where TBinder : struct, IMemoryBinder
        where TSize : struct, IOperandSize => form switch
        {
            AddressForm.Base => BindCompare<TBinder, TSize, BaseAddress>(condition),
            AddressForm.Indexed => BindCompare<TBinder, TSize, IndexedAddress>(condition),
            _ => BindCompare<TBinder, TSize, AnyAddress>(condition),
        };

    private static nint BindCompare<TBinder, TSize, TAddress>(int condition)
        where TBinder : struct, IMemoryBinder
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress => condition switch
        {
            2 => TBinder.Bind<TSize, TAddress, Below>(),
            3 => TBinder.Bind<TSize, TAddress, NotBelow>(),
            4 => TBinder.Bind<TSize, TAddress, Equal>(),
            5 => TBinder.Bind<TSize, TAddress, NotEqual>(),
            6 => TBinder.Bind<TSize, TAddress, BelowOrEqual>(),
            7 => TBinder.Bind<TSize, TAddress, Above>(),
            8 => TBinder.Bind<TSize, TAddress, Negative>(),
            9 => TBinder.Bind<TSize, TAddress, NotNegative>(),
            12 => TBinder.Bind<TSize, TAddress, Less>(),
            13 => TBinder.Bind<TSize, TAddress, NotLess>(),
            14 => TBinder.Bind<TSize, TAddress, LessOrEqual>(),
            _ => TBinder.Bind<TSize, TAddress, Greater>(),
        };

    private readonly struct JccOfSubBinder<TDirection> : ISizedBinder
        where TDirection : struct, IDirection
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BranchHandlers.JccOfSub<TSize, TCondition, TDirection>);
    }

    private readonly struct JccOfResultBinder<TDirection> : ISizedBinder
        where TDirection : struct, IDirection
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BranchHandlers.JccOfResult<TSize, TCondition, TDirection>);
    }

    private readonly struct CmpRegisterBinder<TDirection> : ISizedBinder
        where TDirection : struct, IDirection
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BranchHandlers.CmpRegisterJcc<TSize, TCondition, TDirection>);
    }

    private readonly struct CmpImmediateBinder<TDirection> : ISizedBinder
        where TDirection : struct, IDirection
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BranchHandlers.CmpImmediateJcc<TSize, TCondition, TDirection>);
    }

    private readonly struct TestRegisterBinder<TDirection> : ISizedBinder
        where TDirection : struct, IDirection
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BranchHandlers.TestRegisterJcc<TSize, TCondition, TDirection>);
    }

    private readonly struct TestImmediateBinder<TDirection> : ISizedBinder
        where TDirection : struct, IDirection
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TCondition>()
            where TSize : struct, IOperandSize
            where TCondition : struct, ICondition => Pointer(&BranchHandlers.TestImmediateJcc<TSize, TCondition, TDirection>);
    }

    private readonly struct CmpMemoryImmediateBinder : IMemoryBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TAddress, TCondition>()
            where TSize : struct, IOperandSize
            where TAddress : struct, IAddress
            where TCondition : struct, ICondition => Pointer(&CompareMemoryHandlers.MemoryImmediate<TSize, TAddress, TCondition>);
    }

    private readonly struct CmpMemoryRegisterBinder : IMemoryBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TAddress, TCondition>()
            where TSize : struct, IOperandSize
            where TAddress : struct, IAddress
            where TCondition : struct, ICondition => Pointer(&CompareMemoryHandlers.MemoryRegister<TSize, TAddress, TCondition>);
    }

    private readonly struct CmpRegisterMemoryBinder : IMemoryBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TAddress, TCondition>()
            where TSize : struct, IOperandSize
            where TAddress : struct, IAddress
            where TCondition : struct, ICondition => Pointer(&CompareMemoryHandlers.RegisterMemory<TSize, TAddress, TCondition>);
    }

    private readonly struct TestMemoryImmediateBinder : IMemoryBinder
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize, TAddress, TCondition>()
            where TSize : struct, IOperandSize
            where TAddress : struct, IAddress
            where TCondition : struct, ICondition => Pointer(&CompareMemoryHandlers.TestImmediate<TSize, TAddress, TCondition>);
    }
}

using System.Runtime.CompilerServices;
using Iced.Intel;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>One-operand arithmetic, shifts, multiplication and division, the compare-and-exchange group.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitArithmetic(Op* op, in Instruction i, bool live)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Inc: op->Handler = live ? BindUnary<IncOperation, FlagsLive>(op, i) : BindUnary<IncOperation, FlagsDead>(op, i); return true;
            case Mnemonic.Dec: op->Handler = live ? BindUnary<DecOperation, FlagsLive>(op, i) : BindUnary<DecOperation, FlagsDead>(op, i); return true;
            case Mnemonic.Neg: op->Handler = live ? BindUnary<NegOperation, FlagsLive>(op, i) : BindUnary<NegOperation, FlagsDead>(op, i); return true;
            case Mnemonic.Not: op->Handler = BindUnary<NotOperation, FlagsDead>(op, i); return true;
            case Mnemonic.Rol: return EmitShift(op, i, ShiftKind.Rol, live);
            case Mnemonic.Ror: return EmitShift(op, i, ShiftKind.Ror, live);
            case Mnemonic.Rcl: return EmitShift(op, i, ShiftKind.Rcl, live);
            case Mnemonic.Rcr: return EmitShift(op, i, ShiftKind.Rcr, live);
            case Mnemonic.Shl or Mnemonic.Sal: return EmitShift(op, i, ShiftKind.Shl, live);
            case Mnemonic.Shr: return EmitShift(op, i, ShiftKind.Shr, live);
            case Mnemonic.Sar: return EmitShift(op, i, ShiftKind.Sar, live);
            case Mnemonic.Shld or Mnemonic.Shrd:
                op->Source = Operands.Offset(i.Op1Register);
                op->Immediate = i.Op2Kind == OpKind.Register ? -1 : i.Immediate8;
                if (i.Mnemonic == Mnemonic.Shrd) op->Detail |= 1;
                op->Handler = Operands.LogOf(i) switch
                {
                    1 => BindStep<DoubleShiftStep<Size16>>(op, i),
                    2 => BindStep<DoubleShiftStep<Size32>>(op, i),
                    _ => BindStep<DoubleShiftStep<Size64>>(op, i),
                };
                return true;
            case Mnemonic.Imul when i.OpCount > 1:
                op->Handler = live ? BindMultiply<FlagsLive>(op, i) : BindMultiply<FlagsDead>(op, i);
                return true;
            case Mnemonic.Mul: op->Handler = BindSource<WideBinder<FlagsDead>>(op, i); return true;
            case Mnemonic.Imul: op->Handler = BindSource<WideBinder<FlagsLive>>(op, i); return true;
            case Mnemonic.Div: op->Handler = BindSource<DivideBinder<FlagsDead>>(op, i); return true;
            case Mnemonic.Idiv: op->Handler = BindSource<DivideBinder<FlagsLive>>(op, i); return true;
            case Mnemonic.Xadd:
                op->Source = Operands.Offset(i.Op1Register);
                if (i.Op0Kind == OpKind.Register)
                {
                    // Both operands are registers: the destination is written last, which decides when they are the same.
                    op->Destination = Operands.Offset(i.Op0Register);
                }

                op->Handler = Operands.LogOf(i) switch
                {
                    0 => BindStep<ExchangeAdd<Size8>>(op, i),
                    1 => BindStep<ExchangeAdd<Size16>>(op, i),
                    2 => BindStep<ExchangeAdd<Size32>>(op, i),
                    _ => BindStep<ExchangeAdd<Size64>>(op, i),
                };
                return true;
            case Mnemonic.Cmpxchg:
                op->Source = Operands.Offset(i.Op1Register);
                if (i.Op0Kind == OpKind.Register && Operands.LogOf(i) == 2)
                {
                    op->Destination = Operands.Offset(i.Op0Register);
                    op->Handler = Pointer(&MemoryHandlers.RegisterRead<CompareExchangeRegister>);
                    return true;
                }

                op->Handler = Operands.LogOf(i) switch
                {
                    0 => BindStep<CompareExchange<Size8>>(op, i),
                    1 => BindStep<CompareExchange<Size16>>(op, i),
                    2 => BindStep<CompareExchange<Size32>>(op, i),
                    _ => BindStep<CompareExchange<Size64>>(op, i),
                };
                return true;
            case Mnemonic.Cmpxchg8b: op->Handler = BindStep<CompareExchange8Bytes>(op, i); return true;
            case Mnemonic.Cmpxchg16b:
                AddressOf(op, i);
                op->Handler = Pointer(&SystemHandlers.CompareExchange16);
                return true;
            default: return false;
        }
    }

    /// <summary>A step that writes its operand 0, register or memory.</summary>
    private nint BindStep<TStep>(Op* op, in Instruction i)
        where TStep : struct, IStep
    {
        if (i.Op0Kind == OpKind.Memory) return Memory.Write<TStep>(AddressOf(op, i));
        op->Destination = Operands.Offset(i.Op0Register);
        return Pointer(&MemoryHandlers.RegisterWrite<TStep>);
    }

    // ---- INC, DEC, NEG, NOT ----

    private nint BindUnary<TUnary, TFlags>(Op* op, in Instruction i)
        where TUnary : struct, IUnary
        where TFlags : struct, IFlagMode => Operands.LogOf(i) switch
        {
            0 => BindUnary<TUnary, Size8, TFlags>(op, i),
            1 => BindUnary<TUnary, Size16, TFlags>(op, i),
            2 => BindUnary<TUnary, Size32, TFlags>(op, i),
            _ => BindUnary<TUnary, Size64, TFlags>(op, i),
        };

    private nint BindUnary<TUnary, TSize, TFlags>(Op* op, in Instruction i)
        where TUnary : struct, IUnary
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        if (i.Op0Kind == OpKind.Memory) return Memory.Write<UnaryOnMemory<TUnary, TSize, TFlags>>(AddressOf(op, i));
        op->Destination = Operands.Offset(i.Op0Register);
        return Pointer(&UnaryHandlers.Register<TUnary, TSize, TFlags>);
    }

    // ---- shifts ----

    private bool EmitShift(Op* op, in Instruction i, ShiftKind kind, bool live)
    {
        int log = Operands.LogOf(i);
        bool byCounter = i.Op1Kind == OpKind.Register;
        int count = byCounter ? -1 : (int)i.GetImmediate(1) & (log == 3 ? 63 : 31);
        op->Immediate = count;
        if (i.Op0Kind == OpKind.Register && log >= 2)
        {
            op->Destination = Operands.Offset(i.Op0Register);
            nint fast = log == 2 ? BindShift<Size32>(kind, count, live) : BindShift<Size64>(kind, count, live);
            if (fast != 0)
            {
                op->Handler = fast;
                return true;
            }
        }

        op->Detail |= (ushort)kind;
        op->Handler = log switch
        {
            0 => BindStep<ShiftStep<Size8>>(op, i),
            1 => BindStep<ShiftStep<Size16>>(op, i),
            2 => BindStep<ShiftStep<Size32>>(op, i),
            _ => BindStep<ShiftStep<Size64>>(op, i),
        };
        return true;
    }

    private static nint BindShift<TSize>(ShiftKind kind, int count, bool live)
        where TSize : struct, IOperandSize
    {
        switch (kind)
        {
            case ShiftKind.Shl: return BindShift<ShlOperation, TSize>(count, live);
            case ShiftKind.Shr: return BindShift<ShrOperation, TSize>(count, live);
            case ShiftKind.Sar: return BindShift<SarOperation, TSize>(count, live);
            case ShiftKind.Rol when !live && count > 0: return Pointer(&ShiftHandlers.Immediate<RolOperation, TSize>);
            default: return 0;
        }
    }

    private static nint BindShift<TShift, TSize>(int count, bool live)
        where TShift : struct, IShift
        where TSize : struct, IOperandSize
    {
        if (count == 0) return 0;
        if (count < 0) return live ? 0 : Pointer(&ShiftHandlers.Counter<TShift, TSize>);
        return live ? Pointer(&ShiftHandlers.ImmediateWithFlags<TShift, TSize>) : Pointer(&ShiftHandlers.Immediate<TShift, TSize>);
    }

    // ---- multiplication and division ----

    private nint BindMultiply<TFlags>(Op* op, in Instruction i)
        where TFlags : struct, IFlagMode => Operands.LogOf(i) switch
        {
            1 => BindMultiply<Size16, TFlags>(op, i),
            2 => BindMultiply<Size32, TFlags>(op, i),
            _ => BindMultiply<Size64, TFlags>(op, i),
        };

    private nint BindMultiply<TSize, TFlags>(Op* op, in Instruction i)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        op->Destination = Operands.Offset(i.Op0Register);
        bool immediate = i.OpCount == 3;
        if (immediate) op->Immediate = (long)i.GetImmediate(2);
        if (i.Op1Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            return immediate ? Memory.Read<MultiplyMemoryImmediate<TSize, TFlags>>(form) : Memory.Read<MultiplyFromMemory<TSize, TFlags>>(form);
        }

        op->Source = Operands.Offset(i.Op1Register);
        return immediate ? Pointer(&MultiplyHandlers.RegisterImmediate<TSize, TFlags>) : Pointer(&MultiplyHandlers.RegisterRegister<TSize, TFlags>);
    }

    private interface ISourceBinder
    {
        static abstract nint Bind<TSize>(bool memory) where TSize : struct, IOperandSize;
    }

    /// <summary>A step that reads operand 0 and works on RAX and RDX.</summary>
    private nint BindSource<TBinder>(Op* op, in Instruction i)
        where TBinder : struct, ISourceBinder
    {
        bool memory = i.Op0Kind == OpKind.Memory;
        if (memory) AddressOf(op, i);
        else op->Destination = Operands.Offset(i.Op0Register);
        return Operands.LogOf(i) switch
        {
            0 => TBinder.Bind<Size8>(memory),
            1 => TBinder.Bind<Size16>(memory),
            2 => TBinder.Bind<Size32>(memory),
            _ => TBinder.Bind<Size64>(memory),
        };
    }

    private readonly struct WideBinder<TSigned> : ISourceBinder
        where TSigned : struct, IFlagMode
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize>(bool memory)
            where TSize : struct, IOperandSize => memory
                ? Pointer(&MemoryHandlers.ReadChecked<WideMultiply<TSize, TSigned>>)
                : Pointer(&MemoryHandlers.RegisterRead<WideMultiply<TSize, TSigned>>);
    }

    private readonly struct DivideBinder<TSigned> : ISourceBinder
        where TSigned : struct, IFlagMode
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static nint Bind<TSize>(bool memory)
            where TSize : struct, IOperandSize => memory
                ? Pointer(&MemoryHandlers.ReadChecked<Divide<TSize, TSigned>>)
                : Pointer(&MemoryHandlers.RegisterChecked<Divide<TSize, TSigned>>);
    }
}

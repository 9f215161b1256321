using System.Runtime.CompilerServices;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>Moves, LEA, the stack.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitMove(Op* op, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Mov: return EmitMov(op, i);
            case Mnemonic.Lea:
                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = BindLea(AddressOf(op, i), Operands.LogOf(i));
                // Segments take no part in LEA.
                op->Segment = CpuState.ZeroOffset / 8;
                return true;
            case Mnemonic.Movzx: return EmitMovzx(op, i);
            case Mnemonic.Movsx or Mnemonic.Movsxd: return EmitMovsx(op, i);
            case Mnemonic.Cbw: return Convert(op, Pointer(&MoveHandlers.SignExtend<Size8, Size16>));
            case Mnemonic.Cwde: return Convert(op, Pointer(&MoveHandlers.SignExtend<Size16, Size32>));
            case Mnemonic.Cdqe: return Convert(op, Pointer(&MoveHandlers.SignExtend<Size32, Size64>));
            case Mnemonic.Cwd: op->Handler = Pointer(&MoveHandlers.SignToRdx<Size16>); return true;
            case Mnemonic.Cdq: op->Handler = Pointer(&MoveHandlers.SignToRdx<Size32>); return true;
            case Mnemonic.Cqo: op->Handler = Pointer(&MoveHandlers.SignToRdx<Size64>); return true;
            case Mnemonic.Nop or Mnemonic.Endbr64 or Mnemonic.Endbr32 or Mnemonic.Pause or Mnemonic.Reservednop
                or Mnemonic.Prefetch or Mnemonic.Prefetchw or Mnemonic.Prefetchwt1 or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1
                or Mnemonic.Prefetcht2 or Mnemonic.Prefetchnta or Mnemonic.Lfence or Mnemonic.Sfence or Mnemonic.Mfence or Mnemonic.Fnop:
                if (i.Mnemonic == Mnemonic.Fnop) return false;
                op->Handler = Pointer(&MoveHandlers.Nop);
                return true;
            case Mnemonic.Bswap:
                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = Operands.LogOf(i) switch
                {
                    1 => Pointer(&MoveHandlers.ByteSwap16),
                    2 => Pointer(&MoveHandlers.ByteSwap32),
                    _ => Pointer(&MoveHandlers.ByteSwap64),
                };
                return true;
            case Mnemonic.Xchg: return EmitXchg(op, i);
            case Mnemonic.Push: return EmitPush(op, i);
            case Mnemonic.Pop: return EmitPop(op, i);
            default: return false;
        }

        static bool Convert(Op* op, nint handler)
        {
            op->Destination = op->Source = 0;
            op->Handler = handler;
            return true;
        }
    }

    private bool EmitMov(Op* op, in Instruction i)
    {
        if (i.Op0Register.IsSegmentRegister() || i.Op1Register.IsSegmentRegister()) return false;
        if (i.Op0Register.IsCR() || i.Op1Register.IsCR() || i.Op0Register.IsDR() || i.Op1Register.IsDR()) return false;
        int log = Operands.LogOf(i);
        if (i.Op0Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            if (i.Op1Kind == OpKind.Register)
            {
                op->Source = Operands.Offset(i.Op1Register);
                op->Handler = log switch
                {
                    0 => Memory.Write<Store<Size8>>(form),
                    1 => Memory.Write<Store<Size16>>(form),
                    2 => Memory.Write<Store<Size32>>(form),
                    _ => Memory.Write<Store<Size64>>(form),
                };
                return true;
            }

            op->Immediate = (long)i.GetImmediate(1);
            op->Handler = log switch
            {
                0 => Memory.Write<StoreImmediate<Size8>>(form),
                1 => Memory.Write<StoreImmediate<Size16>>(form),
                2 => Memory.Write<StoreImmediate<Size32>>(form),
                _ => Memory.Write<StoreImmediate<Size64>>(form),
            };
            return true;
        }

        op->Destination = Operands.Offset(i.Op0Register);
        if (i.Op1Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            op->Handler = log switch
            {
                0 => Memory.Read<Load<Size8>>(form),
                1 => Memory.Read<Load<Size16>>(form),
                2 => Memory.Read<Load<Size32>>(form),
                _ => Memory.Read<Load<Size64>>(form),
            };
            return true;
        }

        if (i.Op1Kind == OpKind.Register)
        {
            op->Source = Operands.Offset(i.Op1Register);
            op->Handler = log switch
            {
                0 => Pointer(&MoveHandlers.RegisterRegister<Size8>),
                1 => Pointer(&MoveHandlers.RegisterRegister<Size16>),
                2 => Pointer(&MoveHandlers.RegisterRegister<Size32>),
                _ => Pointer(&MoveHandlers.RegisterRegister<Size64>),
            };
            return true;
        }

        op->Immediate = (long)i.GetImmediate(1);
        op->Handler = log switch
        {
            0 => Pointer(&MoveHandlers.RegisterImmediate<Size8>),
            1 => Pointer(&MoveHandlers.RegisterImmediate<Size16>),
            2 => Pointer(&MoveHandlers.RegisterImmediate<Size32>),
            _ => Pointer(&MoveHandlers.RegisterImmediate<Size64>),
        };
        return true;
    }

    private static nint BindLea(AddressForm form, int log) => log switch
    {
        1 => Pointer(&MoveHandlers.Lea<Size16, AnyAddress>),
        2 => BindLea<Size32>(form),
        _ => BindLea<Size64>(form),
    };

    private static nint BindLea<TSize>(AddressForm form)
        where TSize : struct, IOperandSize => form switch
        {
            AddressForm.Base => BindLea<TSize, BaseAddress>(),
            AddressForm.Indexed => BindLea<TSize, IndexedAddress>(),
            _ => BindLea<TSize, AnyAddress>(),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BindLea<TSize, TAddress>()
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress => Pointer(&MoveHandlers.Lea<TSize, TAddress>);

    private bool EmitMovzx(Op* op, in Instruction i)
    {
        op->Destination = Operands.Offset(i.Op0Register);
        int to = Operands.Log(i.Op0Register);
        int from = Operands.LogOf(i, 1);
        if (i.Op1Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            op->Handler = (from, to) switch
            {
                (0, 1) => Memory.Read<LoadZeroExtend<Size8, Size16>>(form),
                (0, _) => Memory.Read<LoadZeroExtend<Size8, Size64>>(form),
                (1, 1) => Memory.Read<LoadZeroExtend<Size16, Size16>>(form),
                _ => Memory.Read<LoadZeroExtend<Size16, Size64>>(form),
            };
            return true;
        }

        op->Source = Operands.Offset(i.Op1Register);
        op->Handler = (from, to) switch
        {
            (0, 1) => Pointer(&MoveHandlers.ZeroExtend<Size8, Size16>),
            (0, _) => Pointer(&MoveHandlers.ZeroExtend<Size8, Size64>),
            (1, 1) => Pointer(&MoveHandlers.ZeroExtend<Size16, Size16>),
            _ => Pointer(&MoveHandlers.ZeroExtend<Size16, Size64>),
        };
        return true;
    }

    private bool EmitMovsx(Op* op, in Instruction i)
    {
        op->Destination = Operands.Offset(i.Op0Register);
        int to = Operands.Log(i.Op0Register);
        int from = Operands.LogOf(i, 1);
        if (i.Op1Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            op->Handler = (from, to) switch
            {
                (0, 1) => Memory.Read<LoadSignExtend<Size8, Size16>>(form),
                (0, 2) => Memory.Read<LoadSignExtend<Size8, Size32>>(form),
                (0, _) => Memory.Read<LoadSignExtend<Size8, Size64>>(form),
                (1, 1) => Memory.Read<LoadSignExtend<Size16, Size16>>(form),
                (1, 2) => Memory.Read<LoadSignExtend<Size16, Size32>>(form),
                (1, _) => Memory.Read<LoadSignExtend<Size16, Size64>>(form),
                (_, 1) => Memory.Read<LoadSignExtend<Size16, Size16>>(form),
                (_, 2) => Memory.Read<LoadSignExtend<Size32, Size32>>(form),
                _ => Memory.Read<LoadSignExtend<Size32, Size64>>(form),
            };
            return true;
        }

        op->Source = Operands.Offset(i.Op1Register);
        op->Handler = (from, to) switch
        {
            (0, 1) => Pointer(&MoveHandlers.SignExtend<Size8, Size16>),
            (0, 2) => Pointer(&MoveHandlers.SignExtend<Size8, Size32>),
            (0, _) => Pointer(&MoveHandlers.SignExtend<Size8, Size64>),
            (1, 1) => Pointer(&MoveHandlers.SignExtend<Size16, Size16>),
            (1, 2) => Pointer(&MoveHandlers.SignExtend<Size16, Size32>),
            (1, _) => Pointer(&MoveHandlers.SignExtend<Size16, Size64>),
            (_, 1) => Pointer(&MoveHandlers.SignExtend<Size16, Size16>),
            (_, 2) => Pointer(&MoveHandlers.SignExtend<Size32, Size32>),
            _ => Pointer(&MoveHandlers.SignExtend<Size32, Size64>),
        };
        return true;
    }

    private bool EmitXchg(Op* op, in Instruction i)
    {
        int log = Operands.LogOf(i);
        if (i.Op0Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            op->Source = Operands.Offset(i.Op1Register);
            op->Handler = log switch
            {
                0 => Memory.Write<ExchangeMemory<Size8>>(form),
                1 => Memory.Write<ExchangeMemory<Size16>>(form),
                2 => Memory.Write<ExchangeMemory<Size32>>(form),
                _ => Memory.Write<ExchangeMemory<Size64>>(form),
            };
            return true;
        }

        op->Destination = Operands.Offset(i.Op0Register);
        op->Source = Operands.Offset(i.Op1Register);
        op->Handler = log switch
        {
            0 => Pointer(&MoveHandlers.Exchange<Size8>),
            1 => Pointer(&MoveHandlers.Exchange<Size16>),
            2 => Pointer(&MoveHandlers.Exchange<Size32>),
            _ => Pointer(&MoveHandlers.Exchange<Size64>),
        };
        return true;
    }

    private bool EmitPush(Op* op, in Instruction i)
    {
        bool narrow = i.StackPointerIncrement == -2;
        op->Detail |= OpDetail.StackSegment;
        switch (i.Op0Kind)
        {
            case OpKind.Register when i.Op0Register.IsSegmentRegister():
                op->Immediate = narrow ? 2 : 8;
                op->Scale = (byte)(i.Op0Register - Register.ES);
                op->Handler = Pointer(&StackHandlers.PushSelector);
                return true;
            case OpKind.Register:
                op->Source = Operands.Offset(i.Op0Register);
                op->Handler = narrow ? Pointer(&StackHandlers.PushRegister16) : Pointer(&StackHandlers.PushRegister);
                return true;
            case OpKind.Memory:
                AddressOf(op, i);
                op->Handler = narrow ? Pointer(&StackHandlers.PushMemory<Size16>) : Pointer(&StackHandlers.PushMemory<Size64>);
                return true;
            default:
                op->Immediate = (long)i.GetImmediate(0);
                op->Handler = narrow ? Pointer(&StackHandlers.PushImmediate16) : Pointer(&StackHandlers.PushImmediate);
                return true;
        }
    }

    private bool EmitPop(Op* op, in Instruction i)
    {
        bool narrow = i.StackPointerIncrement == 2;
        op->Detail |= OpDetail.StackSegment;
        switch (i.Op0Kind)
        {
            case OpKind.Register when i.Op0Register.IsSegmentRegister():
                op->Immediate = narrow ? 2 : 8;
                op->Scale = (byte)(i.Op0Register - Register.ES);
                op->Handler = Pointer(&StackHandlers.PopSelector);
                return true;
            case OpKind.Register:
                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = narrow ? Pointer(&StackHandlers.PopRegister<Size16>) : Pointer(&StackHandlers.PopRegister<Size64>);
                return true;
            default:
                AddressOf(op, i);
                op->Handler = narrow ? Pointer(&StackHandlers.PopMemory<Size16>) : Pointer(&StackHandlers.PopMemory<Size64>);
                return true;
        }
    }
}

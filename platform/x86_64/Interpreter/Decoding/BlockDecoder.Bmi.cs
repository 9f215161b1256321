using System.Runtime.CompilerServices;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>BMI1, BMI2, LZCNT and MOVBE, of processors that have them.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitBmi(Op* op, in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Tzcnt: op->Handler = BindBmi<TrailingZerosOperation>(op, i, 0, 1); return true;
            case Mnemonic.Lzcnt: op->Handler = BindBmi<LeadingZerosOperation>(op, i, 0, 1); return true;
            case Mnemonic.Andn: op->Handler = BindBmi<AndNotOperation>(op, i, 0, 2, 1); return true;
            case Mnemonic.Bextr: op->Handler = BindBmi<ExtractBitsOperation>(op, i, 0, 1, 2); return true;
            case Mnemonic.Blsi: op->Handler = BindBmi<LowestBitOperation>(op, i, 0, 1); return true;
            case Mnemonic.Blsmsk: op->Handler = BindBmi<LowestMaskOperation>(op, i, 0, 1); return true;
            case Mnemonic.Blsr: op->Handler = BindBmi<ClearLowestOperation>(op, i, 0, 1); return true;
            case Mnemonic.Bzhi: op->Handler = BindBmi<ClearHighOperation>(op, i, 0, 1, 2); return true;
            case Mnemonic.Pdep: op->Handler = BindBmi<DepositOperation>(op, i, 0, 2, 1); return true;
            case Mnemonic.Pext: op->Handler = BindBmi<ExtractOperation>(op, i, 0, 2, 1); return true;
            case Mnemonic.Sarx: op->Handler = BindBmi<SarxOperation>(op, i, 0, 1, 2); return true;
            case Mnemonic.Shlx: op->Handler = BindBmi<ShlxOperation>(op, i, 0, 1, 2); return true;
            case Mnemonic.Shrx: op->Handler = BindBmi<ShrxOperation>(op, i, 0, 1, 2); return true;
            case Mnemonic.Rorx:
                op->Handler = BindBmi<RotateOperation>(op, i, 0, 1);
                op->Immediate |= (long)i.Immediate8 << 16;
                return true;
            case Mnemonic.Mulx:
                op->Handler = BindBmi<WideProductOperation>(op, i, 0, 2);
                op->Immediate = Operands.Offset(Register.RDX) | ((long)Operands.Offset(i.Op1Register) << 16);
                return true;
            case Mnemonic.Movbe: return EmitReversedMove(op, i);
            default: return false;
        }
    }

    private bool EmitReversedMove(Op* op, in Instruction i)
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            op->Source = Operands.Offset(i.Op1Register);
            AddressForm to = AddressOf(op, i);
            op->Handler = Operands.Log(i.Op1Register) switch
            {
                1 => Memory.Write<ReversedStore<Size16>>(to),
                2 => Memory.Write<ReversedStore<Size32>>(to),
                _ => Memory.Write<ReversedStore<Size64>>(to),
            };
            return true;
        }

        op->Destination = Operands.Offset(i.Op0Register);
        AddressForm from = AddressOf(op, i);
        op->Handler = Operands.Log(i.Op0Register) switch
        {
            1 => Memory.Read<ReversedLoad<Size16>>(from),
            2 => Memory.Read<ReversedLoad<Size32>>(from),
            _ => Memory.Read<ReversedLoad<Size64>>(from),
        };
        return true;
    }

    /// <summary>The step of an operation, given which operands are its result, its source and its other register.</summary>
    private nint BindBmi<TOperation>(Op* op, in Instruction i, int result, int source, int other = -1)
        where TOperation : struct, IBmiOperation
    {
        op->Source = Operands.Offset(i.GetOpRegister(result));
        op->Immediate = other < 0 ? CpuState.ZeroOffset : Operands.Offset(i.GetOpRegister(other));
        int log = Operands.Log(i.GetOpRegister(result));
        if (i.GetOpKind(source) == OpKind.Memory)
        {
            AddressOf(op, i);
            return log switch
            {
                1 => BmiFromMemory<TOperation, Size16>(),
                2 => BmiFromMemory<TOperation, Size32>(),
                _ => BmiFromMemory<TOperation, Size64>(),
            };
        }

        op->Destination = Operands.Offset(i.GetOpRegister(source));
        return log switch
        {
            1 => BmiFromRegister<TOperation, Size16>(),
            2 => BmiFromRegister<TOperation, Size32>(),
            _ => BmiFromRegister<TOperation, Size64>(),
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BmiFromMemory<TOperation, TSize>()
        where TOperation : struct, IBmiOperation
        where TSize : struct, IOperandSize => Memory.Read<BmiStep<TOperation, TSize>>(AddressForm.Any);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BmiFromRegister<TOperation, TSize>()
        where TOperation : struct, IBmiOperation
        where TSize : struct, IOperandSize => Pointer(&MemoryHandlers.RegisterRead<BmiStep<TOperation, TSize>>);
}

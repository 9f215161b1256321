using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Handlers;
using Kpio.Platform.X64.Interpreter.Simd;
using Kpio.Platform.X64.Interpreter.Vex;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>What processors beyond x86-64-v2 have: VEX instructions, and some with legacy encodings.</summary>
internal sealed unsafe partial class BlockDecoder
{
    /// <summary>The instructions that no x86-64-v2 processor has; false for those that this machine's processor has not either.</summary>
    private bool EmitExtension(Op* op, in Instruction i)
    {
        if (Model == CpuModel.V2 || !Model.HasForm(i.Code)) return false;
        if (EmitBmi(op, i)) return true;
        if (i.Code.Encoding() != EncodingKind.VEX)
        {
            var function = CryptoBindings.Find(i.Mnemonic);
            if (function == null) return false;
            EmitSimdOperation(op, i, function, mayRaise: false);
            return true;
        }

        switch (i.Mnemonic)
        {
            case Mnemonic.Vzeroupper: op->Handler = Pointer(&VexHandlers.ZeroUpper); return true;
            case Mnemonic.Vzeroall: op->Handler = Pointer(&VexHandlers.ZeroAll); return true;
            case Mnemonic.Vldmxcsr: return EmitArea(op, i, Pointer(&SystemHandlers.Ldmxcsr), false);
            case Mnemonic.Vstmxcsr: op->Handler = Memory.Write<StoreMxcsr>(AddressOf(op, i)); return true;
            case Mnemonic.Vmaskmovdqu: EmitMaskedStore(op, i); return true;
            case Mnemonic.Vmaskmovps or Mnemonic.Vpmaskmovd: return EmitMaskedMove(op, i, 2);
            case Mnemonic.Vmaskmovpd or Mnemonic.Vpmaskmovq: return EmitMaskedMove(op, i, 3);
            case Mnemonic.Vgatherdps or Mnemonic.Vpgatherdd: return EmitGather(op, i, 2, 2);
            case Mnemonic.Vgatherdpd or Mnemonic.Vpgatherdq: return EmitGather(op, i, 2, 3);
            case Mnemonic.Vgatherqps or Mnemonic.Vpgatherqd: return EmitGather(op, i, 3, 2);
            case Mnemonic.Vgatherqpd or Mnemonic.Vpgatherqq: return EmitGather(op, i, 3, 3);
        }

        VexForm form = VexBindings.Find(i);
        if (form.Function == null) return false;
        EmitVex(op, i, form);
        return true;
    }

    private void EmitVex(Op* op, in Instruction i, VexForm form)
    {
        int registers = 0;
        bool wide = i.MemorySize.GetSize() == 32;
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            OpKind kind = i.GetOpKind(operand);
            if (kind != OpKind.Immediate8) registers++;
            if (kind == OpKind.Register && i.GetOpRegister(operand).IsYMM()) wide = true;
        }

        bool hasImmediate = registers < i.OpCount;
        NewData(1);
        VexData* data = (VexData*)(op + 1);
        data->Function = (nint)form.Function;
        data->Lanes = wide && !form.IsWhole ? (byte)2 : (byte)1;
        data->SourceStride = form.SourceStride;
        data->DestinationStride = form.DestinationStride;
        data->Immediate = hasImmediate ? i.Immediate8 : form.Immediate;
        data->ImmediateShift = form.ImmediateShift;
        data->FirstBytes = wide ? (byte)32 : (byte)16;
        data->AlignmentMask = AlignmentOf(i, wide);

        int first = -1, third = -1, source = registers - 1;
        switch (form.Shape)
        {
            case VexShape.Plain:
                if (registers > 2) first = 1;
                if (registers == 4) (source, third) = (2, 3);
                break;
            case VexShape.Shift:
                (first, source) = (1, -1);
                break;
            case VexShape.Fused:
                (first, third) = (0, 1);
                break;
            case VexShape.Flags:
                first = 0;
                break;
        }

        // Where there is no first source, the destination's first value does not matter.
        data->First = Operands.Offset(first >= 0 ? i.GetOpRegister(first) : Register.XMM0);
        data->Third = third >= 0 ? Operands.Offset(i.GetOpRegister(third)) : data->First;
        if (source >= 0) SetVexSource(op, data, i, source);
        if (form.Shape != VexShape.Flags) SetVexResult(op, data, i);
        op->Handler = Pointer(&VexHandlers.Any);
    }

    private static void SetVexSource(Op* op, VexData* data, in Instruction i, int operand)
    {
        if (i.GetOpKind(operand) == OpKind.Memory)
        {
            Operands.SetAddress(op, i);
            data->Source = VexOperandKind.Memory;
            data->SourceBytes = (byte)i.MemorySize.GetSize();
            return;
        }

        Register register = i.GetOpRegister(operand);
        op->Source = Operands.Offset(register);
        data->Source = register.IsVectorRegister() ? VexOperandKind.Vector : VexOperandKind.General;
        data->SourceBytes = (byte)register.GetSize();
    }

    private static void SetVexResult(Op* op, VexData* data, in Instruction i)
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            Operands.SetAddress(op, i);
            data->Result = VexOperandKind.Memory;
            data->ResultBytes = (byte)i.MemorySize.GetSize();
            return;
        }

        op->Destination = Operands.Offset(i.Op0Register);
        data->Result = i.Op0Register.IsVectorRegister() ? VexOperandKind.Vector : VexOperandKind.General;
        data->ResultBytes = (byte)i.Op0Register.GetSize();
    }

    /// <summary>The moves that keep their alignment under VEX (SDM vol. 1 14.9).</summary>
    private static byte AlignmentOf(in Instruction i, bool wide) => i.Mnemonic
        is Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovdqa or Mnemonic.Vmovntps or Mnemonic.Vmovntpd or Mnemonic.Vmovntdq or Mnemonic.Vmovntdqa
        ? (byte)(wide ? 31 : 15)
        : (byte)0;

    private bool EmitMaskedMove(Op* op, in Instruction i, int elementLog)
    {
        int bytes = i.MemorySize.GetSize();
        Operands.SetAddress(op, i);
        op->Immediate = VexMaskedAccess.Pack(bytes >> elementLog, elementLog, 0, Operands.Offset(i.Op1Register));
        if (i.Op0Kind == OpKind.Memory)
        {
            op->Source = Operands.Offset(i.Op2Register);
            op->Handler = Pointer(&VexMaskedAccess.Store);
            return true;
        }

        op->Destination = Operands.Offset(i.Op0Register);
        op->Handler = Pointer(&VexMaskedAccess.Load);
        return true;
    }

    private bool EmitGather(Op* op, in Instruction i, int indexLog, int elementLog)
    {
        Operands.SetAddress(op, i);
        if (i.MemoryBase == Register.None && i.MemoryDisplSize == 4) op->Detail |= OpDetail.Address32;
        int elements = int.Min(i.Op0Register.GetSize() >> elementLog, i.MemoryIndex.GetSize() >> indexLog);
        op->Destination = Operands.Offset(i.Op0Register);
        op->Immediate = VexMaskedAccess.Pack(elements, elementLog, indexLog, Operands.Offset(i.Op2Register));

        // Two of the three registers being one raises #UD (SDM vol. 2C VGATHERDPS).
        ushort mask = Operands.Offset(i.Op2Register);
        bool distinct = op->Destination != op->Index && op->Destination != mask && op->Index != mask;
        op->Handler = distinct ? Pointer(&VexMaskedAccess.Gather) : Pointer(&SystemHandlers.InvalidOpcode);
        return true;
    }
}

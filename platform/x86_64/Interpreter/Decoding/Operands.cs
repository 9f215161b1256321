using Iced.Intel;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>Which of the address forms a memory operand has.</summary>
internal enum AddressForm
{
    Base,
    Indexed,
    Any,
}

/// <summary>Facts of operands in the terms of <see cref="Op"/>.</summary>
internal static class Operands
{
    /// <summary>The byte offset of a register in <see cref="CpuState"/>.</summary>
    public static ushort Offset(Register register)
    {
        if (register is >= Register.AL and <= Register.BL) return CpuState.GprOffset(register - Register.AL);
        if (register is >= Register.AH and <= Register.BH) return (ushort)(CpuState.GprOffset(register - Register.AH) + 1);
        if (register is >= Register.SPL and <= Register.R15L) return CpuState.GprOffset(register - Register.SPL + 4);
        if (register is >= Register.AX and <= Register.R15W) return CpuState.GprOffset(register - Register.AX);
        if (register is >= Register.EAX and <= Register.R15D) return CpuState.GprOffset(register - Register.EAX);
        if (register is >= Register.RAX and <= Register.R15) return CpuState.GprOffset(register - Register.RAX);
        if (register is >= Register.XMM0 and <= Register.XMM15) return CpuState.XmmOffset(register - Register.XMM0);
        if (register is >= Register.YMM0 and <= Register.YMM15) return CpuState.XmmOffset(register - Register.YMM0);
        throw new ArgumentOutOfRangeException(nameof(register), register, "No general register.");
    }

    /// <summary>The size of a general register: 0 for 8 bits … 3 for 64 bits.</summary>
    public static int Log(Register register) => register switch
    {
        <= Register.R15L => 0,
        <= Register.R15W => 1,
        <= Register.R15D => 2,
        _ => 3,
    };

    /// <summary>The size of operand 0, or of operand 1 when the first is an immediate.</summary>
    public static int LogOf(in Instruction i, int operand = 0) =>
        i.GetOpKind(operand) == OpKind.Register ? Log(i.GetOpRegister(operand)) : LogOfBytes(i.MemorySize.GetSize());

    public static int LogOfBytes(int bytes) => bytes switch { 1 => 0, 2 => 1, 4 => 2, _ => 3 };

    /// <summary>Fills in the address of the instruction's memory operand.</summary>
    public static unsafe AddressForm SetAddress(Op* op, in Instruction i)
    {
        Register baseRegister = i.MemoryBase;
        Register index = i.MemoryIndex;
        op->Displacement = (long)i.MemoryDisplacement64;
        bool any = false;
        if (baseRegister is Register.RIP or Register.EIP)
        {
            if (baseRegister == Register.EIP) op->Displacement = (uint)op->Displacement;
        }
        else if (baseRegister != Register.None)
        {
            op->Base = Offset(baseRegister);
            if (Log(baseRegister) == 2) any = true;
        }

        if (index != Register.None)
        {
            op->Index = Offset(index);
            op->Scale = (byte)i.MemoryIndexScale;
            if (Log(index) == 2) any = true;
        }

        if (any) op->Detail |= OpDetail.Address32;
        switch (i.MemorySegment)
        {
            case Register.FS:
                op->Segment = SegmentOf(Register.FS);
                any = true;
                break;
            case Register.GS:
                op->Segment = SegmentOf(Register.GS);
                any = true;
                break;
            case Register.SS:
                op->Detail |= OpDetail.StackSegment;
                break;
        }

        if (any) return AddressForm.Any;
        return index == Register.None ? AddressForm.Base : AddressForm.Indexed;
    }

    /// <summary>The place of a segment's base in units of eight bytes.</summary>
    public static byte SegmentOf(Register segment) => segment switch
    {
        Register.FS => StateLayout.FsBase / 8,
        Register.GS => (StateLayout.FsBase / 8) + 1,
        _ => CpuState.ZeroOffset / 8,
    };
}

using Iced.Intel;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>String instructions.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitString(Op* op, in Instruction i)
    {
        int log;
        switch (i.Code)
        {
            case Code.Movsb_m8_m8 or Code.Stosb_m8_AL or Code.Lodsb_AL_m8 or Code.Scasb_AL_m8 or Code.Cmpsb_m8_m8: log = 0; break;
            case Code.Movsw_m16_m16 or Code.Stosw_m16_AX or Code.Lodsw_AX_m16 or Code.Scasw_AX_m16 or Code.Cmpsw_m16_m16: log = 1; break;
            case Code.Movsd_m32_m32 or Code.Stosd_m32_EAX or Code.Lodsd_EAX_m32 or Code.Scasd_EAX_m32 or Code.Cmpsd_m32_m32: log = 2; break;
            case Code.Movsq_m64_m64 or Code.Stosq_m64_RAX or Code.Lodsq_RAX_m64 or Code.Scasq_RAX_m64 or Code.Cmpsq_m64_m64: log = 3; break;
            default: return false;
        }

        bool compares = i.Mnemonic is Mnemonic.Scasb or Mnemonic.Scasw or Mnemonic.Scasd or Mnemonic.Scasq
            or Mnemonic.Cmpsb or Mnemonic.Cmpsw or Mnemonic.Cmpsd or Mnemonic.Cmpsq;
        if (i.HasRepePrefix) op->Detail |= compares ? StringHandlers.WhileEqual : StringHandlers.Repeat;
        else if (i.HasRepnePrefix) op->Detail |= compares ? StringHandlers.WhileNotEqual : StringHandlers.Repeat;
        for (int operand = 0; operand < i.OpCount; operand++)
        {
            OpKind kind = i.GetOpKind(operand);
            if (kind is OpKind.MemorySegESI or OpKind.MemoryESEDI) op->Detail |= OpDetail.Address32;
            if (kind is OpKind.MemorySegESI or OpKind.MemorySegRSI) op->Segment = Operands.SegmentOf(i.MemorySegment);
        }

        op->Handler = log switch
        {
            0 => BindString<Size8>(i),
            1 => BindString<Size16>(i),
            2 => BindString<Size32>(i),
            _ => BindString<Size64>(i),
        };
        return true;
    }

    private static nint BindString<TSize>(in Instruction i)
        where TSize : struct, IOperandSize
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Movsb or Mnemonic.Movsw or Mnemonic.Movsd or Mnemonic.Movsq: return Pointer(&StringHandlers.Movs<TSize>);
            case Mnemonic.Stosb or Mnemonic.Stosw or Mnemonic.Stosd or Mnemonic.Stosq: return Pointer(&StringHandlers.Stos<TSize>);
            case Mnemonic.Lodsb or Mnemonic.Lodsw or Mnemonic.Lodsd or Mnemonic.Lodsq: return Pointer(&StringHandlers.Lods<TSize>);
            case Mnemonic.Scasb or Mnemonic.Scasw or Mnemonic.Scasd or Mnemonic.Scasq: return Pointer(&StringHandlers.Scas<TSize>);
            default: return Pointer(&StringHandlers.Cmps<TSize>);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;
using Kpio.Platform.X64.Interpreter.Handlers;
using Kpio.Platform.X64.Interpreter.Simd;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>MMX and SSE: which handler, by the kinds of the operands.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private bool EmitSimd(Op* op, in Instruction i)
    {
        if (i.IsStringInstruction) return false;
        switch (i.Mnemonic)
        {
            case Mnemonic.Movnti:
                op->Source = Operands.Offset(i.Op1Register);
                op->Handler = i.Code == Code.Movnti_m64_r64
                    ? Memory.Write<Store<Size64>>(AddressOf(op, i))
                    : Memory.Write<Store<Size32>>(AddressOf(op, i));
                return true;
            case Mnemonic.Emms:
                op->Handler = Pointer(&SimdGeneralHandlers.LeaveMmx);
                return true;
            case Mnemonic.Maskmovq or Mnemonic.Maskmovdqu:
                EmitMaskedStore(op, i);
                return true;
        }

        if (i.OpCount == 0) return false;
        if (EmitSimdMove(op, i) || EmitSimdElement(op, i)) return true;

        delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function = SimdBindings.Find(i);
        bool mayRaise = function == null;
        if (mayRaise) function = SseFloatBindings.Find(i);
        if (function == null) return false;
        EmitSimdOperation(op, i, function, mayRaise);
        return true;
    }

    private void EmitSimdOperation(Op* op, in Instruction i, delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, bool mayRaise)
    {
        byte immediate = i.GetOpKind(i.OpCount - 1) == OpKind.Immediate8 ? i.Immediate8 : (byte)0;
        op->Immediate = SimdOperation.Pack(function, immediate);
        bool memory = i.Op1Kind == OpKind.Memory;
        if (i.Op0Kind == OpKind.Register && i.Op0Register.IsXMM() && (memory || i.Op1Kind == OpKind.Immediate8 || i.Op1Register.IsXMM()))
        {
            op->Destination = Operands.Offset(i.Op0Register);
            if (memory && !TouchesMmx(i))
            {
                op->Handler = BindSimdMemory(AddressOf(op, i), i, mayRaise);
                return;
            }

            if (!memory)
            {
                if (i.Op1Kind == OpKind.Register) op->Source = Operands.Offset(i.Op1Register);
                op->Handler = mayRaise ? Pointer(&SimdHandlers.RegistersChecked) : Pointer(&SimdHandlers.Registers);
                return;
            }
        }

        if (i.Op1Kind == OpKind.Register && !TouchesMmx(i) && EmitSimdGeneral(op, i)) return;

        int log = 4;
        SimdOperandKind destination = SetSimdOperand(op, i, 0, ref op->Destination, ref log);
        SimdOperandKind source = SetSimdOperand(op, i, 1, ref op->Source, ref log);
        op->Detail |= (ushort)((int)source | ((int)destination << SimdDetail.DestinationShift) | (log << SimdDetail.SizeShift));
        if (log == 4) op->Detail |= SimdDetail.Aligned;
        if (TouchesMmx(i)) op->Detail |= SimdDetail.Mmx;
        op->Handler = Pointer(&SimdGeneralHandlers.Any);
    }

    /// <summary>An XMM register and a general one. Not CRC32, which has two general ones.</summary>
    private bool EmitSimdGeneral(Op* op, in Instruction i)
    {
        bool to = i.Op1Register.IsXMM();
        if (to == i.Op0Register.IsXMM()) return false;
        op->Destination = Operands.Offset(i.Op0Register);
        op->Source = Operands.Offset(i.Op1Register);
        if (to) op->Handler = i.Mnemonic == Mnemonic.Pmovmskb ? Pointer(&SimdHandlers.MaskOfBytes) : Pointer(&SimdHandlers.ToGeneral);
        else op->Handler = Operands.Log(i.Op1Register) == 2 ? Pointer(&SimdHandlers.FromGeneral<Size32>) : Pointer(&SimdHandlers.FromGeneral<Size64>);
        return true;
    }

    /// <summary>Fills in an operand of <see cref="SimdGeneralHandlers.Any"/>; <paramref name="log"/> becomes the size of a memory or general one.</summary>
    private static SimdOperandKind SetSimdOperand(Op* op, in Instruction i, int operand, ref ushort offset, ref int log)
    {
        if (i.GetOpKind(operand) == OpKind.Memory)
        {
            Operands.SetAddress(op, i);
            log = i.MemorySize.GetSize() == 16 ? 4 : Operands.LogOfBytes(i.MemorySize.GetSize());
            return SimdOperandKind.Memory;
        }

        if (i.GetOpKind(operand) != OpKind.Register) return SimdOperandKind.Xmm;
        Register register = i.GetOpRegister(operand);
        if (register.IsMM())
        {
            offset = SimdGeneralHandlers.MmxOffset(register - Register.MM0);
            return SimdOperandKind.Mmx;
        }

        offset = Operands.Offset(register);
        if (register.IsXMM()) return SimdOperandKind.Xmm;
        log = Operands.Log(register);
        return SimdOperandKind.General;
    }

    /// <summary>Whether the instruction is one that turns the x87 registers into MMX ones.</summary>
    private static bool TouchesMmx(in Instruction i)
        => i.Op0Register.IsMM() || i.Op1Register.IsMM() || i.Code == Code.Cvtpi2ps_xmm_mmm64;

    private void EmitMaskedStore(Op* op, in Instruction i)
    {
        bool mmx = i.Mnemonic == Mnemonic.Maskmovq;
        op->Destination = mmx ? SimdGeneralHandlers.MmxOffset(i.Op1Register - Register.MM0) : Operands.Offset(i.Op1Register);
        op->Source = mmx ? SimdGeneralHandlers.MmxOffset(i.Op2Register - Register.MM0) : Operands.Offset(i.Op2Register);
        op->Base = Operands.Offset(Register.RDI);
        op->Segment = Operands.SegmentOf(i.SegmentPrefix);
        if (mmx) op->Detail |= SimdDetail.Mmx;
        if (i.Op0Kind == OpKind.MemorySegEDI) op->Detail |= OpDetail.Address32;
        op->Handler = Pointer(&SimdGeneralHandlers.MaskedStore);
    }

    // ---- moves of whole registers and of their low parts ----

    private bool EmitSimdMove(Op* op, in Instruction i)
    {
        switch (i.Code)
        {
            case Code.Movaps_xmm_xmmm128 or Code.Movapd_xmm_xmmm128 or Code.Movdqa_xmm_xmmm128 or Code.Movntdqa_xmm_m128
                or Code.Movups_xmm_xmmm128 or Code.Movupd_xmm_xmmm128 or Code.Movdqu_xmm_xmmm128 or Code.Lddqu_xmm_m128:
                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = i.Op1Kind == OpKind.Memory
                    ? IsUnaligned(i) ? BindSimdLoad<UnalignedSource>(op, i) : BindSimdLoad<AlignedSource>(op, i)
                    : BindSimdMove(op, i);
                return true;
            case Code.Movaps_xmmm128_xmm or Code.Movapd_xmmm128_xmm or Code.Movdqa_xmmm128_xmm or Code.Movntps_m128_xmm or Code.Movntpd_m128_xmm
                or Code.Movntdq_m128_xmm or Code.Movups_xmmm128_xmm or Code.Movupd_xmmm128_xmm or Code.Movdqu_xmmm128_xmm:
                op->Source = Operands.Offset(i.Op1Register);
                if (i.Op0Kind == OpKind.Memory)
                {
                    op->Handler = IsUnaligned(i) ? BindSimdStore<UnalignedSource>(op, i) : BindSimdStore<AlignedSource>(op, i);
                    return true;
                }

                op->Destination = Operands.Offset(i.Op0Register);
                op->Handler = BindSimdMove(op, i);
                return true;
            case Code.Movss_xmm_xmmm32 or Code.Movss_xmmm32_xmm:
                return EmitSimdScalar<Size32>(op, i, extends: false);
            case Code.Movsd_xmm_xmmm64 or Code.Movsd_xmmm64_xmm:
                return EmitSimdScalar<Size64>(op, i, extends: false);
            case Code.Movd_xmm_rm32 or Code.Movd_rm32_xmm:
                return EmitSimdScalar<Size32>(op, i, extends: true);
            case Code.Movq_xmm_rm64 or Code.Movq_rm64_xmm or Code.Movq_xmm_xmmm64 or Code.Movq_xmmm64_xmm:
                return EmitSimdScalar<Size64>(op, i, extends: true);
            default:
                return false;
        }
    }

    private static bool IsUnaligned(in Instruction i) => i.Mnemonic is Mnemonic.Movups or Mnemonic.Movupd or Mnemonic.Movdqu or Mnemonic.Lddqu;

    private nint BindSimdMove(Op* op, in Instruction i)
    {
        op->Source = Operands.Offset(i.Op1Register);
        return Pointer(&SimdHandlers.Move);
    }

    /// <summary>A move of 4 or 8 bytes. From memory the rest of the register is cleared; between registers as the instruction says.</summary>
    private bool EmitSimdScalar<TSize>(Op* op, in Instruction i, bool extends)
        where TSize : struct, IOperandSize
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            op->Source = Operands.Offset(i.Op1Register);
            op->Handler = Memory.Write<Store<TSize>>(AddressOf(op, i));
            return true;
        }

        op->Destination = Operands.Offset(i.Op0Register);
        if (i.Op1Kind == OpKind.Memory)
        {
            op->Handler = BindSimdLoad<NarrowSource<TSize>>(op, i);
            return true;
        }

        op->Source = Operands.Offset(i.Op1Register);
        if (!i.Op0Register.IsXMM()) op->Handler = Pointer(&MoveHandlers.RegisterRegister<TSize>);
        else op->Handler = extends ? Pointer(&SimdHandlers.MoveExtended<TSize>) : Pointer(&SimdHandlers.MovePart<TSize>);
        return true;
    }

    // ---- moves of single elements: to the engine an element of an XMM register is a register of its own ----

    private bool EmitSimdElement(Op* op, in Instruction i)
    {
        if (TouchesMmx(i)) return false;
        int element = i.GetOpKind(i.OpCount - 1) == OpKind.Immediate8 ? i.Immediate8 : 0;
        switch (i.Mnemonic)
        {
            case Mnemonic.Movlps or Mnemonic.Movlpd:
                return EmitSimdPart<Size64, Size64>(op, i, 0);
            case Mnemonic.Movhps or Mnemonic.Movhpd:
                return EmitSimdPart<Size64, Size64>(op, i, 8);
            case Mnemonic.Movlhps or Mnemonic.Movhlps:
                bool high = i.Mnemonic == Mnemonic.Movhlps;
                op->Destination = (ushort)(Operands.Offset(i.Op0Register) + (high ? 0 : 8));
                op->Source = (ushort)(Operands.Offset(i.Op1Register) + (high ? 8 : 0));
                op->Handler = Pointer(&SimdHandlers.MovePart<Size64>);
                return true;
            case Mnemonic.Pinsrb or Mnemonic.Pextrb:
                return EmitSimdPart<Size8, Size32>(op, i, element & 15);
            case Mnemonic.Pinsrw or Mnemonic.Pextrw:
                return EmitSimdPart<Size16, Size32>(op, i, (element & 7) * 2);
            case Mnemonic.Pinsrd or Mnemonic.Pextrd or Mnemonic.Extractps:
                return EmitSimdPart<Size32, Size32>(op, i, (element & 3) * 4);
            case Mnemonic.Pinsrq or Mnemonic.Pextrq:
                return EmitSimdPart<Size64, Size64>(op, i, (element & 1) * 8);
            default:
                return false;
        }
    }

    /// <summary>Moves an element of an XMM register, <paramref name="place"/> bytes into it; a general register gets it as <typeparamref name="TWide"/>.</summary>
    private bool EmitSimdPart<TSize, TWide>(Op* op, in Instruction i, int place)
        where TSize : struct, IOperandSize
        where TWide : struct, IOperandSize
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            op->Source = (ushort)(Operands.Offset(i.Op1Register) + place);
            op->Handler = Memory.Write<Store<TSize>>(AddressOf(op, i));
            return true;
        }

        if (!i.Op0Register.IsXMM())
        {
            op->Destination = Operands.Offset(i.Op0Register);
            op->Source = (ushort)(Operands.Offset(i.Op1Register) + place);
            op->Handler = Pointer(&MoveHandlers.ZeroExtend<TSize, TWide>);
            return true;
        }

        op->Destination = (ushort)(Operands.Offset(i.Op0Register) + place);
        if (i.Op1Kind == OpKind.Memory)
        {
            op->Handler = BindSimdInsert<TSize>(AddressOf(op, i));
            return true;
        }

        op->Source = Operands.Offset(i.Op1Register);
        op->Handler = Pointer(&SimdHandlers.MovePart<TSize>);
        return true;
    }

    private static nint BindSimdInsert<TSize>(AddressForm form)
        where TSize : struct, IOperandSize => Memory.Read<LoadPart<TSize>>(form);

    // ---- handlers by address form ----

    private nint BindSimdLoad<TSource>(Op* op, in Instruction i)
        where TSource : struct, ISimdSource => AddressOf(op, i) switch
        {
            AddressForm.Base => BindLoad<TSource, BaseAddress>(),
            AddressForm.Indexed => BindLoad<TSource, IndexedAddress>(),
            _ => BindLoad<TSource, AnyAddress>(),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BindLoad<TSource, TAddress>()
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress => Pointer(&SimdHandlers.Load<TSource, TAddress>);

    private nint BindSimdStore<TSource>(Op* op, in Instruction i)
        where TSource : struct, ISimdSource => AddressOf(op, i) switch
        {
            AddressForm.Base => BindStore<TSource, BaseAddress>(),
            AddressForm.Indexed => BindStore<TSource, IndexedAddress>(),
            _ => BindStore<TSource, AnyAddress>(),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BindStore<TSource, TAddress>()
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress => Pointer(&SimdHandlers.Store<TSource, TAddress>);

    private static nint BindSimdMemory(AddressForm form, in Instruction i, bool mayRaise) => i.MemorySize.GetSize() switch
    {
        2 => BindSimdMemory<NarrowSource<Size16>>(form, mayRaise),
        4 => BindSimdMemory<NarrowSource<Size32>>(form, mayRaise),
        8 => BindSimdMemory<NarrowSource<Size64>>(form, mayRaise),
        _ when i.Mnemonic is Mnemonic.Pcmpestri or Mnemonic.Pcmpestrm or Mnemonic.Pcmpestri64 or Mnemonic.Pcmpestrm64 or Mnemonic.Pcmpistri or Mnemonic.Pcmpistrm
            // AMD's processors want no alignment of SHA.
            or (>= Mnemonic.Sha1msg1 and <= Mnemonic.Sha256rnds2)
            => BindSimdMemory<UnalignedSource>(form, mayRaise),
        _ => BindSimdMemory<AlignedSource>(form, mayRaise),
    };

    private static nint BindSimdMemory<TSource>(AddressForm form, bool mayRaise)
        where TSource : struct, ISimdSource
        => mayRaise ? BindSimdMemoryChecked<TSource>(form) : BindSimdMemoryPlain<TSource>(form);

    private static nint BindSimdMemoryPlain<TSource>(AddressForm form)
        where TSource : struct, ISimdSource => form switch
        {
            AddressForm.Base => BindMemory<TSource, BaseAddress>(),
            AddressForm.Indexed => BindMemory<TSource, IndexedAddress>(),
            _ => BindMemory<TSource, AnyAddress>(),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BindMemory<TSource, TAddress>()
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress => Pointer(&SimdHandlers.Memory<TSource, TAddress>);

    private static nint BindSimdMemoryChecked<TSource>(AddressForm form)
        where TSource : struct, ISimdSource => form switch
        {
            AddressForm.Base => BindMemoryChecked<TSource, BaseAddress>(),
            AddressForm.Indexed => BindMemoryChecked<TSource, IndexedAddress>(),
            _ => BindMemoryChecked<TSource, AnyAddress>(),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint BindMemoryChecked<TSource, TAddress>()
        where TSource : struct, ISimdSource
        where TAddress : struct, IAddress => Pointer(&SimdHandlers.MemoryChecked<TSource, TAddress>);
}

using System.Runtime.CompilerServices;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>Which handler an instruction gets: the first switch.</summary>
internal sealed unsafe partial class BlockDecoder
{
    private X64Machine? _machine;

    private void Emit(Op* op, in Instruction i, bool live)
    {
        LazySource lazy = LazySource.Unknown;
        if (i.IsInvalid)
        {
            op->Handler = i.Length == MaxInstructionBytes ? Pointer(&SystemHandlers.GeneralProtection) : Pointer(&SystemHandlers.InvalidOpcode);
            return;
        }

        // In front of anything else: a kind of fault that many instructions share.
        if (i.HasLockPrefix && !IsLockable(i))
        {
            op->Handler = Pointer(&SystemHandlers.InvalidOpcode);
            return;
        }

        switch (i.Mnemonic)
        {
            case Mnemonic.Add: op->Handler = BindAlu<AddOperation>(op, i, live); break;
            case Mnemonic.Or: op->Handler = BindAlu<OrOperation>(op, i, live); lazy = LazySource.Result; break;
            case Mnemonic.Adc: op->Handler = BindAlu<AdcOperation>(op, i, true); break;
            case Mnemonic.Sbb: op->Handler = BindAlu<SbbOperation>(op, i, true); break;
            case Mnemonic.And: op->Handler = BindAlu<AndOperation>(op, i, live); lazy = LazySource.Result; break;
            case Mnemonic.Sub: op->Handler = BindAlu<SubOperation>(op, i, live); lazy = LazySource.Sub; break;
            case Mnemonic.Xor: op->Handler = BindAlu<XorOperation>(op, i, live); lazy = LazySource.Result; break;
            case Mnemonic.Cmp: op->Handler = BindAlu<CmpOperation>(op, i, true); lazy = LazySource.Sub; break;
            case Mnemonic.Test: op->Handler = BindAlu<TestOperation>(op, i, true); lazy = LazySource.Result; break;
            default:
                if (!EmitMove(op, i) && !EmitBranch(op, i) && !EmitArithmetic(op, i, live) && !EmitBits(op, i, live)
                    && !EmitString(op, i) && !EmitSystem(op, i) && !EmitSimd(op, i) && !EmitX87(op, i) && !EmitExtension(op, i))
                    EmitMissing(op, i);
                lazy = i.RflagsModified == RflagsBits.None ? _lazy : LazySource.Unknown;
                break;
        }

        _lazy = lazy;
        if (lazy != LazySource.Unknown && i.RflagsModified != RflagsBits.None) _lazyLog = LogOfAlu(i);
    }

    private int _lazyLog;

    private static int LogOfAlu(in Instruction i) => Operands.LogOf(i);

    private void EmitMissing(Op* op, in Instruction i)
    {
        _machine?.NotImplemented?.Invoke(i.IP, i.ToString());
        op->Handler = Pointer(&SystemHandlers.InvalidOpcode);
    }

    /// <summary>Whether LOCK is allowed: a read-modify-write of memory by one of these (SDM vol. 2A LOCK).</summary>
    internal static bool IsLockable(in Instruction i) =>
        i.Op0Kind == OpKind.Memory
        && i.Mnemonic is Mnemonic.Add or Mnemonic.Adc or Mnemonic.And or Mnemonic.Btc or Mnemonic.Btr or Mnemonic.Bts or Mnemonic.Cmpxchg
            or Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b or Mnemonic.Dec or Mnemonic.Inc or Mnemonic.Neg or Mnemonic.Not or Mnemonic.Or
            or Mnemonic.Sbb or Mnemonic.Sub or Mnemonic.Xor or Mnemonic.Xadd or Mnemonic.Xchg;

    /// <summary>Fills in the address of the instruction's memory operand; the form to choose a handler by.</summary>
    private AddressForm AddressOf(Op* op, in Instruction i)
    {
        AddressForm form = Operands.SetAddress(op, i);
        return Specialises ? form : AddressForm.Any;
    }

    // ---- the two-operand group ----

    private nint BindAlu<TAlu>(Op* op, in Instruction i, bool live)
        where TAlu : struct, IAlu => (Operands.LogOf(i), live) switch
        {
            (0, true) => BindAlu<TAlu, Size8, FlagsLive>(op, i),
            (1, true) => BindAlu<TAlu, Size16, FlagsLive>(op, i),
            (2, true) => BindAlu<TAlu, Size32, FlagsLive>(op, i),
            (_, true) => BindAlu<TAlu, Size64, FlagsLive>(op, i),
            (0, _) => BindAlu<TAlu, Size8, FlagsDead>(op, i),
            (1, _) => BindAlu<TAlu, Size16, FlagsDead>(op, i),
            (2, _) => BindAlu<TAlu, Size32, FlagsDead>(op, i),
            _ => BindAlu<TAlu, Size64, FlagsDead>(op, i),
        };

    private nint BindAlu<TAlu, TSize, TFlags>(Op* op, in Instruction i)
        where TAlu : struct, IAlu
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        if (i.Op0Kind == OpKind.Memory)
        {
            AddressForm form = AddressOf(op, i);
            if (i.Op1Kind == OpKind.Register)
            {
                op->Source = Operands.Offset(i.Op1Register);
                return Memory.ToMemory<TAlu, TSize, TFlags>(form);
            }

            op->Immediate = (long)i.GetImmediate(1);
            return Memory.ImmediateToMemory<TAlu, TSize, TFlags>(form);
        }

        op->Destination = Operands.Offset(i.Op0Register);
        if (i.Op1Kind == OpKind.Memory) return Memory.Read<AluFromMemory<TAlu, TSize, TFlags>>(AddressOf(op, i));
        if (i.Op1Kind == OpKind.Register)
        {
            op->Source = Operands.Offset(i.Op1Register);
            return Pointer(&AluHandlers.RegisterRegister<TAlu, TSize, TFlags>);
        }

        op->Immediate = (long)i.GetImmediate(1);
        return Pointer(&AluHandlers.RegisterImmediate<TAlu, TSize, TFlags>);
    }

    /// <summary>
    /// Handlers by address form. Each method takes the address of few handlers, because precompiled code resolves all of a
    /// method's when it first runs.
    /// </summary>
    private static class Memory
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint ToMemory<TAlu, TSize, TFlags>(AddressForm form)
            where TAlu : struct, IAlu
            where TSize : struct, IOperandSize
            where TFlags : struct, IFlagMode =>
            TAlu.Stores ? Write<AluToMemory<TAlu, TSize, TFlags>>(form) : Read<AluToMemory<TAlu, TSize, TFlags>>(form);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint ImmediateToMemory<TAlu, TSize, TFlags>(AddressForm form)
            where TAlu : struct, IAlu
            where TSize : struct, IOperandSize
            where TFlags : struct, IFlagMode =>
            TAlu.Stores ? Write<AluImmediateToMemory<TAlu, TSize, TFlags>>(form) : Read<AluImmediateToMemory<TAlu, TSize, TFlags>>(form);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Read<TStep>(AddressForm form)
            where TStep : struct, IStep => form switch
            {
                AddressForm.Base => Read<TStep, BaseAddress>(),
                AddressForm.Indexed => Read<TStep, IndexedAddress>(),
                _ => Read<TStep, AnyAddress>(),
            };

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static nint Read<TStep, TAddress>()
            where TStep : struct, IStep
            where TAddress : struct, IAddress => Pointer(&MemoryHandlers.Read<TStep, TAddress>);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Write<TStep>(AddressForm form)
            where TStep : struct, IStep => form switch
            {
                AddressForm.Base => Write<TStep, BaseAddress>(),
                AddressForm.Indexed => Write<TStep, IndexedAddress>(),
                _ => Write<TStep, AnyAddress>(),
            };

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static nint Write<TStep, TAddress>()
            where TStep : struct, IStep
            where TAddress : struct, IAddress => Pointer(&MemoryHandlers.Write<TStep, TAddress>);
    }
}

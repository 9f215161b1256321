using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// Makes cases of an instruction form: operands from its description in Iced, registers and memory so that addresses mean something.
/// </summary>
internal sealed class CaseMaker(OperandValues values)
{
    private static readonly Register[] s_bytes =
    [
        Register.AL, Register.CL, Register.DL, Register.BL, Register.AH, Register.CH, Register.DH, Register.BH, Register.SPL, Register.BPL, Register.SIL,
        Register.DIL, Register.R8L, Register.R9L, Register.R10L, Register.R11L, Register.R12L, Register.R13L, Register.R14L, Register.R15L,
    ];

    /// <summary>Addresses where nothing can be executed: unmapped, the kernel's, not canonical.</summary>
    private static readonly ulong[] s_unmappedTargets = [0, 8, OracleMemory.Data - 8, OracleMemory.Data, 0x7FFF_FFFE_FFF0, 0x8000_0000_0000, 0x8000_0000_0000_0000, 0x8123_4567_89AB_CDEF, 0xFFFF_8000_0000_0000, ulong.MaxValue];

    private static readonly Register[] s_stringPointers = [Register.RSI, Register.RDI];

    /// <summary>Whether every kind of operand that a form has is one that cases can be made of.</summary>
    public static bool CanMake(Code code)
    {
        OpCodeInfo form = code.ToOpCode();
        return Enumerable.Range(0, form.OpCount).All(i => form.GetOpKind(i) is not (OpCodeOperandKind.mem_mib or OpCodeOperandKind.mem_vsib32z or OpCodeOperandKind.mem_vsib64z
            or OpCodeOperandKind.k_reg or OpCodeOperandKind.kp1_reg or OpCodeOperandKind.k_rm or OpCodeOperandKind.k_vvvv or OpCodeOperandKind.k_or_mem
            or OpCodeOperandKind.sibmem or OpCodeOperandKind.tmm_reg or OpCodeOperandKind.tmm_rm or OpCodeOperandKind.tmm_vvvv or OpCodeOperandKind.imm4_m2z
            or OpCodeOperandKind.brdisp_2 or OpCodeOperandKind.brdisp_4
            or OpCodeOperandKind.r16_reg_mem or OpCodeOperandKind.r32_reg_mem or OpCodeOperandKind.r64_reg_mem or OpCodeOperandKind.bnd_reg or OpCodeOperandKind.bnd_or_mem_mpx or OpCodeOperandKind.xbegin_2 or OpCodeOperandKind.xbegin_4));
    }

    /// <summary>A case of <paramref name="code"/>; some choices of operands cannot be encoded, and others are made.</summary>
    public FormCase Make(Code code)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            if (TryMake(code) is { } made) return made;
        }

        throw new InvalidOperationException($"No operands were found for {code}.");
    }

    /// <summary>
    /// An instruction for a sequence: its memory operand, if it has one, is a place in the data relative to <paramref name="pointer"/>,
    /// aligned for every access. Null when the choice of operands came to nothing.
    /// </summary>
    public Instruction? MakeForSequence(Code code, Register pointer)
    {
        OpCodeInfo form = code.ToOpCode();
        var instruction = new Instruction { Code = code };
        for (int i = 0; i < form.OpCount; i++)
        {
            OpCodeOperandKind kind = form.GetOpKind(i);
            if (kind == OpCodeOperandKind.mem || (IsRegisterOrMemory(kind) && values.Chance(35)))
            {
                instruction.SetOpKind(i, OpKind.Memory);
                instruction.MemoryBase = pointer;
                instruction.MemoryDisplacement64 = (ulong)(values.Next(-4, 4) * 32);
                instruction.MemoryDisplSize = 1;
            }
            else if (!SetOperand(ref instruction, i, kind, narrowAddress: false))
            {
                return null;
            }
        }

        if (form.CanUseLockPrefix && instruction.Op0Kind == OpKind.Memory && values.Chance(10)) instruction.HasLockPrefix = true;
        return instruction;
    }

    /// <summary>Registers and data for a sequence.</summary>
    public ProcessorSnapshot MakeRegisters(ulong rip)
    {
        var made = new ProcessorSnapshot { Rip = rip };
        FillRegisters(ref made, new Instruction { Code = Code.Nopd });
        return made;
    }

    private FormCase? TryMake(Code code)
    {
        OpCodeInfo form = code.ToOpCode();
        var instruction = new Instruction { Code = code };
        bool narrowAddress = values.Chance(8);
        bool hasMemory = false;
        for (int i = 0; i < form.OpCount; i++)
        {
            OpCodeOperandKind kind = form.GetOpKind(i);
            bool memory = kind == OpCodeOperandKind.mem || IsGather(kind) || (IsRegisterOrMemory(kind) && values.Chance(60));
            if (memory)
            {
                instruction.SetOpKind(i, OpKind.Memory);
                hasMemory = true;
            }
            else if (!SetOperand(ref instruction, i, kind, narrowAddress))
            {
                return null;
            }
        }

        if (instruction.IsStringInstruction) SetRepeat(ref instruction);
        ulong rip = OracleMemory.Entry;
        if (values.Chance(10)) rip = OracleMemory.Code + 0x1000 - (ulong)values.Next(1, 8);

        var made = new ProcessorSnapshot();
        FillRegisters(ref made, instruction);
        if (code.CpuidFeatures().Contains(CpuidFeature.FMA) && values.Chance(40)) MakeCancelling(instruction, ref made);
        ulong address = 0;
        if (hasMemory)
        {
            address = ChooseAddress(instruction);
            bool gathers = form.OpCount > 1 && IsGather(form.GetOpKind(1));
            if (gathers) SetGather(ref instruction, ref made, address, form.GetOpKind(1), narrowAddress);
            else if (!SetAddress(ref instruction, ref made, address, narrowAddress)) return null;
            if (form.CanUseLockPrefix && instruction.Op0Kind == OpKind.Memory && values.Chance(25)) instruction.HasLockPrefix = true;
        }

        var writer = new ByteList();
        var encoder = Encoder.Create(64, writer);
        if (!encoder.TryEncode(instruction, rip, out _, out _)) return null;

        if (IsUndefined(instruction, made)) return null;
        made.Rip = rip;
        var result = new FormCase { Instruction = instruction, Bytes = writer.ToArray(), Input = made, Address = address };
        FillMemory(result, address);
        Constrain(result);
        result.UndefinedFlags = UndefinedFlags(result);
        return result;
    }

    /// <summary>Double shifts by more than the operand's width have no defined result.</summary>
    private static unsafe bool IsUndefined(in Instruction instruction, in ProcessorSnapshot registers)
    {
        if (instruction.Code is Code.Shld_rm16_r16_imm8 or Code.Shrd_rm16_r16_imm8) return (instruction.Immediate8 & 31) > 16;
        return instruction.Code is Code.Shld_rm16_r16_CL or Code.Shrd_rm16_r16_CL && (registers.Gpr[Number(Register.RCX)] & 31) > 16;
    }

    private static bool IsRegisterOrMemory(OpCodeOperandKind kind) => kind
        is OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r64_or_mem
        or OpCodeOperandKind.mm_or_mem or OpCodeOperandKind.xmm_or_mem or OpCodeOperandKind.ymm_or_mem;

    private static bool IsGather(OpCodeOperandKind kind) => kind
        is OpCodeOperandKind.mem_vsib32x or OpCodeOperandKind.mem_vsib64x or OpCodeOperandKind.mem_vsib32y or OpCodeOperandKind.mem_vsib64y;

    private bool SetOperand(ref Instruction instruction, int index, OpCodeOperandKind kind, bool narrowAddress)
    {
        switch (kind)
        {
            case OpCodeOperandKind.r8_reg or OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r8_opcode:
                return SetRegister(ref instruction, index, values.Pick<Register>(s_bytes));
            case OpCodeOperandKind.r16_reg or OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r16_opcode or OpCodeOperandKind.r16_rm:
                return SetRegister(ref instruction, index, Register.AX + values.Next(16));
            case OpCodeOperandKind.r32_reg or OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r32_opcode or OpCodeOperandKind.r32_rm or OpCodeOperandKind.r32_vvvv:
                return SetRegister(ref instruction, index, Register.EAX + values.Next(16));
            case OpCodeOperandKind.r64_reg or OpCodeOperandKind.r64_or_mem or OpCodeOperandKind.r64_opcode or OpCodeOperandKind.r64_rm or OpCodeOperandKind.r64_vvvv:
                return SetRegister(ref instruction, index, Choose64(instruction, index));
            case OpCodeOperandKind.ymm_reg or OpCodeOperandKind.ymm_or_mem or OpCodeOperandKind.ymm_rm or OpCodeOperandKind.ymm_vvvv or OpCodeOperandKind.ymm_is4:
                return SetRegister(ref instruction, index, Register.YMM0 + values.Next(16));
            case OpCodeOperandKind.xmm_reg or OpCodeOperandKind.xmm_or_mem or OpCodeOperandKind.xmm_rm or OpCodeOperandKind.xmm_vvvv or OpCodeOperandKind.xmm_is4:
                return SetRegister(ref instruction, index, Register.XMM0 + values.Next(16));
            case OpCodeOperandKind.mm_reg or OpCodeOperandKind.mm_or_mem or OpCodeOperandKind.mm_rm:
                return SetRegister(ref instruction, index, Register.MM0 + values.Next(8));
            case OpCodeOperandKind.sti_opcode:
                return SetRegister(ref instruction, index, Register.ST0 + values.Next(8));
            case OpCodeOperandKind.st0:
                return SetRegister(ref instruction, index, Register.ST0);
            case OpCodeOperandKind.al:
                return SetRegister(ref instruction, index, Register.AL);
            case OpCodeOperandKind.cl:
                return SetRegister(ref instruction, index, Register.CL);
            case OpCodeOperandKind.ax:
                return SetRegister(ref instruction, index, Register.AX);
            case OpCodeOperandKind.dx:
                return SetRegister(ref instruction, index, Register.DX);
            case OpCodeOperandKind.eax:
                return SetRegister(ref instruction, index, Register.EAX);
            case OpCodeOperandKind.rax:
                return SetRegister(ref instruction, index, Register.RAX);
            case OpCodeOperandKind.fs:
                return SetRegister(ref instruction, index, Register.FS);
            case OpCodeOperandKind.gs:
                return SetRegister(ref instruction, index, Register.GS);
            case OpCodeOperandKind.seg_reg:
                return SetRegister(ref instruction, index, Register.ES + values.Next(6));
            case OpCodeOperandKind.cr_reg:
                return SetRegister(ref instruction, index, values.Pick<Register>([Register.CR0, Register.CR2, Register.CR3, Register.CR4, Register.CR8]));
            case OpCodeOperandKind.dr_reg:
                return SetRegister(ref instruction, index, Register.DR0 + values.Next(4));
            case OpCodeOperandKind.imm8_const_1:
                return SetImmediate(ref instruction, index, OpKind.Immediate8, 1);
            case OpCodeOperandKind.imm8:
                bool isSecond = index > 0 && instruction.GetOpKind(index - 1) is OpKind.Immediate8 or OpKind.Immediate16;
                return SetImmediate(ref instruction, index, isSecond ? OpKind.Immediate8_2nd : OpKind.Immediate8, (byte)(values.Chance(40) ? (ulong)values.Next(66) : values.Integer()));
            case OpCodeOperandKind.imm8sex16:
                return SetImmediate(ref instruction, index, OpKind.Immediate8to16, (ushort)(sbyte)values.Integer());
            case OpCodeOperandKind.imm8sex32:
                return SetImmediate(ref instruction, index, OpKind.Immediate8to32, (uint)(sbyte)values.Integer());
            case OpCodeOperandKind.imm8sex64:
                return SetImmediate(ref instruction, index, OpKind.Immediate8to64, (ulong)(sbyte)values.Integer());
            case OpCodeOperandKind.imm16:
                return SetImmediate(ref instruction, index, OpKind.Immediate16, (ushort)values.Integer());
            case OpCodeOperandKind.imm32:
                return SetImmediate(ref instruction, index, OpKind.Immediate32, (uint)values.Integer());
            case OpCodeOperandKind.imm32sex64:
                return SetImmediate(ref instruction, index, OpKind.Immediate32to64, (ulong)(int)values.Integer());
            case OpCodeOperandKind.imm64:
                return SetImmediate(ref instruction, index, OpKind.Immediate64, values.Integer());
            case OpCodeOperandKind.br64_1:
                return SetBranch(ref instruction, index, OracleMemory.Entry + (ulong)(values.Chance(50) ? values.Next(-100, -16) : values.Next(16, 100)));
            case OpCodeOperandKind.br64_4:
                return SetBranch(ref instruction, index, OracleMemory.Code + (ulong)values.Next(0xF00));
            case OpCodeOperandKind.br16_1:
                instruction.SetOpKind(index, OpKind.NearBranch16);
                instruction.NearBranch16 = (ushort)(OracleMemory.Entry + (ulong)values.Next(-100, 100));
                return true;
            case OpCodeOperandKind.br16_2:
                instruction.SetOpKind(index, OpKind.NearBranch16);
                instruction.NearBranch16 = (ushort)values.Integer();
                return true;
            case OpCodeOperandKind.mem_offs:
                instruction.SetOpKind(index, OpKind.Memory);
                instruction.MemoryDisplSize = narrowAddress ? 4 : 8;
                instruction.MemoryDisplacement64 = ChooseAddress(instruction);
                return true;
            case OpCodeOperandKind.seg_rSI:
                instruction.SetOpKind(index, narrowAddress ? OpKind.MemorySegESI : OpKind.MemorySegRSI);
                return true;
            case OpCodeOperandKind.es_rDI:
                instruction.SetOpKind(index, narrowAddress ? OpKind.MemoryESEDI : OpKind.MemoryESRDI);
                return true;
            case OpCodeOperandKind.seg_rDI:
                instruction.SetOpKind(index, narrowAddress ? OpKind.MemorySegEDI : OpKind.MemorySegRDI);
                return true;
            case OpCodeOperandKind.seg_rBX_al:
                instruction.SetOpKind(index, OpKind.Memory);
                instruction.MemoryBase = narrowAddress ? Register.EBX : Register.RBX;
                instruction.MemoryIndex = Register.AL;
                return true;
            default:
                throw new NotSupportedException($"{instruction.Code} has an operand of kind {kind}, which the oracle cannot make.");
        }
    }

    /// <summary>
    /// A 64-bit register; RSP only where the instruction does not compute it. A host that is interrupted while RSP is not canonical
    /// may not get back.
    /// </summary>
    private Register Choose64(in Instruction instruction, int index)
    {
        Register register = Register.RAX + values.Next(16);
        bool stays = index > 0 ? instruction.Mnemonic is not (Mnemonic.Xchg or Mnemonic.Xadd or Mnemonic.Mulx) : instruction.Mnemonic is Mnemonic.Push or Mnemonic.Pop;
        return register != Register.RSP || stays ? register : Register.RAX;
    }

    private static bool SetRegister(ref Instruction instruction, int index, Register register)
    {
        instruction.SetOpKind(index, OpKind.Register);
        instruction.SetOpRegister(index, register);
        return true;
    }

    private static bool SetImmediate(ref Instruction instruction, int index, OpKind kind, ulong value)
    {
        instruction.SetOpKind(index, kind);
        instruction.SetImmediate(index, value);
        return true;
    }

    private static bool SetBranch(ref Instruction instruction, int index, ulong target)
    {
        instruction.SetOpKind(index, OpKind.NearBranch64);
        instruction.NearBranch64 = target;
        return true;
    }

    private void SetRepeat(ref Instruction instruction)
    {
        switch (values.Next(3))
        {
            case 0:
                instruction.HasRepPrefix = true;
                break;
            case 1 when instruction.Mnemonic is Mnemonic.Cmpsb or Mnemonic.Cmpsw or Mnemonic.Cmpsd or Mnemonic.Cmpsq or Mnemonic.Scasb or Mnemonic.Scasw or Mnemonic.Scasd or Mnemonic.Scasq:
                instruction.HasRepnePrefix = true;
                break;
        }
    }

    private unsafe void FillRegisters(ref ProcessorSnapshot registers, in Instruction instruction)
    {
        for (int i = 0; i < 16; i++) registers.Gpr[i] = values.Integer();
        registers.Gpr[Number(Register.RSP)] = DataPointer();
        if (instruction.Mnemonic is Mnemonic.Leave) registers.Gpr[Number(Register.RBP)] = DataPointer();
        if (instruction.IsStringInstruction || instruction.Mnemonic is Mnemonic.Maskmovdqu or Mnemonic.Maskmovq or Mnemonic.Vmaskmovdqu)
        {
            bool narrow = instruction.Op0Kind is OpKind.MemoryESEDI or OpKind.MemorySegESI or OpKind.MemorySegEDI || instruction.Op1Kind is OpKind.MemorySegESI or OpKind.MemoryESEDI;
            ulong garbage = narrow ? values.Random64() << 32 : 0;
            foreach (Register register in s_stringPointers) registers.Gpr[Number(register)] = DataPointer() | garbage;
            registers.Gpr[Number(Register.RCX)] = (uint)values.Next(6) | garbage;
        }

        if (instruction.Mnemonic is Mnemonic.Xlatb)
        {
            registers.Gpr[Number(Register.RBX)] = DataPointer() - (byte)registers.Gpr[0];
            if (instruction.MemoryBase == Register.EBX) registers.Gpr[Number(Register.RBX)] = (uint)registers.Gpr[Number(Register.RBX)] | (values.Random64() << 32);
        }

        if (instruction.Mnemonic is Mnemonic.Div or Mnemonic.Idiv && values.Chance(70))
        {
            registers.Gpr[Number(Register.RDX)] = values.Chance(50) ? 0 : (ulong)((long)registers.Gpr[0] >> 63);
            if (values.Chance(50)) registers.Gpr[0] = (ulong)(long)(sbyte)registers.Gpr[0];
        }

        registers.Rflags = 0x202UL | (values.Random64() & 0x8D5) | (values.Chance(20) ? 0x400u : 0) | (values.Chance(20) ? 0x20_0000u : 0);
        fixed (byte* fx = registers.Fx) FillFloatingPoint(new Span<byte>(fx, 512), instruction);
        if (!Avx.IsSupported) return;
        fixed (byte* upper = registers.Upper)
        {
            for (int i = 0; i < 16; i++)
            {
                if (values.Chance(85)) values.FillVector(new Span<byte>(upper + (i * 16), 16));
            }
        }
    }

    /// <summary>Makes the addend of a fused multiplication the product's negative, or a few units off.</summary>
    private unsafe void MakeCancelling(in Instruction instruction, ref ProcessorSnapshot registers)
    {
        string name = instruction.Mnemonic.ToString();
        (int left, int right, int addend) = name.Contains("132", StringComparison.Ordinal) ? (0, 2, 1) : name.Contains("213", StringComparison.Ordinal) ? (1, 0, 2) : (1, 2, 0);
        if (instruction.Op2Kind != OpKind.Register) return;
        (left, right, addend) = (Number(instruction.GetOpRegister(left)), Number(instruction.GetOpRegister(right)), Number(instruction.GetOpRegister(addend)));
        fixed (byte* low = registers.Fx, high = registers.Upper)
        {
            foreach (nint half in new[] { (nint)low + 160, (nint)high })
            {
                byte* from = (byte*)half;
                for (int i = 0; i < 2 && name.EndsWith('d'); i++)
                {
                    double product = ((double*)(from + (left * 16)))[i] * ((double*)(from + (right * 16)))[i];
                    ((ulong*)(from + (addend * 16)))[i] = BitConverter.DoubleToUInt64Bits(values.Chance(50) ? product : -product) + (ulong)values.Next(-2, 3);
                }

                for (int i = 0; i < 4 && name.EndsWith('s'); i++)
                {
                    float product = ((float*)(from + (left * 16)))[i] * ((float*)(from + (right * 16)))[i];
                    ((uint*)(from + (addend * 16)))[i] = BitConverter.SingleToUInt32Bits(values.Chance(50) ? product : -product) + (uint)values.Next(-2, 3);
                }
            }
        }
    }

    private void FillFloatingPoint(Span<byte> fx, in Instruction instruction)
    {
        bool x87 = instruction.Code.CpuidFeatures().Any(feature => feature is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387);
        ushort control = 0x037F, status = 0;
        byte tags = 0xFF;
        if (x87 || (values.Chance(20) && !IsMmxConversion(instruction.Mnemonic)))
        {
            control = (ushort)(0x0040u | (values.Chance(90) || IsComparison(instruction) ? 0x3Fu : (uint)values.Next(0x40)) | (values.Pick<uint>([0, 2, 3, 3]) << 8) | ((uint)values.Next(4) << 10));
            status = (ushort)((values.Next(8) << 11) | (values.Next(8) << 8) | (values.Next(2) << 14));

            // Flags of unmasked exceptions are pending ones: the next waiting x87 instruction, or MMX one, raises #MF.
            if ((control & 0x3F) == 0x3F || values.Chance(30)) status |= (ushort)values.Next(0x80);
            if (values.Chance(30)) tags = (byte)values.Next(256);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(fx, control);
        BinaryPrimitives.WriteUInt16LittleEndian(fx[2..], status);
        fx[4] = tags;
        uint mxcsr = 0x1F80;
        if (values.Chance(40)) mxcsr |= (uint)(values.Next(4) << 13) | (uint)values.Next(0x40);
        if (values.Chance(15)) mxcsr |= 0x8000;
        if (values.Chance(15)) mxcsr |= 0x0040;
        if (values.Chance(6)) mxcsr &= ~((uint)values.Next(0x40) << 7);
        BinaryPrimitives.WriteUInt32LittleEndian(fx[24..], mxcsr);

        for (int i = 0; i < 8; i++)
        {
            Span<byte> register = fx.Slice(32 + (i * 16), 10);
            if (x87 || values.Chance(50))
            {
                (ulong significand, ushort signExponent) = values.Extended();
                BinaryPrimitives.WriteUInt64LittleEndian(register, significand);
                BinaryPrimitives.WriteUInt16LittleEndian(register[8..], signExponent);
            }
            else
            {
                values.FillVector(register[..8]);
                register[8..].Fill(0xFF);
            }
        }

        for (int i = 0; i < 16; i++) values.FillVector(fx.Slice(160 + (i * 16), 16));
        if (values.Chance(15)) fx.Slice(160, 16).CopyTo(fx.Slice(176, 16));
        if (values.Chance(30)) BinaryPrimitives.WriteUInt64LittleEndian(fx[(160 + (values.Next(16) * 16))..], (ulong)values.Next(70));
    }

    /// <summary>Unmasked exceptions of x87 comparisons: AMD's processors set the condition codes, Intel's leave them.</summary>
    private static bool IsComparison(in Instruction instruction) => instruction.Mnemonic
        is Mnemonic.Fcom or Mnemonic.Fcomp or Mnemonic.Fcompp or Mnemonic.Fucom or Mnemonic.Fucomp or Mnemonic.Fucompp or Mnemonic.Ficom or Mnemonic.Ficomp
        or Mnemonic.Ftst or Mnemonic.Fcomi or Mnemonic.Fcomip or Mnemonic.Fucomi or Mnemonic.Fucomip;

    /// <summary>Conversions to and from MMX: processors differ in whether one with a memory operand or an exception turns the x87 registers into MMX ones.</summary>
    public static bool IsMmxConversion(Mnemonic mnemonic) => mnemonic
        is Mnemonic.Cvtpi2ps or Mnemonic.Cvtpi2pd or Mnemonic.Cvtps2pi or Mnemonic.Cvttps2pi or Mnemonic.Cvtpd2pi or Mnemonic.Cvttpd2pi;

    private ulong DataPointer() => OracleMemory.DataBorder + (ulong)(values.Next(-24, 25) * (values.Chance(80) ? 8 : 1));

    /// <summary>Mostly within the data, often across the border of its pages, sometimes across its end, for a fault.</summary>
    private ulong ChooseAddress(in Instruction instruction)
    {
        int size = int.Max(OperandSize(instruction), 1);
        ulong alignment = size >= 16 ? (size >= 512 ? 64u : (uint)size) : 1;
        int choice = values.Next(100);
        if (choice < 4) return OracleMemory.Data + OracleMemory.DataLength - (ulong)values.Next(size + 1);
        if (choice < 6) return OracleMemory.Data - (ulong)values.Next(1, size + 1);
        if (choice < 20) return OracleMemory.DataBorder - (ulong)values.Next(size);
        ulong address = OracleMemory.DataBorder + (ulong)values.Next(-700, 100);
        return values.Chance(85) ? address & ~(alignment - 1) : address;
    }

    /// <summary>Chooses a form of address, and registers that give it.</summary>
    private unsafe bool SetAddress(ref Instruction instruction, ref ProcessorSnapshot registers, ulong address, bool narrow)
    {
        if (values.Chance(12))
        {
            instruction.SegmentPrefix = Register.GS;
            address -= OracleMemory.GsBase;
        }

        if (narrow) address = (uint)address;
        Register first = narrow ? Register.EAX : Register.RAX;
        int form = values.Next(10);
        if (form == 0 && instruction.SegmentPrefix == Register.None)
        {
            instruction.MemoryBase = narrow ? Register.EIP : Register.RIP;
            instruction.MemoryDisplacement64 = address;
            instruction.MemoryDisplSize = narrow ? 4 : 8;
            return true;
        }

        if (form == 1)
        {
            instruction.MemoryDisplacement64 = address;
            instruction.MemoryDisplSize = narrow ? 4 : 8;
            return address <= int.MaxValue;
        }

        long displacement = values.Next(3) switch { 0 => 0, 1 => values.Next(-128, 128), _ => (int)values.Random64() };
        int baseNumber = values.Next(16);
        if (values.Chance(10)) baseNumber = Number(Register.RSP);
        int indexNumber = values.Next(16);
        bool hasIndex = values.Chance(40) && indexNumber != Number(Register.RSP) && indexNumber != baseNumber;
        bool hasBase = !hasIndex || values.Chance(85);
        if (IsConstrained(instruction, baseNumber) && hasBase) return false;
        if (IsConstrained(instruction, indexNumber) && hasIndex) return false;

        int scale = 1 << values.Next(4);
        ulong index = 0;
        if (hasIndex)
        {
            // RSP stays canonical, see Choose64.
            if (hasBase && baseNumber == Number(Register.RSP)) registers.Gpr[indexNumber] = (ulong)values.Next(-1000, 1000);
            instruction.MemoryIndex = first + indexNumber;
            instruction.MemoryIndexScale = scale;
            if (!hasBase)
            {
                displacement = (int)values.Random64() & 0x0FFF_FFFF;
                index = address - (ulong)displacement;
                displacement += (long)(index & ((ulong)scale - 1));
                index = narrow ? (uint)(address - (ulong)displacement) / (uint)scale : (ulong)((long)(address - (ulong)displacement) / scale);
                registers.Gpr[indexNumber] = index;
            }
            else
            {
                index = registers.Gpr[indexNumber];
            }
        }

        if (hasBase)
        {
            instruction.MemoryBase = first + baseNumber;
            ulong value = address - (ulong)displacement - (index * (ulong)scale);

            // The kernel would take the signal stack for in use, and the process for lost.
            if (baseNumber == Number(Register.RSP) && value - OracleMemory.Control < OracleMemory.ControlLength) return false;
            registers.Gpr[baseNumber] = !narrow ? value : (uint)value | (baseNumber == Number(Register.RSP) ? 0 : values.Random64() << 32);
        }

        instruction.MemoryDisplacement64 = narrow ? (uint)displacement : (ulong)displacement;
        instruction.MemoryDisplSize = displacement == 0 && hasBase ? 0 : displacement is >= -128 and < 128 && hasBase ? 1 : narrow ? 4 : 8;
        return true;
    }

    /// <summary>An address with a vector of indices, most of which lead into the data.</summary>
    private unsafe void SetGather(ref Instruction instruction, ref ProcessorSnapshot registers, ulong address, OpCodeOperandKind kind, bool narrow)
    {
        int scale = 1 << values.Next(4), baseNumber = values.Next(16), index = values.Next(16);
        bool isWide = kind is OpCodeOperandKind.mem_vsib32y or OpCodeOperandKind.mem_vsib64y;
        bool has64 = kind is OpCodeOperandKind.mem_vsib64x or OpCodeOperandKind.mem_vsib64y;
        instruction.MemoryIndex = (isWide ? Register.YMM0 : Register.XMM0) + index;
        instruction.MemoryIndexScale = scale;
        instruction.MemoryDisplSize = 1;
        long displacement = values.Next(-128, 128);
        instruction.MemoryDisplacement64 = narrow ? (uint)displacement : (ulong)displacement;
        if (values.Chance(85) || narrow)
        {
            instruction.MemoryBase = (narrow ? Register.EAX : Register.RAX) + baseNumber;
            ulong start = address - (ulong)displacement;
            registers.Gpr[baseNumber] = !narrow ? start : (uint)start | (baseNumber == Number(Register.RSP) ? 0 : values.Random64() << 32);
        }
        else
        {
            instruction.MemoryDisplSize = 4;
            instruction.MemoryDisplacement64 = address;
        }

        int range = values.Chance(80) ? 200 / scale : 10_000;
        fixed (byte* low = registers.Fx, high = registers.Upper)
        {
            for (int half = 0; half < 2; half++)
            {
                byte* place = (half == 0 ? low + 160 : high) + (index * 16);
                for (int i = 0; i < (has64 ? 2 : 4); i++)
                {
                    long value = values.Next(-range, range + 1);
                    if (has64) ((long*)place)[i] = value;
                    else ((int*)place)[i] = (int)value;
                }
            }
        }
    }

    /// <summary>Registers whose value a form restricts, so that they cannot carry an address: a bit offset, a divisor's partner.</summary>
    private static bool IsConstrained(in Instruction instruction, int number)
        => (IsBitTest(instruction) && instruction.Op1Kind == OpKind.Register && Number(instruction.Op1Register.GetFullRegister()) == number)
        || (instruction.Mnemonic is Mnemonic.Xsave or Mnemonic.Xsave64 or Mnemonic.Xrstor or Mnemonic.Xrstor64 && number is 0 or 2);

    private static bool IsBitTest(in Instruction instruction) => instruction.Mnemonic is Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc;

    private void FillMemory(FormCase made, ulong address)
    {
        unsafe
        {
            Put(made.Input.Gpr[Number(Register.RSP)] - 32, 64);
            if (made.Instruction.IsStringInstruction)
            {
                ulong mask = made.Instruction.Op0Kind is OpKind.MemoryESEDI or OpKind.MemorySegESI || made.Instruction.Op1Kind is OpKind.MemorySegESI or OpKind.MemoryESEDI ? uint.MaxValue : ulong.MaxValue;
                Put((made.Input.Gpr[Number(Register.RSI)] & mask) - 32, 64);
                if (values.Chance(50)) Put((made.Input.Gpr[Number(Register.RDI)] & mask) - 32, 64);
                else made.Memory.Add(((made.Input.Gpr[Number(Register.RDI)] & mask) - 32, made.Memory[^1].Bytes));
            }
        }

        if (address != 0) Put(address, int.Max(OperandSize(made.Instruction), 16));

        void Put(ulong at, int length)
        {
            byte[] bytes = new byte[length];
            values.FillVector(bytes);
            if (made.Instruction.MemorySize == MemorySize.Float80 && length >= 10)
            {
                (ulong significand, ushort signExponent) = values.Extended();
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, significand);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), signExponent);
            }
            else if (made.Instruction.MemorySize == MemorySize.Bcd && values.Chance(80))
            {
                for (int i = 0; i < 9; i++) bytes[i] = (byte)((values.Next(10) << 4) | values.Next(10));
            }

            made.Memory.Add((at, bytes));
        }
    }

    /// <summary>What the instruction needs so that it does not leave the test's memory.</summary>
    private unsafe void Constrain(FormCase made)
    {
        Instruction instruction = made.Instruction;
        ulong target = values.Chance(90) ? OracleMemory.Code + (ulong)values.Next(0xF00) : values.Pick<ulong>(s_unmappedTargets);
        byte[] targetBytes = BitConverter.GetBytes(target);
        if (IsBitTest(instruction) && instruction.Op0Kind == OpKind.Memory && instruction.Op1Kind == OpKind.Register)
        {
            ref ulong offset = ref made.Input.Gpr[Number(instruction.Op1Register.GetFullRegister())];
            long bits = values.Next(-1000, 1000);
            offset = instruction.Op1Register.GetSize() switch
            {
                2 => (offset & ~0xFFFFUL) | (ushort)bits,
                4 => (offset & ~0xFFFF_FFFFUL) | (uint)bits,
                _ => (ulong)bits,
            };
        }

        switch (instruction.Mnemonic)
        {
            case Mnemonic.Ret:
                made.Memory.Add((made.Input.Gpr[Number(Register.RSP)], targetBytes));
                break;
            case Mnemonic.Pop when instruction.Op0Kind == OpKind.Register && instruction.Op0Register == Register.RSP:
                made.Memory.Add((made.Input.Gpr[Number(Register.RSP)], BitConverter.GetBytes(DataPointer())));
                break;
            case Mnemonic.Call or Mnemonic.Jmp when instruction.Op0Kind == OpKind.Memory:
                made.Memory.Add((made.Address, targetBytes));
                break;
            case Mnemonic.Call or Mnemonic.Jmp when instruction.Op0Kind == OpKind.Register && instruction.Op0Register != Register.RSP:
                made.Input.Gpr[Number(instruction.Op0Register.GetFullRegister())] = target;
                break;
            case Mnemonic.Enter:
                made.Input.Gpr[Number(Register.RBP)] = DataPointer();
                break;
            case Mnemonic.Xsave or Mnemonic.Xsave64 or Mnemonic.Xrstor or Mnemonic.Xrstor64:
                // The components that the emulated processor has: x87, SSE and AVX.
                made.Input.Gpr[0] = (ulong)values.Next(8);
                made.Input.Gpr[Number(Register.RDX)] = 0;
                byte[] header = new byte[64];
                header[0] = (byte)values.Next(8);
                made.Memory.Add((made.Address + 512, header));
                made.Memory.Add((made.Address + 24, BitConverter.GetBytes(MxcsrImage())));
                break;
            case Mnemonic.Fxrstor or Mnemonic.Fxrstor64:
                made.Memory.Add((made.Address + 24, BitConverter.GetBytes(MxcsrImage())));
                break;
            case Mnemonic.Ldmxcsr or Mnemonic.Vldmxcsr:
                made.Memory.Add((made.Address, BitConverter.GetBytes(MxcsrImage())));
                break;
            case Mnemonic.Cmpxchg when instruction.Op0Kind == OpKind.Register && instruction.Op0Register.GetSize() == 4:
                // When the operands differ some processors clear the destination's upper half and some do not.
                ref ulong destination = ref made.Input.Gpr[Number(instruction.Op0Register.GetFullRegister())];
                destination = (uint)destination;
                break;
            case Mnemonic.Popf or Mnemonic.Popfq:
                // Neither TF, which would stop after the int3, nor AC, which would forbid the test's own accesses, nor NT, with which
                // an interrupt at that moment ends badly for a process on some hosts, or clears it.
                made.Memory.Add((made.Input.Gpr[Number(Register.RSP)], BitConverter.GetBytes(values.Random64() & ~0x4_4100UL)));
                break;
        }
    }

    /// <summary>Mostly a value that MXCSR may have; the others not with bit 17 alone, which processors of AMD's may have, and the emulated one has not.</summary>
    private uint MxcsrImage() => values.Chance(90) ? (uint)values.Next(0x1_0000) : (uint)values.Integer() & ~0x2_0000u;

    private static unsafe uint UndefinedFlags(FormCase made)
    {
        Instruction instruction = made.Instruction;
        if (instruction.Op1Kind == OpKind.Register && instruction.Op1Register == Register.CL || instruction.Op2Kind == OpKind.Register && instruction.Op2Register == Register.CL)
        {
            string name = instruction.Code.ToString();
            if (name.EndsWith("_CL", StringComparison.Ordinal))
            {
                // Iced knows what a count leaves undefined when it is an immediate.
                instruction.Code = Enum.Parse<Code>(string.Concat(name.AsSpan(0, name.Length - 3), "_imm8"));
                int index = name.Contains("_r", StringComparison.Ordinal) && instruction.Op2Kind == OpKind.Register && instruction.Op2Register == Register.CL ? 2 : 1;
                instruction.SetOpKind(index, OpKind.Immediate8);
                instruction.Immediate8 = (byte)made.Input.Gpr[Number(Register.RCX)];
            }
        }

        return FlagsOf(instruction.RflagsUndefined);
    }

    /// <summary>The arithmetic flags among <paramref name="bits"/> as RFLAGS has them.</summary>
    public static uint FlagsOf(RflagsBits bits)
    {
        uint flags = 0;
        if ((bits & RflagsBits.CF) != 0) flags |= 0x001;
        if ((bits & RflagsBits.PF) != 0) flags |= 0x004;
        if ((bits & RflagsBits.AF) != 0) flags |= 0x010;
        if ((bits & RflagsBits.ZF) != 0) flags |= 0x040;
        if ((bits & RflagsBits.SF) != 0) flags |= 0x080;
        if ((bits & RflagsBits.OF) != 0) flags |= 0x800;
        return flags;
    }

    /// <summary>The memory operand's bytes; for XSAVE those of the state that the test asks for.</summary>
    private static int OperandSize(in Instruction instruction)
        => instruction.MemorySize is MemorySize.Xsave or MemorySize.Xsave64 ? 832 : instruction.MemorySize.GetSize();

    private static int Number(Register register) => register.GetNumber();

    private sealed class ByteList : CodeWriter
    {
        private readonly List<byte> _bytes = [];

        public override void WriteByte(byte value) => _bytes.Add(value);

        public byte[] ToArray() => [.. _bytes];
    }
}

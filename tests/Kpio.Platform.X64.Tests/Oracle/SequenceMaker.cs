using Iced.Intel;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// Makes short programs out of instruction forms: a loop with forward branches and a call, whose registers and flags are the
/// host's at the end. Nothing reads a flag that is undefined, and nothing faults.
/// </summary>
internal sealed class SequenceMaker(OperandValues values)
{
    /// <summary>The register that points to the data; RSP and the loop's counter keep their values as well.</summary>
    private const Register Pointer = Register.RBX, Counter = Register.R15;

    private const int Passes = 4;

    private static readonly Code[] s_common =
    [
        Code.Add_rm32_r32, Code.Add_r64_rm64, Code.Add_rm64_imm8, Code.Sub_rm32_imm32, Code.Sub_r64_rm64, Code.Cmp_r32_rm32, Code.Cmp_rm64_imm8,
        Code.Cmp_rm8_imm8, Code.Cmp_rm16_r16, Code.Test_rm32_r32, Code.Test_rm64_r64, Code.Test_rm8_imm8, Code.And_rm32_imm8, Code.Or_r8_rm8,
        Code.Xor_r32_rm32, Code.Inc_rm32, Code.Dec_rm64, Code.Inc_rm8, Code.Dec_rm16, Code.Neg_rm32, Code.Adc_r32_rm32, Code.Sbb_rm64_r64,
        Code.Sbb_rm8_imm8, Code.Mov_r32_rm32, Code.Mov_rm64_r64, Code.Mov_r8_imm8, Code.Movzx_r32_rm8, Code.Movsx_r64_rm16, Code.Movsxd_r64_rm32,
        Code.Lea_r64_m, Code.Shl_rm32_imm8, Code.Shr_rm64_imm8, Code.Sar_rm32_1, Code.Shl_rm64_CL, Code.Rol_rm32_imm8, Code.Rcr_rm64_1,
        Code.Imul_r64_rm64, Code.Cdqe, Code.Cqo, Code.Bt_rm32_imm8, Code.Popcnt_r64_rm64, Code.Stc, Code.Cmc, Code.Lahf, Code.Sahf,
    ];

    private static readonly Code[] s_all = [.. FormList.Compared.Where(IsSuitable)];

    private static readonly Code[] s_setOrMove = [.. FormList.Compared.Where(code => code.ToString().StartsWith("Set", StringComparison.Ordinal) || code.ToString().StartsWith("Cmov", StringComparison.Ordinal))];

    private static readonly Code[] s_jumps = [.. FormList.Compared.Where(code => code.IsJccNear() && !FormList.OnAmdOnly.Contains(code))];

    private readonly CaseMaker _maker = new(values);
    private readonly InstructionInfoFactory _info = new();

    /// <summary>Flags that are undefined at the place that is being written, on any way there.</summary>
    private uint _undefined;

    /// <summary>A program at <see cref="OracleMemory.Code"/> that ends with int3.</summary>
    public FormCase Make()
    {
        var program = new List<Instruction>();
        const ulong start = OracleMemory.Code + 0x100, function = OracleMemory.Code + 0x1000;

        ulong next = start, inFunction = function;
        _undefined = 0;
        AddRun(program, ref next);
        AddCall(program, ref next, function);
        AddRun(program, ref inFunction);
        Append(program, ref inFunction, Instruction.Create(Code.Retnq));
        AddRun(program, ref next);

        // DEC leaves CF as it was; the next pass may read it.
        Append(program, ref next, (_undefined & 1) != 0 ? Instruction.Create(Code.Sub_rm64_imm8, Counter, 1) : Instruction.Create(Code.Dec_rm64, Counter));
        Append(program, ref next, Instruction.CreateBranch(Code.Jne_rel32_64, start));

        byte[] bytes = new byte[OracleMemory.CodeLength];
        Array.Fill(bytes, (byte)0xCC);
        foreach (Instruction instruction in program)
            Encoder.Create(64, new ArrayWriter(bytes, (int)(instruction.IP - OracleMemory.Code))).Encode(instruction, instruction.IP);
        return new FormCase { Instruction = program[0], Bytes = bytes, Input = Registers(start), Text = string.Join('\n', program.OrderBy(i => i.IP).Select(i => $"  {i.IP:x} {i}")) };
    }

    private unsafe ProcessorSnapshot Registers(ulong start)
    {
        ProcessorSnapshot registers = _maker.MakeRegisters(start);
        registers.Gpr[Pointer.GetNumber()] = OracleMemory.DataBorder - (values.Chance(50) ? 0x800u : 0);
        registers.Gpr[Counter.GetNumber()] = Passes;
        registers.Gpr[Register.RSP.GetNumber()] = OracleMemory.Data + 0x200;
        registers.Rflags &= ~0x400UL;

        // Every exception masked and none pending: the program runs to its end.
        *(uint*)(registers.Fx + 24) |= 0x1F80;
        registers.Fx[0] |= 0x3F;
        return registers;
    }

    /// <summary>A call in one of the ways that there are: direct, through a register or memory, or as a jump behind a push.</summary>
    private void AddCall(List<Instruction> program, ref ulong next, ulong function)
    {
        const Register target = Register.R14;
        switch (values.Next(4))
        {
            case 0:
                Append(program, ref next, Instruction.Create(Code.Lea_r64_m, target, new MemoryOperand(Register.RIP, (long)function, 8)));
                Append(program, ref next, Instruction.Create(Code.Call_rm64, target));
                break;
            case 1:
                var place = new MemoryOperand(Pointer, 0x10, 1);
                Append(program, ref next, Instruction.Create(Code.Mov_rm64_imm32, place, (int)function));
                Append(program, ref next, Instruction.Create(Code.Call_rm64, place));
                break;
            case 2:
                // LEA has 7 bytes, PUSH 2 and JMP 5.
                Append(program, ref next, Instruction.Create(Code.Lea_r64_m, target, new MemoryOperand(Register.RIP, (long)next + 14, 8)));
                Append(program, ref next, Instruction.Create(Code.Push_r64, target));
                Append(program, ref next, Instruction.CreateBranch(Code.Jmp_rel32_64, function));
                break;
            default:
                Append(program, ref next, Instruction.CreateBranch(Code.Call_rel32_64, function));
                break;
        }
    }

    /// <summary>Some instructions and forward branches among them.</summary>
    private void AddRun(List<Instruction> program, ref ulong next)
    {
        int count = values.Next(3, 16), first = program.Count;
        uint[] undefinedAt = new uint[count + 1];
        var targets = new Dictionary<int, int>();
        for (int i = 0; i < count; i++)
        {
            _undefined |= undefinedAt[i];
            Instruction jump = Instruction.CreateBranch(s_jumps[values.Next(s_jumps.Length)], next);
            if (values.Chance(22) && CanRead(jump))
            {
                int target = values.Next(i + 1, count + 1);
                undefinedAt[target] |= _undefined;
                targets.Add(program.Count, first + target);
                Append(program, ref next, jump);
                continue;
            }

            Append(program, ref next, Pick());
        }

        _undefined |= undefinedAt[count];
        foreach ((int branch, int target) in targets)
        {
            Instruction jump = program[branch];
            jump.NearBranch64 = target == program.Count ? next : program[target].IP;
            program[branch] = jump;
        }
    }

    private bool CanRead(in Instruction instruction) => (CaseMaker.FlagsOf(instruction.RflagsRead) & _undefined) == 0;

    private Instruction Pick()
    {
        while (true)
        {
            Code code = values.Next(10) switch
            {
                < 5 => s_common[values.Next(s_common.Length)],
                < 7 => s_setOrMove[values.Next(s_setOrMove.Length)],
                _ => s_all[values.Next(s_all.Length)],
            };
            if (_maker.MakeForSequence(code, Pointer) is not { } instruction || !CanRead(instruction) || Disturbs(instruction)) continue;
            if (!Encoder.Create(64, new CountingWriter()).TryEncode(instruction, OracleMemory.Code, out _, out _)) continue;
            return instruction;
        }
    }

    private void Append(List<Instruction> program, ref ulong next, Instruction instruction)
    {
        var writer = new CountingWriter();
        Encoder.Create(64, writer).Encode(instruction, next);
        instruction.Length = writer.Length;
        instruction.IP = next;
        next += (ulong)writer.Length;
        program.Add(instruction);

        // A shift by CL may be one by zero, which leaves the flags as they were.
        bool mayKeep = instruction.Op1Kind == OpKind.Register && instruction.Op1Register == Register.CL || instruction.Op2Kind == OpKind.Register && instruction.Op2Register == Register.CL;
        if (!mayKeep) _undefined &= ~CaseMaker.FlagsOf(instruction.RflagsModified);
        _undefined |= CaseMaker.FlagsOf(instruction.RflagsUndefined);
    }

    /// <summary>Whether an instruction writes a register that the program needs.</summary>
    private bool Disturbs(in Instruction instruction)
    {
        foreach (UsedRegister used in _info.GetInfo(instruction).GetUsedRegisters())
        {
            bool writes = used.Access is OpAccess.Write or OpAccess.ReadWrite or OpAccess.CondWrite or OpAccess.ReadCondWrite;
            if (writes && used.Register.GetFullRegister() is Pointer or Counter or Register.RSP) return true;
        }

        return false;
    }

    private static bool IsSuitable(Code code)
    {
        OpCodeInfo form = code.ToOpCode();
        if (code.FlowControl() != FlowControl.Next || form.IsPrivileged || new Instruction { Code = code }.IsStringInstruction) return false;
        string name = code.ToString();
        if (code.Mnemonic() is Mnemonic.Div or Mnemonic.Idiv or Mnemonic.Xlatb or Mnemonic.Leave or Mnemonic.Enter or Mnemonic.Popf or Mnemonic.Popfq
            or Mnemonic.Push or Mnemonic.Pop or Mnemonic.Pushf or Mnemonic.Pushfq or Mnemonic.Std or Mnemonic.Maskmovdqu or Mnemonic.Maskmovq
            or Mnemonic.Ldmxcsr or Mnemonic.Stmxcsr or Mnemonic.Vldmxcsr or Mnemonic.Vstmxcsr or Mnemonic.Vmaskmovdqu or Mnemonic.Wait or Mnemonic.Cld) return false;
        if (name.StartsWith('B') && name.Contains("_rm", StringComparison.Ordinal) && name.Contains("_r", StringComparison.Ordinal) && !name.EndsWith("imm8", StringComparison.Ordinal)) return false;
        if (name.Contains("gather", StringComparison.Ordinal)) return false;
        if (name.StartsWith("Shld_rm16", StringComparison.Ordinal) || name.StartsWith("Shrd_rm16", StringComparison.Ordinal)) return false;
        if (CaseMaker.IsMmxConversion(code.Mnemonic())) return false;
        if (name.StartsWith("Cmpxchg_rm32", StringComparison.Ordinal)) return false;
        if (name.Contains("moffs", StringComparison.Ordinal) || name.Contains("xsave", StringComparison.OrdinalIgnoreCase) || name.Contains("xrstor", StringComparison.OrdinalIgnoreCase)) return false;
        return !code.CpuidFeatures().Any(feature => feature is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387 or CpuidFeature.FXSR or CpuidFeature.XSAVE or CpuidFeature.SYSCALL);
    }

    private sealed class CountingWriter : CodeWriter
    {
        public int Length { get; private set; }

        public override void WriteByte(byte value) => Length++;
    }

    private sealed class ArrayWriter(byte[] bytes, int position) : CodeWriter
    {
        private int _position = position;

        public override void WriteByte(byte value) => bytes[_position++] = value;
    }
}

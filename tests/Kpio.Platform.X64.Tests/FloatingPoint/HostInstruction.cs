using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// One floating-point instruction as the host's processor executes it: machine code that loads the x87, SSE and flag state from a
/// <see cref="FloatCase"/>, executes the instruction with its memory operand at <see cref="FloatCase.Memory"/>, and stores the
/// state again. SSE exceptions must be masked, x87 exceptions need not be: nothing here waits for them.
/// </summary>
internal sealed unsafe class HostInstruction : IDisposable
{
    private readonly ExecutablePage _page = new();

    private readonly delegate* unmanaged<FloatCase*, void> _enter;

    public HostInstruction(Instruction instruction)
    {
        Instruction = instruction;
        var assembler = new Assembler(64);
        assembler.sub(rsp, 24);
        assembler.stmxcsr(__dword_ptr[rsp]);
        assembler.lea(rsi, __qword_ptr[rdi + FloatCase.MemoryOffset]);
        assembler.fxrstor64(__[rdi]);
        assembler.push(__qword_ptr[rdi + FloatCase.RflagsOffset]);
        assembler.popfq();
        assembler.mov(rax, __qword_ptr[rdi + FloatCase.RaxOffset]);
        assembler.AddInstruction(instruction);
        assembler.mov(__qword_ptr[rdi + FloatCase.RaxOffset], rax);
        assembler.pushfq();
        assembler.pop(__qword_ptr[rdi + FloatCase.RflagsOffset]);
        assembler.fxsave64(__[rdi]);
        assembler.fninit();
        assembler.ldmxcsr(__dword_ptr[rsp]);
        assembler.add(rsp, 24);
        assembler.ret();
        assembler.Assemble(_page, _page.Address);
        _enter = (delegate* unmanaged<FloatCase*, void>)_page.Address;
    }

    /// <summary>The instruction: memory operands are based on RSI, general registers are RAX.</summary>
    public Instruction Instruction { get; }

    /// <summary>Why a comparison with the host does not apply here, as a failure: such a test has not passed.</summary>
    public static void RequireX64Linux() => Assert.True(
        RuntimeInformation.ProcessArchitecture == Architecture.X64 && OperatingSystem.IsLinux(),
        "The oracle of this test is an x86_64 processor under Linux; this host has none, so the comparison was not made.");

    /// <summary>The instruction of a code with memory operands at [rsi], general registers RAX, first XMM or MM register 0, second 1.</summary>
    public static Instruction Make(Code code, bool memory, int stackRegister = 0, byte immediate = 0)
    {
        OpCodeInfo info = code.ToOpCode();
        var instruction = new Instruction { Code = code };
        for (int index = 0; index < info.OpCount; index++)
        {
            string kind = info.GetOpKind(index).ToString();
            bool first = index == 0;
            if (kind == "st0")
                instruction.SetOpRegister(index, Register.ST0);
            else if (kind == "sti_opcode")
                instruction.SetOpRegister(index, Register.ST0 + stackRegister);
            else if (kind == "ax")
                instruction.SetOpRegister(index, Register.AX);
            else if (kind == "imm8")
                instruction.SetOpKind(index, OpKind.Immediate8);
            else if (kind == "mem" || (kind.EndsWith("_or_mem", StringComparison.Ordinal) && memory))
                instruction.SetOpKind(index, OpKind.Memory);
            else if (kind.StartsWith("xmm", StringComparison.Ordinal))
                instruction.SetOpRegister(index, first ? Register.XMM0 : Register.XMM1);
            else if (kind.StartsWith("mm", StringComparison.Ordinal))
                instruction.SetOpRegister(index, first ? Register.MM0 : Register.MM1);
            else if (kind.StartsWith("r32", StringComparison.Ordinal))
                instruction.SetOpRegister(index, Register.EAX);
            else if (kind.StartsWith("r64", StringComparison.Ordinal))
                instruction.SetOpRegister(index, Register.RAX);
            else
                throw new InvalidOperationException($"{code} has an operand of kind {kind}.");
        }

        instruction.MemoryBase = Register.RSI;
        instruction.Immediate8 = immediate;
        return instruction;
    }

    /// <summary>Executes it on the case, which is changed in place and must lie at a multiple of 16.</summary>
    public void Run(FloatCase* values) => _enter(values);

    public void Dispose() => _page.Dispose();
}

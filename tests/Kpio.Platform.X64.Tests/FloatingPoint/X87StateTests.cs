using System.Runtime.InteropServices;
using Iced.Intel;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>The register file by itself: its images in memory, the MMX registers in it, pending exceptions, and the pointers.</summary>
public sealed unsafe class X87StateTests
{
    private const int Cases = 20_000;

    [Fact]
    public void Images_go_in_and_out_as_with_the_host_s_fxrstor_and_fxsave() =>
        CompareWithHost(new Instruction { Code = Code.Nopd }, static (ref X87State state) => { });

    [Fact]
    public void An_mmx_instruction_claims_the_registers_as_on_the_host() =>
        CompareWithHost(Instruction.Create(Code.Paddq_mm_mmm64, Register.MM3, Register.MM5), static (ref X87State state) =>
        {
            state.EnterMmx();
            state.WriteMmx(3, state.Significands[3] + state.Significands[5]);
        });

    [Fact]
    public void Emms_frees_the_registers_as_on_the_host() =>
        CompareWithHost(new Instruction { Code = Code.Emms }, static (ref X87State state) => state.LeaveMmx());

    [Fact]
    public void An_unmasked_exception_pends_until_it_is_cleared()
    {
        X87State state = default;
        state.Reset();
        Assert.False(state.HasPendingException);
        state.ControlWord = 0x037B;
        Execute(&state, Code.Fldz, out _);
        Execute(&state, Code.Fld1, out _);
        Instruction divide = Instruction.Create(Code.Fdiv_st0_sti, Register.ST0, Register.ST1);
        Assert.True(X87Instructions.TryGetOperation(divide, out X87Operation operation));
        Assert.True(operation.Waits);
        X87Instructions.Execute(&state, operation, 0x0F1, 0x401000, 0x1234, null, null);
        Assert.True(state.HasPendingException);
        // The operands are still there for the handler, and FIP and FOP tell it where.
        Assert.Equal(Float80.One, X87Stack.Get(&state, 0));
        Assert.Equal(0x401000UL, state.InstructionPointer);
        Assert.Equal(0x0F1, state.LastOpcode);
        Assert.Equal(0UL, state.DataPointer);
        Execute(&state, Code.Fnclex, out operation);
        Assert.False(operation.Waits);
        Assert.False(state.HasPendingException);
        Assert.Equal(0x401000UL, state.InstructionPointer);
    }

    [Fact]
    public void A_store_that_is_not_allowed_writes_nothing_and_says_so()
    {
        X87State state = default;
        state.Reset();
        state.ControlWord = 0x0377;
        X87Stack.PushUnchecked(&state, new Float80(Float80.IntegerBit, 0x7000));
        ulong memory = 0x0123456789ABCDEF;
        Assert.True(X87Instructions.TryGetOperation(
            Instruction.Create(Code.Fstp_m64fp, new MemoryOperand(Register.RSI)), out X87Operation operation));
        Assert.Equal(X87Access.Store, operation.Access);
        Assert.Equal(8, operation.MemorySize);
        Assert.False(X87Instructions.Execute(&state, operation, 0, 0, 0, (byte*)&memory, null));
        Assert.Equal(0x0123456789ABCDEFUL, memory);
        Assert.Equal(1 << 7, state.Occupied);
        Assert.True(state.HasPendingException);
    }

    [Theory]
    [InlineData(new byte[] { 0xD8, 0xC1 }, 0x0C1)]
    [InlineData(new byte[] { 0x64, 0x41, 0xDD, 0x1E }, 0x51E)]
    [InlineData(new byte[] { 0x66, 0x48, 0xD9, 0x30 }, 0x130)]
    public void The_last_opcode_is_that_of_the_manual(byte[] instruction, int expected) =>
        Assert.Equal(expected, X87Instructions.GetLastOpcode(instruction));

    private delegate void Change(ref X87State state);

    private static void Execute(X87State* state, Code code, out X87Operation operation)
    {
        Assert.True(X87Instructions.TryGetOperation(new Instruction { Code = code }, out operation));
        X87Instructions.Execute(state, operation, 0, 0x400000, 0, null, null);
    }

    private static void CompareWithHost(Instruction instruction, Change change)
    {
        HostInstruction.RequireX64Linux();
        using var host = new HostInstruction(instruction);
        FloatCase* values = (FloatCase*)NativeMemory.AlignedAlloc((nuint)(2 * sizeof(FloatCase)), 64);
        try
        {
            var random = new FloatValues(0x87F5);
            for (int number = 0; number < Cases; number++)
            {
                new Span<byte>(values, sizeof(FloatCase)).Clear();
                for (int register = 0; register < 8; register++)
                {
                    *(ulong*)(values->Image + 32 + register * 16) = random.Next();
                    *(ushort*)(values->Image + 40 + register * 16) = (ushort)random.Next();
                }

                // A pending exception would keep an MMX instruction from executing.
                bool pending = instruction.Code == Code.Nopd;
                values->ControlWord = (ushort)(random.Next() | (pending ? 0 : 0x3Fu));
                values->StatusWord = (ushort)random.Next();
                values->Occupied = (byte)random.Next();
                values->Mxcsr = 0x1F80;
                values->Rflags = 0x202;
                values[1] = values[0];
                host.Run(values);
                X87State state = default;
                X87Image.LoadExtended(&state, values[1].Image, true);
                change(ref state);
                X87Image.StoreExtended(&state, values[1].Image, true);
                Assert.Equal(values[0].ControlWord, values[1].ControlWord);
                Assert.Equal(values[0].StatusWord, values[1].StatusWord);
                Assert.Equal(values[0].Occupied, values[1].Occupied);
                Assert.True(new Span<byte>(values[0].Image + 32, 128).SequenceEqual(new Span<byte>(values[1].Image + 32, 128)));
            }
        }
        finally
        {
            NativeMemory.AlignedFree(values);
        }
    }
}

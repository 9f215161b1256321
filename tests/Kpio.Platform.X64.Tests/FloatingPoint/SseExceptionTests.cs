using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;
using Kpio.Platform.X64.Tests.Oracle;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// SSE with exceptions that are not masked, against the host's processor: whether #XM is raised, which flags it leaves in MXCSR, and
/// that the destination stays. The seed of a code's cases is 0x55EE_0000 plus the code.
/// </summary>
public sealed unsafe class SseExceptionTests
{
    private const int Cases = 3_000;

    private const ulong BreakpointVector = 3;

    private const ulong SimdVector = 19;

    /// <summary>All but the instructions that raise none: with everything masked MXCSR was compared for those too.</summary>
    public static TheoryData<string> Codes()
    {
        var data = new TheoryData<string>();
        foreach (string name in SseHostTests.Names())
        {
            if (!name.StartsWith("Rcp", StringComparison.Ordinal) && !name.StartsWith("Rsqrt", StringComparison.Ordinal)
                && name is not (nameof(Code.Cvtdq2pd_xmm_xmmm64) or nameof(Code.Cvtpi2pd_xmm_mmm64) or nameof(Code.Cvtsi2sd_xmm_rm32)))
            {
                data.Add(name);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Unmasked_exceptions_are_raised_as_by_the_host(string name)
    {
        HostInstruction.RequireX64Linux();
        Code code = Enum.Parse<Code>(name);
        FloatCase* values = (FloatCase*)NativeMemory.AlignedAlloc((nuint)(3 * sizeof(FloatCase)), 64);
        CpuState* state = (CpuState*)NativeMemory.AlignedAlloc((nuint)sizeof(CpuState), 64);
        new Span<byte>(state, sizeof(CpuState)).Clear();
        try
        {
            var random = new FloatValues(0x55EE_0000 + (ulong)code);
            int failures = 0;
            int raised = 0;
            var report = new StringBuilder();
            for (int number = 0; number < Cases; number++)
            {
                Instruction instruction = HostInstruction.Make(code, false, 0, (byte)random.Below(code.ToString().StartsWith("Cmp", StringComparison.Ordinal) ? 8 : 256));
                SseHostTests.Fill(values, random, code);
                values->Mxcsr &= ~(((uint)random.Next() & 0x3F) << 7);
                values[1] = values[2] = values[0];
                ulong vector = RunHost(values + 1, instruction);
                SseHostTests.RunOurs(values + 2, state, instruction);
                bool hostRaises = vector == SimdVector;
                Assert.True(hostRaises || vector == BreakpointVector, $"vector {vector}");
                raised += hostRaises ? 1 : 0;
                if (hostRaises == (state->PendingSimdException != 0) && Same(values + 1, values + 2, hostRaises))
                    continue;
                if (++failures <= 6)
                    report.Append(CultureInfo.InvariantCulture, $"\ncase {number} imm {instruction.Immediate8:X2} host {vector} ours {state->PendingSimdException}\n  before {SseHostTests.Describe(values)}\n  host   {SseHostTests.Describe(values + 1)}\n  ours   {SseHostTests.Describe(values + 2)}");
            }

            Assert.True(failures == 0, $"{code}: {failures} of {Cases} differ{report}");
            Assert.InRange(raised, 1, Cases);
        }
        finally
        {
            NativeMemory.AlignedFree(values);
            NativeMemory.AlignedFree(state);
        }
    }

    private static ulong RunHost(FloatCase* values, in Instruction instruction)
    {
        NativeProcessor processor = NativeProcessor.Instance;
        NativeProcessor.OtherCode.Fill(0xCC);
        Iced.Intel.Encoder.Create(64, new NativeProcessor.MemoryWriter((byte*)OracleMemory.OtherCode)).Encode(instruction, OracleMemory.OtherCode);
        ProcessorSnapshot input = default;
        input.Rip = OracleMemory.OtherCode;
        input.Rflags = values->Rflags;
        input.Gpr[0] = values->Rax;
        new Span<byte>(values->Image, 512).CopyTo(new Span<byte>(input.Fx, 512));
        processor.Run(input, out ProcessorSnapshot output);
        values->Rflags = output.Rflags;
        values->Rax = output.Gpr[0];
        new Span<byte>(output.Fx, 512).CopyTo(new Span<byte>(values->Image, 512));
        return output.Vector;
    }

    private static bool Same(FloatCase* host, FloatCase* ours, bool raised) =>
        host->Mxcsr == ours->Mxcsr
        && host->Rax == ours->Rax
        && ((host->Rflags ^ ours->Rflags) & 0x8D5) == 0
        // With #XM the engine, not the operation, decides about the MMX state.
        && (raised || host->Occupied == ours->Occupied)
        && *(ulong*)(host->Image + 32) == *(ulong*)(ours->Image + 32)
        && new Span<byte>(host->Image + SseHostTests.Destination, 32).SequenceEqual(new Span<byte>(ours->Image + SseHostTests.Destination, 32));
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using Iced.Intel;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// Every floating-point instruction of SSE…SSE4.1 against the processor of the host: random and special operands, every rounding
/// mode, DAZ, FTZ and flags set before; destination, MXCSR and RFLAGS are compared bit by bit, the approximations within the
/// manual's bound. All exceptions are masked, because the host would raise a signal. The seed of a code's cases is 0x55E0_0000 plus
/// the code.
/// </summary>
public sealed unsafe class SseHostTests
{
    private const int Cases = 100_000;

    internal const int Destination = 160;

    internal const int Source = 176;

    public static TheoryData<string> Codes() => new(Names());

    [Theory]
    [MemberData(nameof(Codes))]
    public void Equals_the_host(string name) => Compare(Enum.Parse<Code>(name), Cases);

    [Fact]
    public void Every_instruction_of_the_kind_is_bound()
    {
        // 4 basic operations, sqrt, min, max, cmp, round in four forms; rcp, rsqrt in two; addsub, hadd, hsub, dp in two; 4
        // comparisons and 28 conversions.
        Assert.Equal(9 * 4 + 2 * 2 + 4 * 2 + 4 + 28, Codes().Count);
    }

    /// <summary>The names of the codes that are bound.</summary>
    internal static IEnumerable<string> Names()
    {
        var names = new List<string>();
        foreach (Code code in Enum.GetValues<Code>())
        {
            if (SseFloatBindings.Find(new Instruction { Code = code }) != null)
                names.Add(code.ToString());
        }

        return names;
    }

    private static void Compare(Code code, int cases)
    {
        HostInstruction.RequireX64Linux();
        int immediates = !code.ToString().EndsWith("imm8", StringComparison.Ordinal) ? 1
            : code.ToString().StartsWith("Cmp", StringComparison.Ordinal) ? 8 : 256;
        HostInstruction[] hosts = new HostInstruction[immediates];
        FloatCase* values = (FloatCase*)NativeMemory.AlignedAlloc((nuint)(3 * sizeof(FloatCase)), 64);
        CpuState* state = (CpuState*)NativeMemory.AlignedAlloc((nuint)sizeof(CpuState), 64);
        new Span<byte>(state, sizeof(CpuState)).Clear();
        try
        {
            for (int immediate = 0; immediate < immediates; immediate++)
                hosts[immediate] = new HostInstruction(HostInstruction.Make(code, false, 0, (byte)immediate));
            var random = new FloatValues(0x55E0_0000 + (ulong)code);
            int failures = 0;
            var report = new StringBuilder();
            for (int number = 0; number < cases; number++)
            {
                int immediate = random.Below(immediates);
                Fill(values, random, code);
                values[1] = values[2] = values[0];
                hosts[immediate].Run(values + 1);
                RunOurs(values + 2, state, hosts[immediate].Instruction);
                Assert.Equal(0, state->PendingSimdException);
                if (Same(values, values + 1, values + 2, code))
                    continue;
                if (++failures <= 6)
                    report.Append(CultureInfo.InvariantCulture, $"\ncase {number} imm {immediate:X2}\n  before {Describe(values)}\n  host   {Describe(values + 1)}\n  ours   {Describe(values + 2)}");
            }

            Assert.True(failures == 0, $"{code}: {failures} of {cases} differ{report}");
        }
        finally
        {
            foreach (HostInstruction host in hosts)
                host?.Dispose();
            NativeMemory.AlignedFree(values);
            NativeMemory.AlignedFree(state);
        }
    }

    internal static void Fill(FloatCase* values, FloatValues random, Code code)
    {
        new Span<byte>(values, sizeof(FloatCase)).Clear();
        values->ControlWord = 0x037F;
        uint mxcsr = 0x1F80;
        if (random.Below(2) == 0)
            mxcsr |= (uint)random.Next() & 0xE040;
        if (random.Below(2) == 0)
            mxcsr |= (uint)random.Next() & 0x3F;
        values->Mxcsr = mxcsr;
        values->Rflags = 0x202 | (random.Next() & 0x8D5);
        values->Rax = (ulong)((long)random.Next() >> random.Below(64));
        byte* left = values->Image + Destination;
        byte* right = values->Image + Source;
        string name = code.ToString();
        if (name.Contains("si2", StringComparison.Ordinal) || name.Contains("dq2", StringComparison.Ordinal) || name.Contains("pi2", StringComparison.Ordinal))
        {
            for (int index = 0; index < 16; index += 4)
            {
                *(uint*)(left + index) = (uint)random.Next();
                *(int*)(right + index) = (int)random.Next() >> random.Below(32);
            }

            // MM0 and MM1 are the first two registers of the image.
            *(ulong*)(values->Image + 32) = random.Next();
            *(int*)(values->Image + 48) = (int)random.Next() >> random.Below(32);
            *(int*)(values->Image + 52) = (int)random.Next() >> random.Below(32);
        }
        else if (IsDouble(code))
        {
            for (int index = 0; index < 16; index += 8)
            {
                ulong first = random.Double();
                *(ulong*)(left + index) = first;
                *(ulong*)(right + index) = random.DoubleBeside(first);
            }
        }
        else
        {
            for (int index = 0; index < 16; index += 4)
            {
                uint first = random.Single();
                *(uint*)(left + index) = first;
                *(uint*)(right + index) = random.SingleBeside(first);
            }
        }
    }

    private static bool IsDouble(Code code) => code.ToOpCode().MemorySize is MemorySize.Float64 or MemorySize.Packed128_Float64;

    internal static void RunOurs(FloatCase* values, CpuState* state, in Instruction instruction)
    {
        state->Mxcsr = values->Mxcsr;
        state->PendingSimdException = 0;
        Flags.SetArithmetic(state, (uint)values->Rflags);
        Vector128<byte> scratch = default;
        *(ulong*)&scratch = values->Rax;
        Vector128<byte>* destination = instruction.Op0Register.IsXMM() ? (Vector128<byte>*)(values->Image + Destination)
            : instruction.Op0Register.IsMM() ? (Vector128<byte>*)(values->Image + 32) : &scratch;
        Vector128<byte>* source = instruction.Op1Register.IsXMM() ? (Vector128<byte>*)(values->Image + Source)
            : instruction.Op1Register.IsMM() ? (Vector128<byte>*)(values->Image + 48) : &scratch;
        SseFloatBindings.Find(instruction)(state, destination, source, instruction.Op2Kind == OpKind.Immediate8 ? instruction.Immediate8 : (byte)0);
        values->Mxcsr = state->Mxcsr;
        values->Rflags = (values->Rflags & ~0x8D5UL) | (Flags.Get(state) & 0x8D5);
        values->Rax = *(ulong*)&scratch;
        if (instruction.Op0Register.IsMM() || instruction.Op1Register.IsMM())
        {
            values->Occupied = 0xFF;
            if (instruction.Op0Register.IsMM())
                *(ushort*)(values->Image + 40) = 0xFFFF;
        }
    }

    private static bool Same(FloatCase* before, FloatCase* host, FloatCase* ours, Code code)
    {
        if (code is Code.Rcpps_xmm_xmmm128 or Code.Rcpss_xmm_xmmm32 or Code.Rsqrtps_xmm_xmmm128 or Code.Rsqrtss_xmm_xmmm32)
            return IsApproximation(before, host, ours, code);
        return host->Mxcsr == ours->Mxcsr
            && host->Rax == ours->Rax
            && ((host->Rflags ^ ours->Rflags) & 0x8D5) == 0
            && host->Occupied == ours->Occupied
            && new Span<byte>(host->Image + 32, 32).SequenceEqual(new Span<byte>(ours->Image + 32, 32))
            && new Span<byte>(host->Image + Destination, 32).SequenceEqual(new Span<byte>(ours->Image + Destination, 32));
    }

    /// <summary>Ours is within 1.5 × 2^-12 of the true value; what is no ordinary number is the same as the host's.</summary>
    private static bool IsApproximation(FloatCase* before, FloatCase* host, FloatCase* ours, Code code)
    {
        bool packed = code is Code.Rcpps_xmm_xmmm128 or Code.Rsqrtps_xmm_xmmm128;
        bool root = code is Code.Rsqrtps_xmm_xmmm128 or Code.Rsqrtss_xmm_xmmm32;
        for (int element = 0; element < 4; element++)
        {
            float operand = ((float*)(before->Image + Source))[element];
            uint hostBits = ((uint*)(host->Image + Destination))[element];
            uint ourBits = ((uint*)(ours->Image + Destination))[element];
            if (element > 0 && !packed)
            {
                if (hostBits != ourBits)
                    return false;
                continue;
            }

            double exact = root ? 1 / Math.Sqrt(operand) : 1 / (double)operand;
            if (float.IsNormal(operand) && Math.Abs(exact) is > 1.1755e-38 and < 3.4e38)
            {
                double error = BitConverter.UInt32BitsToSingle(ourBits) / exact - 1;
                if (Math.Abs(error) > 1.5 / 4096)
                    return false;
                continue;
            }

            // At the border a result may or may not be tiny, and is flushed to zero if it is.
            bool bothTiny = !root && (hostBits & 0x7FFFFFFF) <= 0x00800000 && (ourBits & 0x7FFFFFFF) <= 0x00801000;
            if (hostBits != ourBits && !bothTiny)
                return false;
        }

        return host->Mxcsr == ours->Mxcsr;
    }

    internal static string Describe(FloatCase* values)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"mxcsr {values->Mxcsr:X4} fl {values->Rflags:X3} rax {values->Rax:X16} tags {values->Occupied:X2} mm {*(ulong*)(values->Image + 32):X16} {*(ulong*)(values->Image + 48):X16} xmm");
        foreach (int offset in new[] { Destination, Source })
            text.Append(CultureInfo.InvariantCulture, $" {*(ulong*)(values->Image + offset + 8):X16}_{*(ulong*)(values->Image + offset):X16}");
        return text.ToString();
    }
}

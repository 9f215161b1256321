using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>Makes random x87 states, runs an instruction on the host and through <see cref="X87Instructions"/>, and hands both on.</summary>
internal static unsafe class X87Comparison
{
    /// <summary>Whether the two outcomes of a case agree.</summary>
    public delegate bool Agreement(FloatCase* before, FloatCase* host, FloatCase* ours);

    /// <summary>Runs so many cases of one instruction and fails with the first that disagree.</summary>
    public static void Run(Code code, int cases, ulong seed, Agreement agree)
    {
        HostInstruction.RequireX64Linux();
        FloatCase* values = (FloatCase*)NativeMemory.AlignedAlloc((nuint)(3 * sizeof(FloatCase)), 64);
        HostInstruction[] hosts = new HostInstruction[8];
        X87Operation[] operations = new X87Operation[8];
        try
        {
            for (int register = 0; register < 8; register++)
            {
                hosts[register] = new HostInstruction(HostInstruction.Make(code, true, register));
                Assert.True(X87Instructions.TryGetOperation(hosts[register].Instruction, out operations[register]), "It is not bound.");
            }

            var random = new FloatValues(seed);
            int failures = 0;
            var report = new StringBuilder();
            for (int number = 0; number < cases; number++)
            {
                int register = random.Below(8);
                Fill(values, random, code);
                values[1] = values[2] = values[0];
                hosts[register].Run(values + 1);
                RunOurs(values + 2, operations[register]);
                if (agree(values, values + 1, values + 2))
                    continue;
                if (++failures <= 6)
                    report.Append(CultureInfo.InvariantCulture, $"\ncase {number} st({register})\n  before {Describe(values)}\n  host   {Describe(values + 1)}\n  ours   {Describe(values + 2)}");
            }

            Assert.True(failures == 0, $"{code}: {failures} of {cases} differ{report}");
        }
        finally
        {
            foreach (HostInstruction host in hosts)
                host?.Dispose();
            NativeMemory.AlignedFree(values);
        }
    }

    private static void Fill(FloatCase* values, FloatValues random, Code code)
    {
        new Span<byte>(values, sizeof(FloatCase)).Clear();
        bool masked = random.Below(4) != 0;
        int precision = random.Below(3);
        ushort control = (ushort)(0x40 | (random.Below(4) << 10) | ((precision == 0 ? 0 : precision + 1) << 8));
        control |= masked ? (ushort)0x3F : (ushort)(random.Next() & 0x3F);
        values->ControlWord = control;
        // A flag that is not masked would be an exception that pends.
        int flags = random.Below(2) == 0 ? 0 : (int)random.Next() & control & 0x3F;
        values->StatusWord = (ushort)(flags | ((int)random.Next() & 0x7F40));
        values->Occupied = random.Below(4) == 0 ? (byte)random.Next() : (byte)0xFF;
        if (random.Below(2) == 0)
        {
            // What a load needs: the register in front of TOP empty.
            values->Occupied &= (byte)~(1 << (((values->StatusWord >> 11) - 1) & 7));
        }

        values->Mxcsr = 0x1F80;
        values->Rflags = 0x202 | (random.Next() & 0x8D5);
        values->Rax = random.Next();
        Float80 previous = random.Extended();
        for (int register = 0; register < 8; register++)
        {
            previous = random.Beside(previous);
            *(ulong*)(values->Image + 32 + register * 16) = previous.Significand;
            *(ushort*)(values->Image + 40 + register * 16) = previous.SignExponent;
        }

        FillMemory(values, random, code);
    }

    private static void FillMemory(FloatCase* values, FloatValues random, Code code)
    {
        byte* memory = values->Memory;
        for (int index = 0; index < 128; index += 8)
            *(ulong*)(memory + index) = random.Next();
        switch (code.ToOpCode().MemorySize)
        {
            case MemorySize.Float32:
                *(uint*)memory = random.Single();
                break;
            case MemorySize.Float64:
                *(ulong*)memory = random.Double();
                break;
            case MemorySize.Float80:
                Float80 value = random.Extended();
                *(ulong*)memory = value.Significand;
                *(ushort*)(memory + 8) = value.SignExponent;
                break;
            case MemorySize.Int16:
                *(short*)memory = (short)((short)random.Next() >> random.Below(16));
                break;
            case MemorySize.Int32:
                *(int*)memory = (int)random.Next() >> random.Below(32);
                break;
            case MemorySize.Int64:
                *(long*)memory = (long)random.Next() >> random.Below(64);
                break;
            case MemorySize.Bcd:
                for (int index = 0; index < 9; index++)
                    memory[index] = (byte)(random.Below(10) | (random.Below(10) << 4));
                memory[9] = (byte)(random.Next() & 0x80);
                break;
        }
    }

    private static void RunOurs(FloatCase* values, in X87Operation operation)
    {
        X87State state = default;
        X87Image.LoadExtended(&state, values->Image, true);
        byte* memory = operation.StoresToAx ? (byte*)&values->Rax : values->Memory;
        X87Instructions.Execute(&state, operation, 0, 0, 0, memory, &values->Rflags);
        X87Image.StoreExtended(&state, values->Image, true);
    }

    private static string Describe(FloatCase* values)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"cw {values->ControlWord:X4} sw {values->StatusWord:X4} tags {values->Occupied:X2} fl {values->Rflags:X3} st");
        for (int register = 0; register < 8; register++)
            text.Append(CultureInfo.InvariantCulture, $" {*(ushort*)(values->Image + 40 + register * 16):X4}:{*(ulong*)(values->Image + 32 + register * 16):X16}");
        text.Append(" mem ").Append(Convert.ToHexString(new Span<byte>(values->Memory, 30)));
        return text.ToString();
    }
}

using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Interpreter;
using Xunit;

namespace Kpio.Platform.X64.Tests.Decoding;

/// <summary>The short decoder says exactly what Iced's says, for every opcode and ModRM byte under every combination of prefixes that it takes.</summary>
public sealed unsafe class CommonFormsTests
{
    private const ulong Rip = 0x7FFF_1234_5FF0;
    private const int Longest = 15;

    private static readonly byte[][] Prefixes =
    [
        [], [0x66], [0xF3], [0xF2], [0xF0], [0x64], [0x66, 0xF3], [0x66, 0x64], [0xF0, 0x66], [0xF3, 0x66], [0x66, 0x66], [0xF0, 0x64],
        [0x2E], [0x65], [0x67], [0xF2, 0x66], [0x66, 0x2E], [0x2E, 0x64], [0x64, 0x2E], [0x66, 0x66, 0x2E], [0x67, 0x64], [0x2E, 0x2E],
    ];

    private static readonly byte[] Rexes = [0, 0x40, 0x41, 0x42, 0x44, 0x48, 0x49, 0x4A, 0x4C, 0x4D, 0x4F];

    [Theory]
    [InlineData(CpuModel.V2)]
    [InlineData(CpuModel.Max)]
    public void AgreesWithIcedOnEveryFormThatItTakes(CpuModel model)
    {
        var random = new Random(1);
        byte[] bytes = new byte[Longest];
        var reader = new ByteArrayCodeReader(bytes);
        Decoder decoder = BlockDecoder.CreateDecoder(reader, model);
        int taken = 0;
        foreach (byte[] prefix in Prefixes)
        {
            foreach (byte rex in Rexes)
            {
                for (int opcode = 0; opcode < 0x400; opcode++)
                {
                    for (int modRm = 0; modRm < 256; modRm++)
                    {
                        random.NextBytes(bytes);
                        int length = Encode(bytes, prefix, rex, opcode, (byte)modRm);
                        if (length > Longest)
                            continue;
                        taken += Compare(bytes, reader, decoder) ? 1 : 0;
                    }
                }
            }
        }

        Assert.InRange(taken, 1_000_000, int.MaxValue);
    }

    [Fact]
    public void AgreesWithIcedOnRandomBytes()
    {
        var random = new Random(2);
        byte[] bytes = new byte[Longest];
        var reader = new ByteArrayCodeReader(bytes);
        Decoder decoder = BlockDecoder.CreateDecoder(reader);
        int taken = 0;
        for (int i = 0; i < 2_000_000; i++)
        {
            random.NextBytes(bytes);
            taken += Compare(bytes, reader, decoder) ? 1 : 0;
        }

        Assert.InRange(taken, 500_000, int.MaxValue);
    }

    [Fact]
    public void DeclinesAnInstructionWhoseBytesEndTooSoon()
    {
        var random = new Random(3);
        byte[] bytes = new byte[Longest];
        int taken = 0;
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(bytes);
            fixed (byte* code = bytes)
            {
                if (!CommonForms.TryDecode(code, Longest, Rip, out Instruction whole, out _))
                    continue;
                taken++;
                for (int available = 0; available < whole.Length; available++)
                {
                    Assert.False(CommonForms.TryDecode(code, available, Rip, out _, out bool needsMore), $"{Convert.ToHexString(bytes)}: {available} bytes");
                    Assert.True(needsMore || whole.HasLockPrefix, $"{Convert.ToHexString(bytes)}: {available} bytes");
                }

                Assert.True(CommonForms.TryDecode(code, whole.Length, Rip, out Instruction exact, out _));
                Assert.True(Instruction.EqualsAllBits(whole, exact));
            }
        }

        Assert.InRange(taken, 50_000, int.MaxValue);
    }

    [Fact]
    public void AsksForMoreBytesOnlyWhereIcedDoes()
    {
        var random = new Random(4);
        int asked = 0;
        for (int i = 0; i < 2_000_000; i++)
        {
            byte[] bytes = new byte[random.Next(Longest)];
            random.NextBytes(bytes);
            bool needsMore;
            fixed (byte* code = bytes)
                CommonForms.TryDecode(code, bytes.Length, Rip, out _, out needsMore);
            if (!needsMore)
                continue;
            asked++;
            Decoder decoder = BlockDecoder.CreateDecoder(new ByteArrayCodeReader(bytes));
            decoder.Decode(out Instruction instruction);
            Assert.True(instruction.IsInvalid && decoder.LastError == DecoderError.NoMoreBytes, Convert.ToHexString(bytes));
        }

        Assert.InRange(asked, 50_000, int.MaxValue);
    }

    // Opcodes 0x000 to 0x0FF are those of one byte; then follow 0F xx, 0F 38 xx and 0F 3A xx.
    private static int Encode(byte[] bytes, byte[] prefix, byte rex, int opcode, byte modRm)
    {
        int length = 0;
        foreach (byte b in prefix)
            bytes[length++] = b;
        if (rex != 0)
            bytes[length++] = rex;
        if (opcode >= 0x100)
            bytes[length++] = 0x0F;
        if (opcode >= 0x200)
            bytes[length++] = (byte)(opcode < 0x300 ? 0x38 : 0x3A);
        bytes[length++] = (byte)opcode;
        bytes[length++] = modRm;
        return length;
    }

    private static bool Compare(byte[] bytes, ByteArrayCodeReader reader, Decoder decoder)
    {
        Instruction actual;
        fixed (byte* code = bytes)
        {
            if (!CommonForms.TryDecode(code, bytes.Length, Rip, out actual, out _))
                return false;
        }

        reader.Position = 0;
        decoder.IP = Rip;
        decoder.Decode(out Instruction expected);
        if (!Instruction.EqualsAllBits(expected, actual))
            Assert.Fail($"{Convert.ToHexString(bytes)}: {actual.Code} {actual} ({actual.Length} bytes), Iced {expected.Code} {expected} ({expected.Length} bytes)");
        return true;
    }
}

using System.Text;
using Kpio.Debugger.Protocol;

namespace Kpio.Debugger.Tests.Protocol;

/// <summary>The bytes of the protocol, right and wrong.</summary>
public sealed class PacketReaderTests
{
    [Theory]
    [InlineData("$g#67", "g")]
    [InlineData("+$g#67", "g")]
    [InlineData("$#00", "")]
    [InlineData("noise$m0,4#fd", "m0,4")]
    [InlineData("$lost$g#67", "g")]
    public void WholePacketsAreTaken(string input, string packet)
    {
        (InputKind kind, byte[] data) = Assert.Single(ReadAll(Encoding.Latin1.GetBytes(input)));
        Assert.Equal((InputKind.Packet, packet), (kind, Encoding.Latin1.GetString(data)));
    }

    [Theory]
    [InlineData("$g#68")]
    [InlineData("$g#6")]
    [InlineData("$g#zz")]
    [InlineData("$}#7d")]
    [InlineData("$g##6")]
    public void DamagedPacketsAreToldOrAwaited(string input)
    {
        List<(InputKind Kind, byte[] Data)> read = ReadAll(Encoding.Latin1.GetBytes(input));
        Assert.All(read, static item => Assert.Equal(InputKind.Damaged, item.Kind));
    }

    [Fact]
    public void EscapesAreUndone()
    {
        byte[] data = [(byte)'X', (byte)'#', (byte)'$', (byte)'}', (byte)'*', 3, 0, 255];
        (InputKind kind, byte[] read) = Assert.Single(ReadAll(new Reply().Binary(data).Frame()));
        Assert.Equal(InputKind.Packet, kind);
        Assert.Equal(data, read);
    }

    [Fact]
    public void InterruptsAndRepeatsStandBetweenPackets()
    {
        List<(InputKind Kind, byte[] Data)> read = ReadAll([3, (byte)'-', (byte)'+', .. "$g#67"u8, 3]);
        Assert.Equal([InputKind.Interrupt, InputKind.Resend, InputKind.Packet, InputKind.Interrupt], read.Select(static item => item.Kind));
    }

    [Fact]
    public void PacketsWithoutEndTakeNoMemory()
    {
        var reader = new PacketReader();
        Assert.False(reader.Take((byte)'$', out _, out _));
        for (int i = 0; i < 10 * PacketReader.PacketLimit; i++)
            Assert.False(reader.Take((byte)'a', out _, out _));
        Assert.Equal(InputKind.Damaged, Assert.Single(ReadAll("#00"u8.ToArray(), reader)).Kind);
        Assert.Equal(InputKind.Packet, Assert.Single(ReadAll("$g#67"u8.ToArray(), reader)).Kind);
    }

    [Fact]
    public void AnyBytesAreBorne()
    {
        var random = new Random(1);
        byte[] bytes = new byte[200_000];
        random.NextBytes(bytes);
        for (int i = 0; i < bytes.Length; i += random.Next(1, 40))
            bytes[i] = (byte)"$#}*+-"[random.Next(6)];
        Assert.All(ReadAll(bytes), static item => Assert.True(item.Data.Length <= PacketReader.PacketLimit));
    }

    private static List<(InputKind Kind, byte[] Data)> ReadAll(byte[] input, PacketReader? reader = null)
    {
        reader ??= new PacketReader();
        var read = new List<(InputKind, byte[])>();
        foreach (byte value in input)
        {
            if (reader.Take(value, out InputKind kind, out byte[] packet))
                read.Add((kind, packet));
        }

        return read;
    }
}

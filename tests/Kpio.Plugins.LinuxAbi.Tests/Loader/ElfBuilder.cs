using System.Buffers.Binary;

namespace Kpio.Plugins.LinuxAbi.Tests.Loader;

/// <summary>Makes small ELF files; every field can be set wrong.</summary>
internal sealed class ElfBuilder
{
    public const int HeaderSize = 64;
    public const int ProgramHeaderSize = 56;

    public ushort Type { get; set; } = 2;

    public ulong Entry { get; set; } = 0x401000;

    public int Size { get; set; } = 0x3000;

    public List<(uint Type, uint Flags, ulong Offset, ulong Address, ulong FileSize, ulong MemorySize, ulong Alignment)> Headers { get; } = [];

    /// <summary>A static program: code at 0x401000, data with BSS at 0x402010, a stack header.</summary>
    public static ElfBuilder Static() => new ElfBuilder()
        .Load(4, 0, 0x400000, 0xE8, 0xE8)
        .Load(5, 0x1000, 0x401000, 0x100, 0x100)
        .Load(6, 0x2010, 0x402010, 0x20, 0x3000)
        .Header(0x6474E551, 6, 0, 0, 0, 0);

    /// <summary>The same, position-independent.</summary>
    public static ElfBuilder Pie() => new ElfBuilder { Type = 3, Entry = 0x1000 }
        .Load(4, 0, 0, 0xE8, 0xE8)
        .Load(5, 0x1000, 0x1000, 0x100, 0x100)
        .Load(6, 0x2010, 0x2010, 0x20, 0x3000);

    public ElfBuilder Load(uint flags, ulong offset, ulong address, ulong fileSize, ulong memorySize) =>
        Header(1, flags, offset, address, fileSize, memorySize);

    public ElfBuilder Header(uint type, uint flags, ulong offset, ulong address, ulong fileSize, ulong memorySize, ulong alignment = 4096)
    {
        Headers.Add((type, flags, offset, address, fileSize, memorySize, alignment));
        return this;
    }

    public byte[] Build()
    {
        var bytes = new byte[Size];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)i;
        Span<byte> file = bytes;
        file[..HeaderSize].Clear();
        "\x7f"u8.CopyTo(file);
        "ELF"u8.CopyTo(file[1..]);
        file[4] = 2;
        file[5] = 1;
        file[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(file[16..], Type);
        BinaryPrimitives.WriteUInt16LittleEndian(file[18..], 62);
        BinaryPrimitives.WriteUInt32LittleEndian(file[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(file[24..], Entry);
        BinaryPrimitives.WriteUInt64LittleEndian(file[32..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[52..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[54..], ProgramHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file[56..], (ushort)Headers.Count);
        for (int i = 0; i < Headers.Count; i++)
        {
            Span<byte> header = file[(HeaderSize + (i * ProgramHeaderSize))..];
            BinaryPrimitives.WriteUInt32LittleEndian(header, Headers[i].Type);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Headers[i].Flags);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], Headers[i].Offset);
            BinaryPrimitives.WriteUInt64LittleEndian(header[16..], Headers[i].Address);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], Headers[i].Address);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], Headers[i].FileSize);
            BinaryPrimitives.WriteUInt64LittleEndian(header[40..], Headers[i].MemorySize);
            BinaryPrimitives.WriteUInt64LittleEndian(header[48..], Headers[i].Alignment);
        }

        return bytes;
    }
}

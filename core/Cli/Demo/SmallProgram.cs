using System.Buffers.Binary;

namespace Kpio.Cli.Demo;

/// <summary>Assembles a static ELF program that writes a text and exits, for machines without a compiler.</summary>
internal static class SmallProgram
{
    private const ulong Base = 0x400000;
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;

    /// <summary>The file's bytes.</summary>
    public static byte[] Assemble(ReadOnlySpan<byte> text)
    {
        int code = HeaderSize + ProgramHeaderSize;
        byte[] instructions =
        [
            0xB8, 1, 0, 0, 0, // mov eax, 1 (write)
            0xBF, 1, 0, 0, 0, // mov edi, 1
            0x48, 0x8D, 0x35, 0, 0, 0, 0, // lea rsi, [rip + text]
            0xBA, 0, 0, 0, 0, // mov edx, length
            0x0F, 0x05, // syscall
            0xB8, 60, 0, 0, 0, // mov eax, 60 (exit)
            0x31, 0xFF, // xor edi, edi
            0x0F, 0x05, // syscall
        ];
        BinaryPrimitives.WriteInt32LittleEndian(instructions.AsSpan(13), instructions.Length - 17);
        BinaryPrimitives.WriteInt32LittleEndian(instructions.AsSpan(18), text.Length);

        byte[] file = new byte[code + instructions.Length + text.Length];
        Span<byte> header = file;
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(header); // 64-bit, little-endian, version 1 (elf(5))
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], 2); // ET_EXEC
        BinaryPrimitives.WriteUInt16LittleEndian(header[18..], 62); // EM_X86_64
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], Base + (ulong)code);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[52..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[54..], ProgramHeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[56..], 1);

        Span<byte> segment = header[HeaderSize..];
        BinaryPrimitives.WriteInt32LittleEndian(segment, 1); // PT_LOAD
        BinaryPrimitives.WriteInt32LittleEndian(segment[4..], 5); // PF_R | PF_X
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 4096);

        instructions.CopyTo(header[code..]);
        text.CopyTo(header[(code + instructions.Length)..]);
        return file;
    }
}

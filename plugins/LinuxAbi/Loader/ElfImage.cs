using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>One PT_LOAD segment, checked.</summary>
/// <param name="Address">p_vaddr.</param>
/// <param name="FileOffset">p_offset.</param>
/// <param name="FileSize">p_filesz.</param>
/// <param name="MemorySize">p_memsz.</param>
/// <param name="Access">p_flags as a protection.</param>
internal sealed record ElfSegment(ulong Address, ulong FileOffset, ulong FileSize, ulong MemorySize, PageAccess Access)
{
    public ulong End => Address + MemorySize;

    public ulong PageStart => Address & ~0xFFFUL;

    public ulong PageEnd => (End + 0xFFF) & ~0xFFFUL;
}

/// <summary>
/// What the headers of an ELF file for x86_64 say (elf(5)). Nothing in a file is trusted: <see cref="Read"/> answers ENOEXEC or
/// EINVAL for whatever could not be mapped as it says, before anything is.
/// </summary>
internal sealed class ElfImage
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int MaximumProgramHeaders = 65536 / ProgramHeaderSize; // load_elf_phdrs: 64 KiB at most
    private const ushort ET_EXEC = 2;
    private const ushort ET_DYN = 3;
    private const ushort EM_X86_64 = 62;
    private const uint PT_LOAD = 1;
    private const uint PT_INTERP = 3;
    private const uint PT_GNU_STACK = 0x6474E551;

    private ElfImage(bool isPositionIndependent, ulong entry, int programHeaders)
    {
        IsPositionIndependent = isPositionIndependent;
        Entry = entry;
        ProgramHeaderCount = programHeaders;
    }

    /// <summary>ET_DYN: addresses are relative to where it is put.</summary>
    public bool IsPositionIndependent { get; }

    public ulong Entry { get; }

    public int ProgramHeaderCount { get; }

    /// <summary>Where the program headers lie in memory; 0 when no segment holds them.</summary>
    public ulong ProgramHeaderAddress { get; private set; }

    public bool HasExecutableStack { get; private set; }

    /// <summary>The path in PT_INTERP, or null.</summary>
    public byte[]? Interpreter { get; private set; }

    /// <summary>PT_LOAD segments by ascending address; at least one.</summary>
    public PlainList<ElfSegment> Segments { get; } = new();

    /// <summary>The largest p_align of a segment that is a power of two; a page at least.</summary>
    public ulong Alignment { get; private set; } = 4096;

    public ulong PageStart => Segments[0].PageStart;

    public ulong PageEnd => Segments[^1].PageEnd;

    public static Result<ElfImage> Read(ProgramFile file)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (!file.TryRead(header, 0))
            return Errno.ENOEXEC;
        bool isElf = header[..4].SequenceEqual("\x7f"u8 + "ELF"u8);
        const byte Class64 = 2;
        const byte LittleEndian = 1;
        ushort type = U16(header, 16);
        if (!isElf || header[4] != Class64 || header[5] != LittleEndian || type is not (ET_EXEC or ET_DYN) || U16(header, 18) != EM_X86_64)
            return Errno.ENOEXEC;
        int count = U16(header, 56);
        if (U16(header, 54) != ProgramHeaderSize || count is 0 or > MaximumProgramHeaders)
            return Errno.ENOEXEC;
        ulong tableOffset = U64(header, 32);
        var table = new byte[count * ProgramHeaderSize];
        if (!file.TryRead(table, tableOffset))
            return Errno.ENOEXEC;
        var image = new ElfImage(type == ET_DYN, U64(header, 24), count);
        for (int i = 0; i < count; i++)
        {
            Errno error = image.AddProgramHeader(file, table.AsSpan(i * ProgramHeaderSize, ProgramHeaderSize), tableOffset);
            if (error != Errno.None)
                return error;
        }

        if (image.Segments.Count == 0)
            return Errno.ENOEXEC;
        bool entryOutside = !image.IsPositionIndependent && image.Entry >= UserBuffer.AddressLimit;
        return entryOutside ? Errno.EINVAL : image;
    }

    private Errno AddProgramHeader(ProgramFile file, ReadOnlySpan<byte> header, ulong tableOffset)
    {
        uint type = U32(header, 0);
        uint flags = U32(header, 4);
        ulong offset = U64(header, 8);
        ulong address = U64(header, 16);
        ulong fileSize = U64(header, 32);
        ulong memorySize = U64(header, 40);
        ulong alignment = U64(header, 48);
        switch (type)
        {
            case PT_GNU_STACK:
                HasExecutableStack = (flags & 1) != 0;
                return Errno.None;
            case PT_INTERP when Interpreter is null:
                return ReadInterpreter(file, offset, fileSize);
            case PT_LOAD:
                break;
            default:
                return Errno.None;
        }

        if (memorySize == 0)
            return Errno.None;
        if (fileSize > memorySize || memorySize > UserBuffer.AddressLimit || address > UserBuffer.AddressLimit - memorySize)
            return Errno.EINVAL;
        if (((offset - address) & 0xFFF) != 0)
            return Errno.EINVAL;
        // Linux maps what is missing at the file's end and lets the program die of SIGBUS; a truncated file is refused here instead.
        if (fileSize > (ulong)file.Length || offset > (ulong)file.Length - fileSize)
            return Errno.ENOEXEC;
        var segment = new ElfSegment(address, offset, fileSize, memorySize, ToAccess(flags));
        if (Segments.Count > 0 && address < Segments[^1].End)
            return Errno.EINVAL; // elf(5): segments ascend; overlapping ones would replace each other
        if ((alignment & (alignment - 1)) == 0)
            Alignment = Math.Max(Alignment, alignment);
        if (Alignment > UserBuffer.AddressLimit)
            return Errno.EINVAL;
        if (offset <= tableOffset && tableOffset - offset < fileSize)
            ProgramHeaderAddress = tableOffset - offset + address;
        Segments.Add(segment);
        return Errno.None;
    }

    private Errno ReadInterpreter(ProgramFile file, ulong offset, ulong size)
    {
        if (size is < 2 or > UserString.MaximumPath)
            return Errno.ENOEXEC;
        var path = new byte[size];
        if (!file.TryRead(path, offset))
            return Errno.EIO;
        if (path[^1] != 0)
            return Errno.ENOEXEC;
        Interpreter = path[..ByteSearch.First(path, 0)];
        return Errno.None;
    }

    private static PageAccess ToAccess(uint flags) =>
        ((flags & 4) != 0 ? PageAccess.Read : PageAccess.None)
        | ((flags & 2) != 0 ? PageAccess.Write : PageAccess.None)
        | ((flags & 1) != 0 ? PageAccess.Execute : PageAccess.None);

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}

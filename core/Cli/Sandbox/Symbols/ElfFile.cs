using System.Buffers.Binary;
using System.Text;

namespace Kpio.Cli.Sandbox.Symbols;

/// <summary>A function of an ELF file.</summary>
/// <param name="Name">Its name, without a version.</param>
/// <param name="Address">Where it starts, relative to where the file is put.</param>
/// <param name="Size">Its bytes; 0 when the table does not say.</param>
internal sealed record ElfSymbol(string Name, ulong Address, ulong Size);

/// <summary>A part of an ELF file that is put into memory.</summary>
/// <param name="Address">Where.</param>
/// <param name="Offset">Its position in the file.</param>
/// <param name="Size">Its bytes in the file.</param>
/// <param name="IsCode">Whether it is executable.</param>
internal sealed record ElfPart(ulong Address, ulong Offset, ulong Size, bool IsCode);

/// <summary>
/// An x86-64 ELF file with its symbols (elf(5)), read as a whole. Nothing in it is trusted: what does not fit is left out, and what is no such
/// file is null.
/// </summary>
internal sealed class ElfFile
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int SymbolSize = 24;
    private readonly byte[] _content;
    private readonly List<Section> _sections = [];
    private List<ElfSymbol>? _symbols;

    private ElfFile(byte[] content) => _content = content;

    /// <summary>The parts that are put into memory.</summary>
    public List<ElfPart> Parts { get; } = [];

    /// <summary>Where it starts.</summary>
    public ulong Entry { get; private set; }

    /// <summary>PT_INTERP: the dynamic linker's path; null for a static file.</summary>
    public string? Interpreter { get; private set; }

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>Its functions by address: of the symbol table, and of the dynamic one.</summary>
    public IReadOnlyList<ElfSymbol> Symbols => _symbols ??= ReadFunctions();

    /// <summary>Reads a file.</summary>
    public static ElfFile? Read(byte[] content)
    {
        const byte Class64 = 2;
        const ushort EM_X86_64 = 62;
        if (content.Length < HeaderSize || !content.AsSpan(0, 4).SequenceEqual("\u007FELF"u8) || content[4] != Class64)
            return null;
        var file = new ElfFile(content) { Entry = BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(24)) };
        if (file.U16(18) != EM_X86_64)
            return null;
        file.ReadParts();
        file.ReadSections();
        return file;
    }

    /// <summary>The address of what lies at a position of the file.</summary>
    public bool TryGetAddress(ulong offset, out ulong address)
    {
        foreach (ElfPart part in Parts)
        {
            if (offset < part.Offset || offset - part.Offset >= part.Size)
                continue;
            address = part.Address + (offset - part.Offset);
            return true;
        }

        address = 0;
        return false;
    }

    /// <summary>The function that holds an address, or null.</summary>
    public ElfSymbol? FindSymbol(ulong address)
    {
        int low = 0;
        int high = Symbols.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (Symbols[middle].Address <= address)
                low = middle + 1;
            else
                high = middle;
        }

        // A function with a size that ends before is not the one, but what its file has no name for.
        return low > 0 && Symbols[low - 1] is var symbol && (symbol.Size == 0 || address < symbol.Address + symbol.Size) ? symbol : null;
    }

    /// <summary>The bytes of a part.</summary>
    public ReadOnlySpan<byte> BytesOf(ElfPart part) => _content.AsSpan((int)part.Offset, (int)part.Size);

    /// <summary>The names of the symbols that relocations fill in, by the address of the slot (R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT).</summary>
    public Dictionary<ulong, string> ReadImports()
    {
        const uint SHT_RELA = 4, R_X86_64_GLOB_DAT = 6, R_X86_64_JUMP_SLOT = 7;
        const int RelocationSize = 24;
        var imports = new Dictionary<ulong, string>();
        foreach (Section section in _sections)
        {
            if (section.Type != SHT_RELA || section.Link >= _sections.Count)
                continue;
            Section symbols = _sections[(int)section.Link];
            for (ulong at = 0; at + RelocationSize <= section.Size; at += RelocationSize)
            {
                int position = (int)(section.Offset + at);
                ulong info = U64(position + 8);
                if ((uint)info is R_X86_64_GLOB_DAT or R_X86_64_JUMP_SLOT && ReadSymbol(symbols, info >> 32) is { } symbol)
                    imports[U64(position)] = symbol.Name;
            }
        }

        return imports;
    }

    /// <summary>The libraries that the file names (DT_NEEDED).</summary>
    public List<string> ReadNeeded()
    {
        const uint SHT_DYNAMIC = 6;
        const int EntrySize = 16;
        var needed = new List<string>();
        foreach (Section section in _sections)
        {
            if (section.Type != SHT_DYNAMIC || section.Link >= _sections.Count)
                continue;
            Section names = _sections[(int)section.Link];
            for (ulong at = 0; at + EntrySize <= section.Size; at += EntrySize)
            {
                ulong name = U64((int)(section.Offset + at) + 8);
                if (U64((int)(section.Offset + at)) == 1 && name < names.Size)
                    needed.Add(Text(names.Offset + name));
            }
        }

        return needed;
    }

    /// <summary>Every function that others may call by its name: several names for one, and several versions of one name, included.</summary>
    public List<ElfSymbol> ReadExports()
    {
        const uint SHT_DYNSYM = 11;
        var exports = new List<ElfSymbol>();
        foreach (Section section in _sections)
        {
            for (ulong i = 1; section.Type == SHT_DYNSYM && (i + 1) * SymbolSize <= section.Size; i++)
            {
                if (ReadSymbol(section, i) is { Address: > 0 } symbol && IsFunction(section, i))
                    exports.Add(symbol);
            }
        }

        return exports;
    }

    private void ReadParts()
    {
        const uint PT_LOAD = 1, PT_INTERP = 3;
        ulong table = U64(32);
        int count = U16(56);
        for (int i = 0; i < count; i++)
        {
            ulong position = table + (ulong)(i * ProgramHeaderSize);
            if (table > (ulong)_content.Length || position + ProgramHeaderSize > (ulong)_content.Length)
                return;
            int at = (int)position;
            uint type = U32(at);
            (ulong offset, ulong size) = (U64(at + 8), U64(at + 32));
            if (type is not (PT_LOAD or PT_INTERP) || !Fits(offset, size) || size == 0)
                continue;
            if (type == PT_LOAD)
                Parts.Add(new ElfPart(U64(at + 16), offset, size, (U32(at + 4) & 1) != 0));
            else
                Interpreter = Text(offset);
        }
    }

    private void ReadSections()
    {
        ulong table = U64(40);
        int count = U16(60);
        if (table == 0 || U16(58) != SectionSize || !Fits(table, (ulong)count * SectionSize))
            return;
        for (int i = 0; i < count; i++)
        {
            int at = (int)table + (i * SectionSize);
            const uint SHT_NOBITS = 8;
            (uint type, ulong offset, ulong size) = (U32(at + 4), U64(at + 24), U64(at + 32));
            _sections.Add(type == SHT_NOBITS || !Fits(offset, size) ? new Section(0, 0, 0, 0) : new Section(type, offset, size, U32(at + 40)));
        }
    }

    private List<ElfSymbol> ReadFunctions()
    {
        const uint SHT_SYMTAB = 2, SHT_DYNSYM = 11;
        var symbols = new List<ElfSymbol>();
        foreach (Section section in _sections)
        {
            if (section.Type is not (SHT_SYMTAB or SHT_DYNSYM))
                continue;
            for (ulong i = 1; (i + 1) * SymbolSize <= section.Size; i++)
            {
                if (ReadSymbol(section, i) is { Address: > 0 } symbol && IsFunction(section, i))
                    symbols.Add(symbol);
            }
        }

        // Of several names for one address, the one that people know: not the reserved ones.
        symbols.Sort(static (one, other) => one.Address != other.Address ? one.Address.CompareTo(other.Address) : Rank(one).CompareTo(Rank(other)));
        var distinct = new List<ElfSymbol>(symbols.Count);
        foreach (ElfSymbol symbol in symbols)
        {
            if (distinct.Count == 0 || distinct[^1].Address != symbol.Address)
                distinct.Add(symbol);
        }

        return distinct;
    }

    private static int Rank(ElfSymbol symbol) => symbol.Size == 0 ? 100 : symbol.Name.TakeWhile(static c => c == '_').Count();

    private bool IsFunction(Section section, ulong index)
    {
        const int STT_FUNC = 2, STT_NOTYPE = 0, STT_GNU_IFUNC = 10;
        int at = (int)(section.Offset + (index * SymbolSize));
        int type = _content[at + 4] & 15;
        ushort part = U16(at + 6);
        return part is not 0 and < 0xFF00 && type is STT_FUNC or STT_NOTYPE or STT_GNU_IFUNC;
    }

    private ElfSymbol? ReadSymbol(Section section, ulong index)
    {
        if (section.Link >= _sections.Count || section.Size < SymbolSize || index > (section.Size / SymbolSize) - 1)
            return null;
        int at = (int)(section.Offset + (index * SymbolSize));
        Section names = _sections[(int)section.Link];
        uint name = U32(at);
        if (name == 0 || name >= names.Size)
            return null;
        string text = Text(names.Offset + name);
        return text.Length == 0 ? null : new ElfSymbol(text, U64(at + 8), U64(at + 16));
    }

    private string Text(ulong offset)
    {
        ReadOnlySpan<byte> bytes = _content.AsSpan((int)offset);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private bool Fits(ulong offset, ulong size) => size <= (ulong)_content.Length && offset <= (ulong)_content.Length - size;

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_content.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_content.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_content.AsSpan(at));

    private sealed record Section(uint Type, ulong Offset, ulong Size, uint Link);
}

using Kpio.Cli.Sandbox.Symbols;
using Kpio.Platform.X64.Analysis;

namespace Kpio.Cli.Sandbox.Needs;

/// <summary>A program or library with what its code shows.</summary>
internal sealed class CodeModule
{
    private CodeModule(string path, ElfFile file)
    {
        Path = path;
        File = file;
        Scan = new CodeScan(
            [.. file.Parts.Where(static part => part.IsCode).OrderBy(static part => part.Address).Select(part => (part.Address, file.Content.Slice((int)part.Offset, (int)part.Size)))],
            file.Symbols.Select(static symbol => symbol.Address).Append(file.Entry));
        Imports = file.ReadImports();
        Exports = file.ReadExports().ToLookup(static symbol => symbol.Name, static symbol => symbol.Address);
        ExportNames = file.ReadExports().ToLookup(static symbol => symbol.Address, static symbol => symbol.Name);
        Direct = Scan.Transfers.Where(static transfer => !transfer.IsThroughSlot).ToLookup(static transfer => transfer.Target);
        ThroughSlot = Scan.Transfers.Where(static transfer => transfer.IsThroughSlot).ToLookup(static transfer => transfer.Target);
        ByFunction = Scan.Transfers.ToLookup(static transfer => transfer.Function);
        Taken = Scan.Taken.ToLookup(static taken => taken.Function, static taken => taken.Taken);
    }

    public string Path { get; }

    public ElfFile File { get; }

    public CodeScan Scan { get; }

    /// <summary>Names by the address of the slot that the dynamic linker fills in.</summary>
    public Dictionary<ulong, string> Imports { get; }

    /// <summary>Functions by name.</summary>
    public ILookup<string, ulong> Exports { get; }

    /// <summary>Names by function.</summary>
    public ILookup<ulong, string> ExportNames { get; }

    /// <summary>Calls and jumps by where they lead.</summary>
    public ILookup<ulong, CodeTransfer> Direct { get; }

    /// <summary>Calls and jumps by the slot that they lead through.</summary>
    public ILookup<ulong, CodeTransfer> ThroughSlot { get; }

    /// <summary>Calls and jumps by the function that makes them.</summary>
    public ILookup<ulong, CodeTransfer> ByFunction { get; }

    /// <summary>Functions whose address a function takes.</summary>
    public ILookup<ulong, ulong> Taken { get; }

    /// <summary>The calls that each function makes.</summary>
    public Dictionary<ulong, SortedSet<StaticNeed>> Needs { get; } = [];

    /// <summary>How many calls of each function have a number that the code does not show.</summary>
    public Dictionary<ulong, int> Unknown { get; } = [];

    /// <summary>Reads a file; null for what is no x86-64 ELF file.</summary>
    public static CodeModule? Read(string path, byte[] content) => ElfFile.Read(content) is { } file ? new CodeModule(path, file) : null;

    /// <summary>Notes what a function needs.</summary>
    public void Add(ulong function, StaticNeed need)
    {
        if (!Needs.TryGetValue(function, out SortedSet<StaticNeed>? needs))
            Needs[function] = needs = [];
        needs.Add(need);
    }
}

/// <summary>A call that code makes.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Operation">The value of the argument that says what it is to do, when the code shows it and the call has one.</param>
internal readonly record struct StaticNeed(uint Number, ulong? Operation) : IComparable<StaticNeed>
{
    public int CompareTo(StaticNeed other) =>
        Number != other.Number ? Number.CompareTo(other.Number) : Nullable.Compare(Operation, other.Operation);
}

using System.Globalization;
using System.Text;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Kernel;

namespace Kpio.Cli.Sandbox.Symbols;

/// <summary>Names places in the files of a machine whose run is over, by the files' own symbol tables.</summary>
internal sealed class SymbolBook(MachineFiles files)
{
    private const int MostBytes = 256 << 20;
    private readonly Dictionary<string, ElfFile?> _files = [];

    /// <summary><c>write+0x14 (libc.so.6)</c>, <c>busybox+0x1234</c> for a file without symbols there, <c>0x7f…</c> for memory without a file.</summary>
    public string Describe(CodePlace place)
    {
        if (place.Module is not { } module)
            return Hex(place.Offset);
        string name = module[(module.LastIndexOf('/') + 1)..];
        if (!_files.TryGetValue(module, out ElfFile? file))
            _files[module] = file = files.Read(Encoding.UTF8.GetBytes(module), MostBytes).TryGet(out byte[]? content, out _) ? ElfFile.Read(content) : null;
        if (file is null || !file.TryGetAddress(place.Offset, out ulong address) || file.FindSymbol(address) is not { } symbol)
            return $"{name}+{Hex(place.Offset)}";
        return $"{symbol.Name}+{Hex(address - symbol.Address)} ({name})";
    }

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}

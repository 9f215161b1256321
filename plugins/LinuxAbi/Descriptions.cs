using System.Text;
using Kpio.Contracts.Abi;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>What is said of the calls, read from the text when somebody first asks: it never changes, so that all machines of a process share it.</summary>
internal static class Descriptions
{
    /// <summary>Everything that is described.</summary>
    public static AbiCatalog Catalog { get; } = Read();

    /// <summary>The calls by their numbers, with null for those that Linux does not have.</summary>
    public static SyscallInfo?[] ByNumber { get; } = Index(Catalog.Syscalls);

    private static AbiCatalog Read()
    {
        var reader = new AbiReader();
        reader.Read(Encoding.UTF8.GetString(CatalogText.Utf8));
        return reader.Complete();
    }

    private static SyscallInfo?[] Index(IReadOnlyList<SyscallInfo> calls)
    {
        var table = new SyscallInfo?[calls[^1].Number + 1];
        foreach (SyscallInfo call in calls)
            table[call.Number] = call;
        return table;
    }
}

using Kpio.Contracts.Abi;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Sets that strace prints otherwise than their description says.</summary>
internal static class IrregularSets
{
    public static SetFormat Create(NamedSet set) => set.Name switch
    {
        "AccessMode" => new SetFormat(set) { Unknown = "?_OK" },
        "Clone" => new SetFormat(set with { Values = [.. set.Values.Where(static v => v.Key != "CLONE_DETACHED")] }), // strace does not know it
        "Map" => new SetFormat(WithFirst(set, "MAP_FILE", 0)) { ExtraBits = AppendHugePageSize },
        "Open" => new SetFormat(WithFirst(Renamed(set, "O_ASYNC", "FASYNC"), "O_ACCMODE", 3)),
        "SigactionHandler" => new SetFormat(WithFirst(set, "SIG_ERR", ulong.MaxValue)) { UnknownIsAddress = true },
        "Statx" => new SetFormat(WithFirst(WithFirst(set, "STATX_BASIC_STATS", 0x7FF), "STATX_ALL", 0xFFF)),
        "Wait" => new SetFormat(set) { Unknown = "W???" },
        _ => new SetFormat(set),
    };

    private static NamedSet WithFirst(NamedSet set, string name, ulong value) =>
        set.Values.Any(v => v.Key == name) ? set : set with { Values = [new(name, value), .. set.Values] };

    private static NamedSet Renamed(NamedSet set, string from, string to) =>
        set with { Values = [.. set.Values.Select(v => v.Key == from ? new KeyValuePair<string, ulong>(to, v.Value) : v)] };

    /// <summary>Bits 26 to 31 of mmap's flags hold the logarithm of the size of huge pages (mmap(2), MAP_HUGE_2MB).</summary>
    private static ulong AppendHugePageSize(LineBuffer line, ulong rest)
    {
        ulong size = rest >> 26 & 0x3F;
        if (size != 0)
            line.Append('|').AppendDecimal(size).Append("<<MAP_HUGE_SHIFT");
        return rest & ~(0x3FUL << 26);
    }
}

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// Where code and data of a test lie, on the host and in the guest alike: below 2 GiB, so that every form of address reaches them.
/// </summary>
internal static class OracleMemory
{
    /// <summary>The first of the host's own pages: stubs and snapshots. The guest does not have them.</summary>
    public const ulong Control = 0x1000_0000;

    public const int ControlLength = 0x2_0000;

    /// <summary>Code, filled with int3 around the instruction under test.</summary>
    public const ulong Code = 0x1010_0000;

    public const int CodeLength = 0x2000;

    /// <summary>Where the instruction under test lies: in the middle, so that short branches both ways stay within.</summary>
    public const ulong Entry = Code + 0x0F80;

    /// <summary>Code of tests that run beside those which use <see cref="Code"/>.</summary>
    public const ulong OtherCode = 0x1018_0000;

    public const int OtherCodeLength = 0x1000;

    /// <summary>Two pages of data; the pages before and behind are not mapped.</summary>
    public const ulong Data = 0x1020_0000;

    public const int DataLength = 0x2000;

    /// <summary>The border between the two pages.</summary>
    public const ulong DataBorder = Data + 0x1000;

    /// <summary>What GS adds to an address.</summary>
    public const ulong GsBase = 0x0123_4560;
}

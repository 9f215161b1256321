using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing;

/// <summary>Counts calls by number. The table is the seed document's, to the character.</summary>
internal sealed class SyscallStatistics : ISyscallStatistics, IStatefulService<OwnState>
{
    private const int StateVersion = 1;
    private const int MaximumKnown = 1024;
    private const int InnerWidth = 46;
    private readonly long[] _counts = new long[MaximumKnown];
    private readonly string?[] _names = new string?[MaximumKnown];
    private readonly SortedDictionary<uint, long> _others = [];

    public SyscallSet Interests { get; } = SyscallSet.All();

    public long Total { get; private set; }

    public long Unknown { get; private set; }

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        Total++;
        if (info is null || info.Support == SyscallSupport.None)
            Unknown++;
        uint number = frame.Number;
        if (number < MaximumKnown)
        {
            _counts[number]++;
            _names[number] ??= info?.Name;
        }
        else
        {
            _others[number] = _others.GetValueOrDefault(number) + 1;
        }
    }

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
    }

    public OwnState Capture()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Total);
        writer.Write(Unknown);
        for (int number = 0; number < MaximumKnown; number++)
        {
            if (_counts[number] == 0)
                continue;
            writer.Write(number);
            writer.Write(_counts[number]);
            writer.Write(_names[number] ?? "");
        }

        writer.Write(-1);
        foreach ((uint number, long count) in _others)
        {
            writer.Write(number);
            writer.Write(count);
        }

        writer.Flush();
        return new OwnState { Version = StateVersion, Bytes = bytes.ToArray() };
    }

    public Errno Restore(OwnState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        var bytes = new MemoryStream(state.Bytes.ToArray());
        using var reader = new BinaryReader(bytes);
        Total = reader.ReadInt64();
        Unknown = reader.ReadInt64();
        for (int number = reader.ReadInt32(); number >= 0; number = reader.ReadInt32())
        {
            _counts[number] = reader.ReadInt64();
            _names[number] = reader.ReadString() is { Length: > 0 } name ? name : null;
        }

        while (bytes.Position < bytes.Length)
            _others[reader.ReadUInt32()] = reader.ReadInt64();
        return Errno.None;
    }

    public void WriteTable(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        string bar = new('═', InnerWidth);
        output.Write($"╔{bar}╗\n");
        output.Write("║      Linux Syscall Statistics Summary        ║\n");
        output.Write($"╠{bar}╣\n");
        output.Write($"║ Total invocations: {Total,-26}║\n");
        output.Write($"║ Unknown syscalls:  {Unknown,-26}║\n");
        output.Write($"╠{bar}╣\n");
        // One column short, as in the document that the format is taken from.
        output.Write("║  # │ Name                │ Count            ║\n");
        output.Write($"╠{bar}╣\n");
        foreach ((uint number, string name, long count) in Sorted())
            output.Write($"║ {number,3} │ {name,-19} │ {count,-16} ║\n");
        output.Write($"╚{bar}╝\n");
    }

    public void WriteJson(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write($"{{\"total\":{Total},\"unknown\":{Unknown},\"syscalls\":[");
        string separator = "";
        foreach ((uint number, string name, long count) in Sorted())
        {
            output.Write($"{separator}{{\"nr\":{number},\"name\":\"{name}\",\"count\":{count}}}");
            separator = ",";
        }

        output.Write("]}\n");
    }

    /// <summary>The calls that were made, the most frequent first, equal ones by number.</summary>
    private IEnumerable<(uint Number, string Name, long Count)> Sorted()
    {
        var rows = new List<(uint Number, string Name, long Count)>();
        for (uint number = 0; number < MaximumKnown; number++)
        {
            if (_counts[number] != 0)
                rows.Add((number, _names[number] ?? "unknown", _counts[number]));
        }

        foreach ((uint number, long count) in _others)
            rows.Add((number, "unknown", count));
        return rows.OrderByDescending(row => row.Count).ThenBy(row => row.Number);
    }
}

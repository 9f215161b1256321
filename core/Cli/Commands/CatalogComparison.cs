using System.Globalization;
using System.Text.Json;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary>What differs between the catalogs of two interfaces, call by call.</summary>
internal sealed class CatalogComparison
{
    private readonly List<(SyscallInfo? A, SyscallInfo? B)> _rows = [];

    public CatalogComparison(AbiCatalog a, AbiCatalog b)
    {
        var others = new SortedDictionary<uint, SyscallInfo>(b.Syscalls.ToDictionary(static call => call.Number));
        foreach (SyscallInfo call in a.Syscalls)
        {
            others.Remove(call.Number, out SyscallInfo? other);
            if (other is null || Changes(call, other).Count > 0)
                _rows.Add((call, other));
        }

        foreach (SyscallInfo call in others.Values)
            _rows.Add((null, call));
        _rows.Sort(static (one, two) => (one.A ?? one.B)!.Number.CompareTo((two.A ?? two.B)!.Number));
    }

    /// <summary>Whether the catalogs say the same.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Prints the differences.</summary>
    public void Print(TextWriter output, string a, string b)
    {
        if (IsEmpty)
        {
            output.WriteLine($"{a} and {b} describe the same calls");
            return;
        }

        TextTable.Write(output, ["number", "name", "what", a, b], _rows.SelectMany(Lines));
        output.WriteLine($"{_rows.Count} call{(_rows.Count == 1 ? "" : "s")} differ{(_rows.Count == 1 ? "s" : "")}");
    }

    /// <summary>Writes the differences as JSON.</summary>
    public void Write(Utf8JsonWriter writer, string a, string b)
    {
        writer.WriteStartObject();
        writer.WriteString("a", a);
        writer.WriteString("b", b);
        writer.WriteBoolean("same", IsEmpty);
        writer.WriteStartArray("calls");
        foreach ((SyscallInfo? one, SyscallInfo? other) in _rows)
        {
            writer.WriteStartObject();
            writer.WriteNumber("number", (one ?? other)!.Number);
            writer.WriteString("name", (one ?? other)!.Name);
            WriteSide(writer, "a", one);
            WriteSide(writer, "b", other);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSide(Utf8JsonWriter writer, string name, SyscallInfo? call)
    {
        writer.WritePropertyName(name);
        if (call is null)
            writer.WriteNullValue();
        else
            AbiShowCommand.WriteCall(writer, call);
    }

    private static IEnumerable<string[]> Lines((SyscallInfo? A, SyscallInfo? B) row)
    {
        string number = (row.A ?? row.B)!.Number.ToString(CultureInfo.InvariantCulture);
        string name = (row.A ?? row.B)!.Name;
        if (row is { A: { } a, B: { } b })
            return Changes(a, b).Select(change => new[] { number, name, change.What, Shown(change.A), Shown(change.B) });
        return [[number, name, "is there", row.A is null ? "no" : CallText.Signature(row.A), row.B is null ? "no" : CallText.Signature(row.B)]];
    }

    private static string Shown(string text) => text.Length == 0 ? "-" : text;

    private static List<(string What, string A, string B)> Changes(SyscallInfo a, SyscallInfo b)
    {
        var changes = new List<(string What, string A, string B)>();
        Compare("name", a.Name, b.Name);
        Compare("arguments", CallText.Signature(a), CallText.Signature(b));
        Compare("tier", a.Tier.ToString(), b.Tier.ToString());
        Compare("support", CallText.Support(a), CallText.Support(b));
        Compare("layer", a.Layer, b.Layer);
        Compare("note", a.Note, b.Note);
        return changes;

        void Compare(string what, string one, string other)
        {
            if (one != other)
                changes.Add((what, one, other));
        }
    }
}

using System.Globalization;
using System.Text;
using Kpio.Contracts.Abi;

namespace AbiGen;

/// <summary>Writes the values of all sets as constants of one class, which handlers import with <c>using static</c>. Error numbers have their enumeration in the contracts.</summary>
internal static class ConstantsWriter
{
    private const string ErrorSet = "Errno";

    /// <summary>One name with two values could not be a constant.</summary>
    public static IEnumerable<string> FindConflicts(AbiCatalog catalog)
    {
        var seen = new Dictionary<string, (ulong Value, string Set)>();
        foreach (NamedSet set in Sets(catalog))
        {
            foreach ((string name, ulong value) in set.Values)
            {
                if (!seen.TryAdd(name, (value, set.Name)) && seen[name].Value != value)
                    yield return $"error: {name} has different values in the sets {seen[name].Set} and {set.Name}";
            }
        }
    }

    public static string Write(AbiCatalog catalog)
    {
        var text = new StringBuilder(Generator.Header);
        text.Append("""
            namespace Kpio.Plugins.LinuxAbi;

            internal static class Linux
            {

            """);
        var seen = new HashSet<string>();
        foreach (NamedSet set in Sets(catalog))
        {
            string type = ArgumentTypes.OfScalar(set.Type)!;
            foreach ((string name, ulong value) in set.Values)
            {
                if (seen.Add(name))
                    text.Append(CultureInfo.InvariantCulture, $"    public const {type} {name} = {Literal(set.Type, value)};\n");
            }
        }

        return text.Append("}\n").ToString();
    }

    private static IEnumerable<NamedSet> Sets(AbiCatalog catalog) =>
        catalog.Sets.Values.Where(s => s.Name != ErrorSet).OrderBy(s => s.Name, StringComparer.Ordinal);

    private static string Literal(ScalarType type, ulong value) => type switch
    {
        ScalarType.I32 => ((int)value).ToString(CultureInfo.InvariantCulture),
        ScalarType.I64 => ((long)value).ToString(CultureInfo.InvariantCulture),
        ScalarType.U32 => $"0x{(uint)value:x}",
        _ => $"0x{value:x}",
    };
}

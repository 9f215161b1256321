using System.Globalization;
using System.Text;
using Kpio.Contracts.Abi;

namespace AbiGen;

/// <summary>Writes the structures as blittable C# structs with explicit layout; arrays become inline arrays.</summary>
internal static class StructsWriter
{
    public static string Write(AbiCatalog catalog)
    {
        var text = new StringBuilder(Generator.Header);
        text.Append("""
            using System.Runtime.CompilerServices;
            using System.Runtime.InteropServices;

            namespace Kpio.Plugins.LinuxAbi.Structs;


            """);
        var arrays = new SortedDictionary<string, (string Element, int Count)>(StringComparer.Ordinal);
        foreach (StructInfo info in catalog.Structs.Values.OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"[StructLayout(LayoutKind.Explicit, Size = {info.Size})]\ninternal struct {Generator.Pascal(info.Name)}\n{{\n");
            foreach (FieldInfo field in info.Fields)
            {
                string type = ArgumentTypes.OfScalar(field.Scalar) ?? Generator.Pascal(field.Set!);
                if (field.Count > 1)
                {
                    string array = $"{Generator.Pascal(type)}Array{field.Count}";
                    arrays[array] = (type, field.Count);
                    type = array;
                }

                text.Append(CultureInfo.InvariantCulture, $"    [FieldOffset({field.Offset})] public {type} {field.Name};\n");
            }

            text.Append("}\n\n");
        }

        foreach ((string name, (string element, int count)) in arrays)
            text.Append(CultureInfo.InvariantCulture, $"[InlineArray({count})]\ninternal struct {name}\n{{\n    private {element} _first;\n}}\n\n");
        text.Length--;
        return text.ToString();
    }
}

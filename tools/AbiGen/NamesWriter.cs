using System.Globalization;
using System.Text;
using Kpio.Contracts.Abi;

namespace AbiGen;

/// <summary>Writes the names alone, which the log of unknown calls needs without the whole catalog.</summary>
internal static class NamesWriter
{
    public static string Write(AbiCatalog catalog)
    {
        var text = new StringBuilder(Generator.Header);
        text.Append("""
            namespace Kpio.Plugins.LinuxAbi;

            internal static class SyscallNames
            {
                public static string? Of(uint number) => number switch
                {

            """);
        foreach (SyscallInfo call in catalog.Syscalls)
            text.Append(CultureInfo.InvariantCulture, $"        {call.Number} => \"{call.Name}\",\n");
        return text.Append("        _ => null,\n    };\n}\n").ToString();
    }
}

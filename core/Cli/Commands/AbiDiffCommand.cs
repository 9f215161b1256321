using System.CommandLine;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio abi diff</c>: two interfaces compared by what they say of themselves.</summary>
internal static class AbiDiffCommand
{
    private const int Different = 1;

    public static Command Create()
    {
        var a = new Argument<string>("A") { Description = AbiChoice.Description };
        var b = new Argument<string>("B") { Description = "The other interface, named in the same way." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        Option<string[]> plugin = AbiChoice.PluginOption();
        var command = new Command("diff", """
            Compare two interfaces. Exit code: 0 when they are the same, 1 when they differ, 2 when that cannot be found out.

            Examples:
              kpio abi diff linux kpio-tier-a
              kpio abi diff linux linux:variant.cs
            """) { a, b, json, plugin };
        command.SetAction(result =>
        {
            (string one, string other) = (result.GetValue(a)!, result.GetValue(b)!);
            AbiCatalog first = AbiChoice.Catalog(AbiChoice.Read(one, result.GetValue(plugin)));
            var comparison = new CatalogComparison(first, AbiChoice.Catalog(AbiChoice.Read(other, result.GetValue(plugin))));
            if (result.GetValue(json))
                Console.Out.WriteLine(JsonText.Of(writer => comparison.Write(writer, one, other)));
            else
                comparison.Print(Console.Out, one, other);
            return comparison.IsEmpty ? 0 : Different;
        });
        return command;
    }
}

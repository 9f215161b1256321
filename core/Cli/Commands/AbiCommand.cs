using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Kpio.Cli.Running;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio abi</c>: the system call interface as data.</summary>
internal static class AbiCommand
{
    public static Command Create()
    {
        var format = new Option<string>("--format") { Description = "How to print it.", HelpName = "table|csv|json", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "csv", "json");
        var json = new Option<bool>("--json") { Description = "The same as --format json." };
        var abi = new Option<string?>("--abi") { Description = "The interface: linux (default), kpio-tier-a, or a plugin: an assembly, or one .cs file.", HelpName = "NAME|PATH" };
        var tier = new Option<string[]>("--tier") { Description = "Only these tiers, or a variant, as in kpio run.", HelpName = "A|A+B|+N,-N|NAME|PATH" };
        var list = new Command("list", "List every system call with its number, name, tier, status and note.") { format, json, abi, tier };
        list.SetAction(result =>
        {
            var options = new RunOptions();
            if (result.GetValue(abi) is { } variant)
                AbiPart.Apply(options, variant);
            foreach (string text in result.GetValue(tier) ?? [])
                options.Tiers.Add(AbiPart.ReadTier(text));
            IReadOnlyList<SyscallInfo> calls = CatalogMachine.Ask(options, machine => machine.Slots.Abi.Current.Catalog.Syscalls);
            Print(calls, result.GetValue(json) ? "json" : result.GetValue(format)!);
            return 0;
        });
        return new Command("abi", "Show and compare system call interfaces.") { list, AbiShowCommand.Create(), AbiDiffCommand.Create(), AbiNeedsCommand.Create() };
    }

    private static void Print(IReadOnlyList<SyscallInfo> calls, string format)
    {
        switch (format)
        {
            case "json":
                Console.Out.WriteLine(ToJson(calls));
                break;
            case "csv":
                Console.Out.WriteLine("number,name,tier,status,note");
                foreach (SyscallInfo call in calls)
                    Console.Out.WriteLine(string.Join(',', Cells(call).Select(Quote)));
                break;
            default:
                TextTable.Write(Console.Out, ["number", "name", "tier", "status", "note"], calls.Select(Cells));
                break;
        }
    }

    private static string[] Cells(SyscallInfo call) =>
        [call.Number.ToString(CultureInfo.InvariantCulture), call.Name, call.Tier.ToString(), Status(call), call.Note];

    private static string Status(SyscallInfo call) => call.Support.ToString().ToLowerInvariant();

    /// <summary>RFC 4180: quotation marks around what holds a comma, a quotation mark or a line end.</summary>
    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    private static string ToJson(IReadOnlyList<SyscallInfo> calls)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (SyscallInfo call in calls)
            {
                writer.WriteStartObject();
                writer.WriteNumber("number", call.Number);
                writer.WriteString("name", call.Name);
                writer.WriteString("tier", call.Tier.ToString());
                writer.WriteString("status", Status(call));
                writer.WriteString("note", call.Note);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}

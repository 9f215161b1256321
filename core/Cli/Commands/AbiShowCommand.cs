using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kpio.Cli.Running;
using Kpio.Contracts.Abi;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio abi show</c>: the catalog of one interface.</summary>
internal static class AbiShowCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = AbiChoice.Description };
        var calls = new Argument<string[]>("CALL") { Description = "Only these calls, by name or number.", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        Option<string[]> plugin = AbiChoice.PluginOption();
        var command = new Command("show", """
            Show an interface: each call's number, name, arguments, tier, how far it is supported, and what is special about it.

            Examples:
              kpio abi show linux openat
              kpio abi show kpio-tier-a
              kpio abi show --json linux:A+B:variant.cs
            """) { name, calls, json, plugin };
        command.SetAction(result =>
        {
            AbiCatalog catalog = AbiChoice.Catalog(AbiChoice.Read(result.GetValue(name)!, result.GetValue(plugin)));
            List<SyscallInfo> rows = Select(catalog, result.GetValue(calls) ?? []);
            if (result.GetValue(json))
                Console.Out.WriteLine(JsonText.Of(writer => Write(writer, rows)));
            else
                TextTable.Write(Console.Out, ["number", "name", "arguments", "tier", "support", "layer", "notes"], rows.Select(Cells));
            return 0;
        });
        return command;
    }

    private static List<SyscallInfo> Select(AbiCatalog catalog, string[] calls)
    {
        if (calls.Length == 0)
            return [.. catalog.Syscalls];
        var rows = new List<SyscallInfo>();
        foreach (string call in calls)
        {
            rows.Add(catalog.Syscalls.FirstOrDefault(info => info.Name == call || info.Number.ToString(CultureInfo.InvariantCulture) == call)
                ?? throw new UsageException($"there is no system call '{call}' in this interface"));
        }

        return rows;
    }

    private static string[] Cells(SyscallInfo call) =>
        [call.Number.ToString(CultureInfo.InvariantCulture), call.Name, CallText.Signature(call), call.Tier.ToString(), CallText.Support(call), call.Layer, call.Note];

    private static void Write(Utf8JsonWriter writer, List<SyscallInfo> rows)
    {
        writer.WriteStartArray();
        foreach (SyscallInfo call in rows)
            WriteCall(writer, call);
        writer.WriteEndArray();
    }

    /// <summary>Writes a call as an object.</summary>
    public static void WriteCall(Utf8JsonWriter writer, SyscallInfo call)
    {
        writer.WriteStartObject();
        writer.WriteNumber("number", call.Number);
        writer.WriteString("name", call.Name);
        writer.WriteStartArray("arguments");
        foreach (ArgumentInfo argument in call.Arguments)
        {
            writer.WriteStartObject();
            writer.WriteString("name", argument.Name);
            writer.WriteString("kind", argument.Kind.ToString());
            if (argument.Set is { } set)
                writer.WriteString("set", set);
            if (argument.LengthArgument >= 0)
                writer.WriteNumber("length", argument.LengthArgument);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("result", call.Result.Kind.ToString());
        writer.WriteString("category", call.Category);
        writer.WriteString("tier", call.Tier.ToString());
        writer.WriteString("support", CallText.Support(call));
        writer.WriteString("layer", call.Layer);
        writer.WriteString("note", call.Note);
        writer.WriteEndObject();
    }
}

using System.CommandLine;
using System.Text.Json;
using Kpio.Cli.Running;
using Kpio.Contracts.Plugins;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio plugins</c>: what is loaded, and what each one provides.</summary>
internal static class PluginsCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var plugin = new Option<string[]>("--plugin") { Description = "Load this plugin too: an assembly, or one .cs file.", HelpName = "PATH" };
        var command = new Command("plugins", "List the plugins that a machine has, with what they provide.") { json, plugin };
        command.SetAction(result =>
        {
            var options = new RunOptions();
            options.Plugins.AddRange(result.GetValue(plugin) ?? []);
            List<Row> rows = CatalogMachine.Ask(options, machine => machine.Plugins.Select(Row.Of).ToList());
            if (result.GetValue(json))
                Console.Out.WriteLine(ToJson(rows));
            else
                TextTable.Write(Console.Out, ["name", "version", "contract", "provides"], rows.Select(r => new[] { r.Name, r.Version, r.Contract, string.Join(", ", r.Provides) }));
            return 0;
        });
        return command;
    }

    private static string ToJson(List<Row> rows)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartArray();
            foreach (Row row in rows)
            {
                writer.WriteStartObject();
                writer.WriteString("name", row.Name);
                writer.WriteString("version", row.Version);
                writer.WriteString("contract", row.Contract);
                writer.WriteString("path", row.Path);
                writer.WriteStartArray("provides");
                foreach (string service in row.Provides)
                    writer.WriteStringValue(service);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private sealed record Row(string Name, string Version, string Contract, string? Path, string[] Provides)
    {
        public static Row Of(PluginGeneration plugin)
        {
            PluginManifest manifest = plugin.Manifest;
            return new Row(manifest.Name, manifest.Version.ToString(), manifest.Contract.ToString(), plugin.Source.Path, [.. manifest.Provides.Select(type => type.Name)]);
        }
    }
}

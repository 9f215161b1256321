using System.Globalization;
using System.Text.Json;
using Kpio.Contracts.Plugins;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Commands;

/// <summary>What is told of a loaded plugin.</summary>
/// <param name="Kind">built-in, assembly, source, or instance.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its own version.</param>
/// <param name="Contract">The version of the contracts that it was built for.</param>
/// <param name="Path">Where it came from.</param>
/// <param name="Generation">Which one of its name it is; the first is 1.</param>
/// <param name="Since">When it was loaded.</param>
/// <param name="Provides">Its services.</param>
internal sealed record PluginRow(string Kind, string Name, string Version, string Contract, string? Path, int Generation, DateTime Since, string[] Provides)
{
    /// <summary>The heads of <see cref="Cells"/>.</summary>
    public static string[] Header { get; } = ["kind", "name", "version", "contract", "generation", "since", "path", "provides"];

    /// <summary>For people, with the local time.</summary>
    public string[] Cells() =>
    [
        Kind, Name, Version, Contract, Generation.ToString(CultureInfo.InvariantCulture),
        Since.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), Path ?? "", string.Join(", ", Provides),
    ];

    public static PluginRow Of(PluginGeneration plugin)
    {
        PluginManifest manifest = plugin.Manifest;
        string kind = plugin.Source.Kind switch
        {
            PluginKind.BuiltIn => "built-in",
            PluginKind.Assembly => "assembly",
            PluginKind.Source => "source",
            _ => "instance",
        };
        return new PluginRow(
            kind, manifest.Name, manifest.Version.ToString(), manifest.Contract.ToString(), plugin.Source.Path, plugin.Number, plugin.LoadedAt,
            [.. manifest.Provides.Select(static type => type.Name)]);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static PluginRow Read(JsonElement row) => new(
        row.GetProperty("kind").GetString()!,
        row.GetProperty("name").GetString()!,
        row.GetProperty("version").GetString()!,
        row.GetProperty("contract").GetString()!,
        row.GetProperty("path").GetString(),
        row.GetProperty("generation").GetInt32(),
        row.GetProperty("since").GetDateTime(),
        [.. row.GetProperty("provides").EnumerateArray().Select(static service => service.GetString()!)]);

    /// <summary>Writes an array of them, as a property where it has a name.</summary>
    public static void Write(Utf8JsonWriter writer, string? property, IEnumerable<PluginRow> rows)
    {
        if (property is null)
            writer.WriteStartArray();
        else
            writer.WriteStartArray(property);
        foreach (PluginRow row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("kind", row.Kind);
            writer.WriteString("name", row.Name);
            writer.WriteString("version", row.Version);
            writer.WriteString("contract", row.Contract);
            writer.WriteString("path", row.Path);
            writer.WriteNumber("generation", row.Generation);
            writer.WriteString("since", row.Since);
            writer.WriteStartArray("provides");
            foreach (string service in row.Provides)
                writer.WriteStringValue(service);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}

using System.Globalization;
using System.Text.Json;
using Kpio.Kernel.HotSwap;

namespace Kpio.Cli.Swapping;

/// <summary>What became of a swap, for people and for programs.</summary>
internal static class SwapText
{
    /// <summary>One line for KPIO's log.</summary>
    public static string Line(SwapReport report)
    {
        string plugins = string.Join(", ", report.Plugins.Select(static plugin => $"{plugin.Name} {plugin.From?.ToString() ?? "(new)"} → {plugin.To} (generation {plugin.Generation})"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"swapped {plugins}: pause {report.Pause.TotalMilliseconds:0.00} ms, {report.CyclesToStop} cycles to stop, {report.CallsCarriedOver} calls carried over, {report.StateRecords} records, {report.StateBytes} bytes");
    }

    /// <summary>The whole report as a JSON object (docs/control.md).</summary>
    public static void Write(Utf8JsonWriter writer, SwapReport report)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("plugins");
        foreach (SwappedPlugin plugin in report.Plugins)
        {
            writer.WriteStartObject();
            writer.WriteString("name", plugin.Name);
            writer.WriteString("from", plugin.From?.ToString());
            writer.WriteString("to", plugin.To.ToString());
            writer.WriteNumber("generation", plugin.Generation);
            writer.WriteString("old", Describe(plugin.Old));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("pauseMilliseconds", Milliseconds(report.Pause));
        writer.WriteNumber("preparationMilliseconds", Milliseconds(report.Preparation));
        writer.WriteNumber("cyclesToStop", report.CyclesToStop);
        writer.WriteNumber("callsCarriedOver", report.CallsCarriedOver);
        writer.WriteNumber("stateRecords", report.StateRecords);
        writer.WriteNumber("stateBytes", report.StateBytes);
        if (report.LostAfterwards is { } lost)
            writer.WriteNumber("lostAfterwardsMilliseconds", Milliseconds(lost));
        else
            writer.WriteNull("lostAfterwardsMilliseconds");
        writer.WriteEndObject();
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static string Describe(RetiredState state) => state switch
    {
        RetiredState.InUse => "in use",
        RetiredState.Unloading => "unloading",
        RetiredState.Collected => "collected",
        RetiredState.Resident => "resident",
        _ => "leaked",
    };
}

using System.Globalization;
using System.Text.Json;
using Kpio.Cli.Sandbox.Comparing;
using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Sandbox.Reporting;

/// <summary>Two runs compared, for programs.</summary>
internal static class DifferenceJson
{
    /// <summary>Writes the comparison as an object.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="comparison">The comparison.</param>
    /// <param name="pairs">How many pairs of events are written too; 0 for none.</param>
    public static void Write(Utf8JsonWriter writer, RunComparison comparison, int pairs)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("same", comparison.IsSame);
        writer.WriteBoolean("cut", comparison.IsCut);
        WriteRun(writer, "a", comparison.A);
        WriteRun(writer, "b", comparison.B);
        writer.WriteBoolean("sameOutput", comparison.SameOutput);
        writer.WriteBoolean("sameError", comparison.SameError);
        writer.WritePropertyName("firstDivergence");
        if (comparison.First is { } first)
            WritePair(writer, comparison, first, comparison.FirstIndex + 1);
        else
            writer.WriteNullValue();
        writer.WriteStartArray("calls");
        foreach (CallSummary call in comparison.Calls)
            WriteCall(writer, call);
        writer.WriteEndArray();
        if (pairs > 0)
        {
            writer.WriteNumber("pairCount", comparison.Pairs.Count);
            writer.WriteStartArray("pairs");
            foreach (EventPair pair in comparison.Pairs.Take(pairs))
                WritePair(writer, comparison, pair, null);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteRun(Utf8JsonWriter writer, string name, RecordedRun run)
    {
        writer.WriteStartObject(name);
        writer.WriteString("abi", run.Name);
        writer.WriteString("ended", run.Ending);
        writer.WriteNumber("events", run.Events.Count);
        writer.WriteNumber("cycles", run.Cycles);
        writer.WriteNumber("outputBytes", run.Output.Length);
        writer.WriteNumber("errorBytes", run.Error.Length);
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, CallSummary call)
    {
        writer.WriteStartObject();
        writer.WriteString("name", call.Name);
        writer.WriteNumber("a", call.InA);
        writer.WriteNumber("b", call.InB);
        writer.WriteNumber("same", call.Same);
        writer.WriteNumber("arguments", call.Arguments);
        writer.WriteNumber("result", call.Results);
        writer.WriteNumber("memory", call.Memory);
        writer.WriteNumber("time", call.Time);
        writer.WriteNumber("onlyA", call.OnlyA);
        writer.WriteNumber("onlyB", call.OnlyB);
        writer.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter writer, RunComparison comparison, EventPair pair, int? index)
    {
        writer.WriteStartObject();
        writer.WriteString("task", pair.Either.Task);
        if (index is { } number)
            writer.WriteNumber("index", number);
        if (pair.Difference != Difference.None)
            writer.WriteString("differs", EventText.Describe(pair));

        // After the first divergence another event may stand opposite: the first run's has the mark, or the second's when that has ended.
        bool isFirst = comparison.First is { } first && (first.A is { } a ? ReferenceEquals(pair.A, a) : ReferenceEquals(pair.B, first.B));
        if (isFirst && index is null)
            writer.WriteBoolean("isFirst", true);
        WriteEvent(writer, "a", comparison.A, pair.A);
        WriteEvent(writer, "b", comparison.B, pair.B);
        writer.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter writer, string side, RecordedRun run, TaskEvent? item)
    {
        writer.WritePropertyName(side);
        if (item is null)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("event", item.Kind.ToString().ToLowerInvariant());
        writer.WriteNumber("pid", item.Pid);
        writer.WriteNumber("tid", item.Tid);
        writer.WriteString("program", item.Program);
        writer.WriteString("name", item.Name);
        if (item.Kind == TaskEventKind.Call)
            WriteCall(writer, run, item);
        writer.WriteString("text", item.Text);
        writer.WriteNumber("cycle", item.Cycle);
        writer.WriteNumber("cycles", item.Cycles);
        writer.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter writer, RecordedRun run, TaskEvent item)
    {
        const int MostShown = 256;
        writer.WriteNumber("number", item.Number);
        writer.WriteStartArray("arguments");
        foreach (CallArgument argument in item.Arguments)
        {
            writer.WriteStartObject();
            writer.WriteString("name", argument.Name);
            writer.WriteString("raw", Hex(argument.Raw));
            writer.WriteString("text", argument.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (item.Result is { } result)
            writer.WriteNumber("result", result);
        else
            writer.WriteNull("result");
        writer.WriteString("errno", item.Errno);
        writer.WriteStartArray("written");
        foreach (MemoryChange change in item.Written)
        {
            writer.WriteStartObject();
            writer.WriteString("address", Hex(change.Address));
            writer.WriteNumber("length", change.Bytes.Length);
            writer.WriteString("bytes", Convert.ToHexStringLower(change.Bytes.AsSpan(0, Math.Min(change.Bytes.Length, MostShown))));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("at", run.Describe(item));
        writer.WriteString("address", Hex(item.Address));
    }

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}

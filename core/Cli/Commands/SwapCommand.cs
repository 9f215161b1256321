using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Kpio.Cli.Control;
using Kpio.Cli.Running;
using Kpio.Cli.Swapping;

namespace Kpio.Cli.Commands;

/// <summary><c>kpio swap</c>: replaces plugins of a running machine and tells what that cost its guests.</summary>
internal static class SwapCommand
{
    private const int Refused = 1;

    public static Command Create()
    {
        var pid = new Option<int?>("--pid") { Description = "The process of kpio run --control.", HelpName = "PID" };
        var socket = new Option<string?>("--socket") { Description = "The socket of kpio run --control.", HelpName = "PATH" };
        var wait = new Option<bool>("--wait") { Description = "Wait until it is known what the guests lost afterwards, and whether the old generation is gone." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var plugins = new Argument<string[]>("[NAME=]PATH") { Description = "The plugin to replace, and by what: an assembly, a .cs file, or builtin. Without NAME the plugin of the new one's own name.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("swap", """
            Replace plugins of a running machine, all of those named or none. Exit code 0 when it is done, 1 when it was refused and the
            machine runs on as before, 125 when there is no such machine.

            Examples:
              kpio run --control ./server &
              kpio swap --pid $! vfs=./MyVfs.dll
              kpio swap --pid $! vfs=builtin
              kpio swap --socket /run/user/1000/my.sock --wait tracer.cs
            """) { pid, socket, wait, json, plugins };
        command.SetAction(result =>
        {
            List<SwapWish> wishes = [.. result.GetValue(plugins)!.Select(SwapWish.Parse)];
            using JsonDocument answer = ControlClient.Ask(result.GetValue(pid), result.GetValue(socket), writer => WriteRequest(writer, wishes, result.GetValue(wait)));
            return Tell(answer.RootElement, result.GetValue(json), result.GetValue(wait));
        });
        return command;
    }

    private static void WriteRequest(Utf8JsonWriter writer, List<SwapWish> wishes, bool waits)
    {
        writer.WriteString("request", "swap");
        writer.WriteBoolean("wait", waits);
        writer.WriteStartArray("plugins");
        foreach (SwapWish wish in wishes)
        {
            writer.WriteStartObject();
            if (wish.Name is { } name)
                writer.WriteString("name", name);
            writer.WriteString("path", wish.IsBuiltIn ? "builtin" : Path.GetFullPath(wish.Path));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static int Tell(JsonElement answer, bool json, bool waited)
    {
        if (answer.TryGetProperty("diagnostics", out JsonElement diagnostics))
        {
            foreach (JsonElement line in diagnostics.EnumerateArray())
                Console.Error.WriteLine($"kpio: {line.GetString()}");
        }

        if (!answer.GetProperty("ok").GetBoolean())
        {
            Console.Error.WriteLine($"kpio: refused: {ControlClient.Message(answer)}");
            return Refused;
        }

        JsonElement report = answer.GetProperty("report");
        if (json)
            Console.Out.WriteLine(report.GetRawText());
        else
            Print(report, waited);
        return 0;
    }

    private static void Print(JsonElement report, bool waited)
    {
        string[] header = ["plugin", "version", "generation", "old generation"];
        TextTable.Write(Console.Out, header, report.GetProperty("plugins").EnumerateArray().Select(static plugin => new[]
        {
            plugin.GetProperty("name").GetString()!,
            $"{plugin.GetProperty("from").GetString() ?? "(new)"} → {plugin.GetProperty("to").GetString()}",
            plugin.GetProperty("generation").GetInt32().ToString(CultureInfo.InvariantCulture),
            plugin.GetProperty("old").GetString()!,
        }));
        Row("pause", $"{Milliseconds("pauseMilliseconds")} ms, {Number("cyclesToStop")} cycles to stop");
        Row("prepared in", $"{Milliseconds("preparationMilliseconds")} ms");
        Row("carried over", $"{Number("callsCarriedOver")} waiting calls, {Number("stateRecords")} records, {Number("stateBytes")} bytes");
        if (waited && report.GetProperty("lostAfterwardsMilliseconds").ValueKind == JsonValueKind.Number)
            Row("lost afterwards", $"{Milliseconds("lostAfterwardsMilliseconds")} ms of the next 100");

        string Number(string name) => report.GetProperty(name).GetInt64().ToString(CultureInfo.InvariantCulture);
        string Milliseconds(string name) => report.GetProperty(name).GetDouble().ToString("0.00", CultureInfo.InvariantCulture);
        static void Row(string name, string value) => Console.Out.WriteLine($"{name,-16}{value}");
    }
}

using System.Text.Json;
using Kpio.Cli.Checkpointing;
using Kpio.Cli.Commands;
using Kpio.Cli.Running;
using Kpio.Cli.Swapping;
using Kpio.Contracts.Tracing;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;

namespace Kpio.Cli.Control;

/// <summary>Understands the requests of the control socket and does them (docs/control.md). From the threads of all clients.</summary>
internal sealed class ControlRequests
{
    // Completion tells by itself after half a minute that an old generation does not go.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(2);

    private readonly Machine _machine;
    private readonly MachineSwaps _swaps;
    private readonly CheckpointWriter _checkpoints;
    private readonly TraceSwitch _trace;
    private readonly TracerHandle<ISyscallStatistics>? _statistics;
    private readonly TaskCompletionSource _closed = new();
    private volatile TaskCompletionSource? _lastAnswer; // of a request that ends the machine; null while there is none

    public ControlRequests(Machine machine, MachineSwaps swaps, CheckpointWriter checkpoints, TraceSwitch trace, TracerHandle<ISyscallStatistics>? statistics)
    {
        _machine = machine;
        _swaps = swaps;
        _checkpoints = checkpoints;
        _trace = trace;
        _statistics = statistics;
    }

    /// <summary>The machine has ended: nobody waits on. Who asked for its end in a file is told of that first, for a while.</summary>
    public void Close()
    {
        _closed.TrySetResult();
        _lastAnswer?.Task.Wait(LongestFarewell);
    }

    private void AnsweredLast() => _lastAnswer?.TrySetResult();

    /// <summary>Answers one request with one line.</summary>
    /// <param name="line">The request.</param>
    /// <param name="afterwards">What is to be done when the answer has been sent, or null.</param>
    public byte[] Answer(byte[] line, out Action? afterwards)
    {
        afterwards = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Answer(document.RootElement, out afterwards)
                : ControlAnswer.Failure(null, ControlAnswer.Syntax, "a request is a JSON object");
        }
        catch (JsonException e)
        {
            return ControlAnswer.Failure(null, ControlAnswer.Syntax, $"this is no JSON: byte {e.BytePositionInLine + 1}");
        }
    }

    private byte[] Answer(JsonElement request, out Action? afterwards)
    {
        string? id = null;
        afterwards = null;
        try
        {
            id = request.TryGetProperty("id", out JsonElement mark) ? Read("id", mark.GetRawText) : null;
            return ControlAnswer.Success(id, Find(request, out afterwards));
        }
        catch (RequestException e)
        {
            return ControlAnswer.Failure(id, ControlAnswer.Request, e.Message);
        }
        catch (DiagnosedException e)
        {
            return ControlAnswer.Failure(id, ControlAnswer.Refused, e.Message, writer => WriteDiagnostics(writer, e.Diagnostics));
        }
        catch (SwapException e)
        {
            return ControlAnswer.Failure(id, ControlAnswer.Refused, e.Message, writer => writer.WriteString("step", e.Step.ToString().ToLowerInvariant()));
        }
    }

    /// <summary>Does it, and answers what writes the answer.</summary>
    private Action<Utf8JsonWriter> Find(JsonElement request, out Action? afterwards)
    {
        string name = Text(request, "request") ?? throw new RequestException("\"request\" is missing");
        afterwards = name switch { "stop" => Stop, "checkpoint" => AnsweredLast, _ => null };
        return name switch
        {
            "swap" => Swap(request),
            "plugins" => ListPlugins(),
            "checkpoint" => Checkpoint(request),
            "stats" => CountWork(),
            "trace" => SwitchTrace(request),
            "stop" => Nothing,
            _ => throw new RequestException($"there is no request '{name}': use swap, plugins, checkpoint, stats, trace or stop"),
        };
    }

    private Action<Utf8JsonWriter> Swap(JsonElement request)
    {
        List<SwapWish> wishes = ReadWishes(request);
        bool waits = Flag(request, "wait") ?? false;
        var diagnostics = new List<string>();
        SwapReport report;
        try
        {
            report = _swaps.Swap([.. wishes.Select(wish => _swaps.Resolve(wish, diagnostics.Add))]);
        }
        catch (UsageException e)
        {
            throw new DiagnosedException(e.Message, diagnostics);
        }

        if (waits)
            Task.WaitAny([report.Completion, _closed.Task], LongestWait);
        return writer =>
        {
            writer.WritePropertyName("report");
            SwapText.Write(writer, report);
            WriteDiagnostics(writer, diagnostics);
        };
    }

    private Action<Utf8JsonWriter> Checkpoint(JsonElement request)
    {
        string path = Text(request, "path") ?? "";
        if (!Path.IsPathFullyQualified(path))
            throw new RequestException("\"path\" is missing: the absolute path of the file that is written");
        bool stops = Flag(request, "stop") ?? false;
        try
        {
            if (stops)
                _lastAnswer = new TaskCompletionSource();
            WrittenCheckpoint written = _swaps.With(_ => _checkpoints.Write(path, stops));
            return writer =>
            {
                writer.WriteString("path", path);
                writer.WriteNumber("bytes", written.Bytes);
                writer.WriteNumber("tasks", written.Tasks);
                writer.WriteNumber("cycles", written.Cycles);
                writer.WriteNumber("pauseMilliseconds", written.Pause.TotalMilliseconds);
            };
        }
        catch (Exception e) when (e is SnapshotException or UsageException)
        {
            AnsweredLast();
            throw new DiagnosedException(e.Message, []);
        }
    }

    private static List<SwapWish> ReadWishes(JsonElement request)
    {
        if (!request.TryGetProperty("plugins", out JsonElement plugins) || plugins.ValueKind != JsonValueKind.Array || plugins.GetArrayLength() == 0)
            throw new RequestException("\"plugins\" is missing: an array of objects with \"name\" and \"path\"");
        var wishes = new List<SwapWish>();
        foreach (JsonElement plugin in plugins.EnumerateArray())
        {
            if (plugin.ValueKind != JsonValueKind.Object)
                throw new RequestException("\"plugins\" has something that is no object");
            var wish = new SwapWish(Text(plugin, "name"), Text(plugin, "path") ?? "");
            if (wish.IsBuiltIn ? string.IsNullOrEmpty(wish.Name) : !Path.IsPathFullyQualified(wish.Path))
                throw new RequestException("each of \"plugins\" has an absolute \"path\", or a \"name\" and the path \"builtin\"");
            wishes.Add(wish);
        }

        return wishes;
    }

    private Action<Utf8JsonWriter> ListPlugins()
    {
        List<PluginRow> rows = _swaps.Ask(static machine => machine.Plugins.Select(PluginRow.Of).ToList());
        return writer => PluginRow.Write(writer, "plugins", rows);
    }

    private Action<Utf8JsonWriter> CountWork()
    {
        (long instructions, long cycles, int tasks, string? calls) = _swaps.Ask(machine =>
        {
            using var text = new StringWriter();
            _statistics?.Current.WriteJson(text);
            return (machine.Instructions, machine.Cycles, machine.Tasks.Count, _statistics is null ? null : text.ToString());
        });
        return writer =>
        {
            writer.WriteNumber("instructions", instructions);
            writer.WriteNumber("cycles", cycles);
            writer.WriteNumber("tasks", tasks);
            writer.WritePropertyName("syscalls");
            if (calls is null)
                writer.WriteNullValue();
            else
                writer.WriteRawValue(calls.Trim());
        };
    }

    private Action<Utf8JsonWriter> SwitchTrace(JsonElement request)
    {
        bool isOn = Flag(request, "on") ?? throw new RequestException("\"on\" is missing: true or false");
        string? problem = _swaps.Ask(_ => isOn ? _trace.TurnOn() : _trace.TurnOff());
        return problem is null ? Nothing : throw new DiagnosedException(problem, []);
    }

    /// <summary>There is no more to say than that it is done.</summary>
    private static void Nothing(Utf8JsonWriter writer)
    {
    }

    private void Stop() => _machine.Stop(MachineEnd.Stopped, "stopped through the control socket");

    private static void WriteDiagnostics(Utf8JsonWriter writer, List<string> diagnostics)
    {
        writer.WriteStartArray("diagnostics");
        foreach (string line in diagnostics)
            writer.WriteStringValue(line);
        writer.WriteEndArray();
    }

    private static string? Text(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? Read(name, value.GetString) : throw new RequestException($"\"{name}\" is no string");
    }

    /// <summary>Text is looked at when it is read: it may hold bytes that are no UTF-8, or half a character.</summary>
    private static string? Read(string name, Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw new RequestException($"\"{name}\" holds what is no text");
        }
    }

    private static bool? Flag(JsonElement owner, string name)
    {
        if (!owner.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new RequestException($"\"{name}\" is neither true nor false");
    }

    /// <summary>The request is wrong.</summary>
    private sealed class RequestException(string message) : Exception(message);

    /// <summary>It cannot be done, for a reason of the user's.</summary>
    private sealed class DiagnosedException(string message, List<string> diagnostics) : Exception(message)
    {
        public List<string> Diagnostics { get; } = diagnostics;
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kpio.Cli.Control;

/// <summary>The lines that the control socket answers with (docs/control.md).</summary>
internal static class ControlAnswer
{
    /// <summary>The line was no JSON object, or too long.</summary>
    public const string Syntax = "syntax";

    /// <summary>There is no such request, or a field of it is missing or wrong.</summary>
    public const string Request = "request";

    /// <summary>The request was understood and is not done.</summary>
    public const string Refused = "refused";

    /// <summary>There are too many clients.</summary>
    public const string Busy = "busy";

    // The answers are no part of a web page: letters stay readable.
    private static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An answer to what was done.</summary>
    /// <param name="id">The request's own mark, as JSON, or null.</param>
    /// <param name="fields">Writes what there is to say.</param>
    public static byte[] Success(string? id, Action<Utf8JsonWriter> fields) => Write(id, ok: true, fields);

    /// <summary>An answer to what was not.</summary>
    /// <param name="id">The request's own mark, as JSON, or null.</param>
    /// <param name="error">The kind: one of the constants here.</param>
    /// <param name="message">Why, in a line.</param>
    /// <param name="fields">Writes what else there is to say.</param>
    public static byte[] Failure(string? id, string error, string message, Action<Utf8JsonWriter>? fields = null) => Write(id, ok: false, writer =>
    {
        writer.WriteString("error", error);
        writer.WriteString("message", message);
        fields?.Invoke(writer);
    });

    private static byte[] Write(string? id, bool ok, Action<Utf8JsonWriter> fields)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, Format))
        {
            writer.WriteStartObject();
            if (id is not null)
            {
                writer.WritePropertyName("id");
                writer.WriteRawValue(id);
            }

            writer.WriteBoolean("ok", ok);
            fields(writer);
            writer.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        return line.ToArray();
    }
}

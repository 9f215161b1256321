using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kpio.Cli.Commands;

/// <summary>JSON for people and programs: indented, in UTF-8.</summary>
internal static class JsonText
{
    /// <summary>The text of what <paramref name="write"/> writes.</summary>
    /// <param name="write">Writes one value.</param>
    /// <param name="indented">Whether it is for people too.</param>
    public static string Of(Action<Utf8JsonWriter> write, bool indented = true)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented, Encoder = indented ? JavaScriptEncoder.UnsafeRelaxedJsonEscaping : JavaScriptEncoder.Default }))
            write(writer);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}

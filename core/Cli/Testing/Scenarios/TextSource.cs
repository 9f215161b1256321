using System.Text.RegularExpressions;

namespace Kpio.Cli.Testing.Scenarios;

/// <summary>Bytes that stand in the scenario, or in a file beside it.</summary>
internal sealed class TextSource
{
    private readonly byte[]? _bytes;

    private TextSource(byte[]? bytes, string? path) => (_bytes, Path) = (bytes, path);

    /// <summary>The file, when it is one.</summary>
    public string? Path { get; }

    public static TextSource Of(byte[] bytes) => new(bytes, null);

    public static TextSource OfFile(string path) => new(null, path);

    /// <summary>The bytes.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public byte[] Read() => _bytes ?? File.ReadAllBytes(Path!);
}

/// <summary>What a text must be: exactly this, something that holds this, or something that a pattern is found in.</summary>
/// <param name="Exact">The whole text.</param>
/// <param name="Contains">A part of it.</param>
/// <param name="Pattern">A pattern that is found in it.</param>
internal sealed record TextExpectation(TextSource? Exact, string? Contains, Regex? Pattern);

namespace Kpio.StraceComparison.Tests;

/// <summary>The data files of the comparison.</summary>
internal static class Resources
{
    /// <summary>The lines of a file, without comments and empty ones.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using Stream stream = typeof(Resources).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"no resource {name}");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line;
        }
    }
}

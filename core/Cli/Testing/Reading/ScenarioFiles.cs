using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;

namespace Kpio.Cli.Testing.Reading;

/// <summary>Finds the files of scenarios.</summary>
internal static class ScenarioFiles
{
    private const string Extension = ".yaml";

    /// <summary>The files that the paths name, and all <c>*.yaml</c> of the folders that they name, sorted, each once.</summary>
    /// <exception cref="UsageException">A path names nothing.</exception>
    public static List<ScenarioSource> Find(IReadOnlyList<string> paths)
    {
        var found = new List<ScenarioSource>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            string full = Path.GetFullPath(path);
            var sources = new List<ScenarioSource>();
            if (File.Exists(full))
                sources.Add(new ScenarioSource(full, path, Path.GetFileName(full)));
            else if (Directory.Exists(full))
                Collect(full, path, "", sources);
            else
                throw new UsageException($"{path}: there is no such file or folder");
            if (sources.Count == 0)
                throw new UsageException($"{path}: there is no *{Extension} in it");
            sources.Sort(static (a, b) => string.CompareOrdinal(a.Relative, b.Relative));
            found.AddRange(sources.Where(source => known.Add(source.File)));
        }

        return found;
    }

    private static void Collect(string folder, string shown, string relative, List<ScenarioSource> sources)
    {
        try
        {
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                // A link to a folder may lead back to where it is.
                if (entry is DirectoryInfo && entry.LinkTarget is null)
                    Collect(entry.FullName, Path.Combine(shown, entry.Name), $"{relative}{entry.Name}/", sources);
                else if (entry is FileInfo && entry.Name.EndsWith(Extension, StringComparison.Ordinal))
                    sources.Add(new ScenarioSource(entry.FullName, Path.Combine(shown, entry.Name), relative + entry.Name));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{shown}: {ErrorText.Of(e)}", e);
        }
    }
}

namespace Kpio.Testing;

/// <summary>Where the source tree lies: the folder above the running test that holds the solution.</summary>
public static class RepositoryRoot
{
    /// <summary>The absolute path of the source tree.</summary>
    public static string Path { get; } = Find();

    /// <summary>A path below the root.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "KPIO.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No KPIO.sln above {AppContext.BaseDirectory}.");
    }
}

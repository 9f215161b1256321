namespace Kpio.Cli.Demo;

/// <summary>Where the demo keeps what it fetches and compiles: the source tree's artifacts, or a temporary folder where KPIO is installed elsewhere.</summary>
internal static class DemoFolder
{
    public static string Create()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.Name == "artifacts")
                return Directory.CreateDirectory(Path.Combine(folder.FullName, "demo")).FullName;
        }

        return Directory.CreateTempSubdirectory("kpio-demo-").FullName;
    }
}

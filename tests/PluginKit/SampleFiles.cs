using Kpio.Kernel;
using Kpio.Testing;

namespace Kpio.PluginKit.Tests;

/// <summary>Where the samples are, and what their projects build.</summary>
internal static class SampleFiles
{
    /// <summary>A file of a sample's.</summary>
    public static string Source(params string[] parts) => RepositoryRoot.Combine(["samples", .. parts]);

    /// <summary>The assembly of a sample's project, as a user loads it.</summary>
    public static PluginSource Plugin(string project)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return PluginSource.Assembly(RepositoryRoot.Combine("artifacts", "bin", project, configuration, project + ".dll"));
    }
}

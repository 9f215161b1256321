namespace Kpio.Plugins.Vfs.Tests;

/// <summary>A directory of the host that goes away with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("kpio-vfs-").FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, true);
}

using System.Security.Cryptography;

namespace Kpio.Testing;

/// <summary>
/// A folder of its own for one run. Both sides of a comparison use the same path, one after the other: between them the folder is
/// emptied and set up again, so that not even a printed path differs.
/// </summary>
public sealed class ScratchDirectory : IDisposable
{
    // Of a larger file (a sparse one) the size is enough.
    private const long LargestRead = 64 << 20;

    /// <summary>Makes an empty folder.</summary>
    public ScratchDirectory()
    {
        Path = Directory.CreateTempSubdirectory("kpio-").FullName;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Removes everything in it.</summary>
    public void Empty()
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(Path).EnumerateFileSystemInfos())
            Delete(entry);
    }

    /// <summary>Writes a file below it, making the folders on the way.</summary>
    public string Write(string name, string content) => Write(name, System.Text.Encoding.Latin1.GetBytes(content));

    /// <summary>Writes a file below it, making the folders on the way.</summary>
    public string Write(string name, byte[] content)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Lets every user look into it: a new one is its owner's alone.</summary>
    public void LetOthersIn()
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, (UnixFileMode)0x1ED); // 0755
    }

    /// <summary>Writes a script below it, for everybody to execute.</summary>
    public string WriteProgram(string name, string script)
    {
        string path = Write(name, script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)0x1ED); // 0755
        return path;
    }

    /// <summary>One line for everything below: kind, permissions, name, and size with digest, or the link's target.</summary>
    public IReadOnlyList<string> Snapshot()
    {
        var lines = new List<string>();
        Describe(new DirectoryInfo(Path), "", lines);
        return lines;
    }

    /// <inheritdoc/>
    public void Dispose() => Delete(new DirectoryInfo(Path));

    private static void Describe(DirectoryInfo folder, string prefix, List<string> lines)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string name = prefix + entry.Name;
            if (entry.LinkTarget is { } target)
            {
                lines.Add($"link {name} -> {target}");
                continue;
            }

            string mode = Convert.ToString((int)entry.UnixFileMode, 8).PadLeft(4, '0');
            if (entry is DirectoryInfo child)
            {
                lines.Add($"folder {mode} {name}");
                Describe(child, name + "/", lines);
            }
            else if (!IsRegular((FileInfo)entry))
            {
                lines.Add($"special {mode} {name}");
            }
            else if (((FileInfo)entry).Length > LargestRead)
            {
                lines.Add($"file {mode} {name} {((FileInfo)entry).Length}");
            }
            else
            {
                byte[] content = File.ReadAllBytes(entry.FullName);
                lines.Add($"file {mode} {name} {content.Length} {Convert.ToHexString(SHA256.HashData(content))[..16]}{SetTime(entry)}");
            }
        }
    }

    // A time of before yesterday was set by the program; a later one is when it ran, and differs between two runs.
    private static string SetTime(FileSystemInfo entry) => entry.LastWriteTimeUtc < DateTime.UtcNow.AddDays(-1)
        ? entry.LastWriteTimeUtc.ToString(" yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture)
        : "";

    // Reading a named pipe would block for ever; opening it both ways does not, and shows that it has no position.
    private static bool IsRegular(FileInfo file)
    {
        if (file.Length > 0)
            return true;
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return stream.CanSeek;
    }

    private static void Delete(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo folder && entry.LinkTarget is null)
        {
            if (!OperatingSystem.IsWindows())
                folder.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            foreach (FileSystemInfo child in folder.EnumerateFileSystemInfos())
                Delete(child);
        }

        entry.Delete();
    }
}

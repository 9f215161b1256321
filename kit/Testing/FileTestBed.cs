using System.Text;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Testing;

/// <summary>A VFS with a task that uses it, and short forms of what tests do with files. Each asserts that what it does succeeds; those named Try answer the error.</summary>
public abstract class FileTestBed : IDisposable
{
    /// <summary>Names.</summary>
    public abstract IVfs Names { get; }

    /// <summary>Open files.</summary>
    public abstract IOpenFiles Files { get; }

    /// <summary>What else open files can do.</summary>
    public abstract IFileControl Control { get; }

    /// <summary>Mounts.</summary>
    public abstract IVfsMounts Mounts { get; }

    /// <summary>Who uses the files: root, standing in the root directory.</summary>
    public abstract GuestTask Task { get; }

    /// <summary>Replaces the VFS by a new generation that takes the old one's data.</summary>
    public abstract void Swap();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Where paths of the task start.</summary>
    public PathStart Here => new(Task);

    /// <summary>A path, or a content, as bytes.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Opens a file.</summary>
    public Result<FileId> TryOpen(string path, OpenFlags flags = OpenFlags.O_RDONLY, uint mode = 0x1B6) =>
        Names.Open(Here, Bytes(path), flags, mode);

    /// <summary>Opens a file.</summary>
    public FileId Open(string path, OpenFlags flags = OpenFlags.O_RDONLY, uint mode = 0x1B6) => Ok(TryOpen(path, flags, mode));

    /// <summary>Makes a file, or empties it, and writes its content.</summary>
    public void WriteFile(string path, string content)
    {
        FileId file = Open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC);
        Assert.Equal(content.Length, Ok(Files.Write(file, Bytes(content))));
        Files.Release(file);
    }

    /// <summary>A file's content.</summary>
    public string ReadFile(string path)
    {
        FileId file = Open(path);
        string text = ReadAll(file);
        Files.Release(file);
        return text;
    }

    /// <summary>What an open file holds from its position on.</summary>
    public string ReadAll(FileId file)
    {
        var all = new List<byte>();
        var buffer = new byte[1000];
        while (true)
        {
            int count = Ok(Files.Read(file, buffer));
            if (count == 0)
                return Encoding.UTF8.GetString(all.ToArray());
            all.AddRange(buffer.AsSpan(0, count).ToArray());
        }
    }

    /// <summary>The names in a directory.</summary>
    public List<string> List(string path)
    {
        FileId directory = Open(path, OpenFlags.O_DIRECTORY);
        var sink = new ListSink();
        Ok(Files.ReadDirectory(directory, sink));
        Files.Release(directory);
        return sink.Names;
    }

    /// <summary>Makes a directory.</summary>
    public Errno MakeDirectory(string path, uint mode = 0x1FF) => Names.Create(Here, Bytes(path), new NewNode(FileKind.Directory, mode, 0, 0));

    /// <summary>Makes a symbolic link.</summary>
    public Errno MakeLink(string path, string target) =>
        Names.Create(Here, Bytes(path), new NewNode(FileKind.SymbolicLink, 0, 0, 0, 0, Bytes(target)));

    /// <summary>Removes a name.</summary>
    public Errno Remove(string path, bool isDirectory = false) => Names.Remove(Here, Bytes(path), isDirectory);

    /// <summary>Renames.</summary>
    public Errno Rename(string from, string to, uint flags = 0) => Names.Rename(Here, Bytes(from), Here, Bytes(to), flags);

    /// <summary>Adds a name.</summary>
    public Errno Link(string from, string to) => Names.Link(Here, Bytes(from), WalkFlags.NoFollow, Here, Bytes(to));

    /// <summary>A path's attributes.</summary>
    public Result<NodeAttributes> TryStat(string path, WalkFlags flags = WalkFlags.None) => Names.Stat(Here, Bytes(path), flags);

    /// <summary>A path's attributes.</summary>
    public NodeAttributes Stat(string path, WalkFlags flags = WalkFlags.None) => Ok(TryStat(path, flags));

    /// <summary>The value of what must have succeeded.</summary>
    public static T Ok<T>(Result<T> result)
    {
        Assert.Equal(Errno.None, result.Error);
        return result.ValueOrDefault!;
    }

    /// <summary>Asserts success.</summary>
    public static void Ok(Errno error) => Assert.Equal(Errno.None, error);

    /// <summary>A list of directory entries, of as many as are asked for.</summary>
    public sealed class ListSink : IDirectorySink
    {
        /// <summary>The names.</summary>
        public List<string> Names { get; } = [];

        /// <summary>The entries.</summary>
        public List<DirectoryEntry> Entries { get; } = [];

        /// <summary>How many entries it takes.</summary>
        public int Room { get; set; } = int.MaxValue;

        /// <inheritdoc/>
        public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
        {
            if (Names.Count >= Room)
                return false;
            Names.Add(Encoding.UTF8.GetString(name));
            Entries.Add(entry);
            return true;
        }
    }
}

using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Testing.Conformance;

/// <summary>
/// What every writable file system answers, through the VFS. Each type inherits the tests and gives them a machine whose root is one of it:
/// xunit makes an object, and so a machine, for each test.
/// </summary>
public abstract class FileSystemConformance : IDisposable
{
    private readonly FileTestBed _machine;

    /// <param name="machine">The machine; disposed of with the test.</param>
    protected FileSystemConformance(FileTestBed machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _machine = machine;
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void WrittenBytesAreReadBack()
    {
        _machine.WriteFile("/a", "hello");
        Assert.Equal("hello", _machine.ReadFile("/a"));
        FileId file = _machine.Open("/a", OpenFlags.O_RDWR);
        Assert.Equal(3, FileTestBed.Ok(_machine.Files.Write(file, "HEL"u8)));
        Assert.Equal("lo", _machine.ReadAll(file));
        Assert.Equal(5, FileTestBed.Ok(_machine.Files.Write(file, "12345"u8, 10)));
        Assert.Equal(15, _machine.Stat("/a").Size);
        var bytes = new byte[20];
        Assert.Equal(15, FileTestBed.Ok(_machine.Files.Read(file, bytes, 0)));
        Assert.Equal("HELlo\0\0\0\0\012345"u8.ToArray(), bytes[..15]);
        Assert.Equal(0, FileTestBed.Ok(_machine.Files.Read(file, bytes, 15)));
    }

    [Fact]
    public void LargeFilesKeepTheirContent()
    {
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        FileId file = _machine.Open("/big", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        for (int done = 0; done < content.Length;)
            done += FileTestBed.Ok(_machine.Files.Write(file, content.AsSpan(done, Math.Min(7001, content.Length - done))));
        var back = new byte[content.Length];
        for (int done = 0; done < back.Length;)
            done += FileTestBed.Ok(_machine.Files.Read(file, back.AsSpan(done, Math.Min(5003, back.Length - done)), done));
        Assert.Equal(content, back);
    }

    [Fact]
    public void AppendingWritesAtTheEnd()
    {
        _machine.WriteFile("/a", "one");
        FileId file = _machine.Open("/a", OpenFlags.O_RDWR | OpenFlags.O_APPEND);
        FileTestBed.Ok(_machine.Files.Seek(file, 0, 0));
        FileTestBed.Ok(_machine.Files.Write(file, "two"u8));
        Assert.Equal(6, FileTestBed.Ok(_machine.Files.Seek(file, 0, 1)));
        Assert.Equal("onetwo", _machine.ReadFile("/a"));
    }

    [Fact]
    public void TruncationCutsAndExtendsWithZeros()
    {
        _machine.WriteFile("/a", "0123456789");
        FileTestBed.Ok(_machine.Names.SetAttributes(_machine.Here, "/a"u8, WalkFlags.None, new AttributeChange { Size = 4 }));
        FileTestBed.Ok(_machine.Names.SetAttributes(_machine.Here, "/a"u8, WalkFlags.None, new AttributeChange { Size = 8 }));
        Assert.Equal("0123\0\0\0\0", _machine.ReadFile("/a"));
        FileId file = _machine.Open("/a", OpenFlags.O_WRONLY | OpenFlags.O_TRUNC);
        Assert.Equal(0, _machine.Stat("/a").Size);
        FileTestBed.Ok(_machine.Control.SetAttributes(_machine.Task, file, new AttributeChange { Size = 3 }));
        Assert.Equal("\0\0\0", _machine.ReadFile("/a"));
        FileId reader = _machine.Open("/a");
        Assert.Equal(Errno.EINVAL, _machine.Control.SetAttributes(_machine.Task, reader, new AttributeChange { Size = 3 }));
    }

    [Fact]
    public void SeekingFollowsLseek()
    {
        _machine.WriteFile("/a", "0123456789");
        FileId file = _machine.Open("/a");
        Assert.Equal(7, FileTestBed.Ok(_machine.Files.Seek(file, -3, 2)));
        Assert.Equal("789", _machine.ReadAll(file));
        Assert.Equal(Errno.EINVAL, _machine.Files.Seek(file, -11, 1).Error);
        Assert.Equal(Errno.EINVAL, _machine.Files.Seek(file, 0, 9).Error);
        Assert.Equal(100, FileTestBed.Ok(_machine.Files.Seek(file, 100, 0)));
        Assert.Equal(string.Empty, _machine.ReadAll(file));
        Assert.Equal(Errno.ENXIO, _machine.Files.Seek(file, 10, 3).Error);
        Assert.Equal(10, FileTestBed.Ok(_machine.Files.Seek(file, 2, 4)));
        Assert.Equal(Errno.EINVAL, _machine.Files.Seek(file, long.MaxValue, 2).Error);
    }

    [Fact]
    public void RemovedFilesStayWhileTheyAreOpen()
    {
        _machine.WriteFile("/a", "kept");
        FileId file = _machine.Open("/a", OpenFlags.O_RDWR);
        FileTestBed.Ok(_machine.Remove("/a"));
        Assert.Equal(Errno.ENOENT, _machine.TryStat("/a").Error);
        Assert.Equal("kept", _machine.ReadAll(file));
        Assert.Equal(4, FileTestBed.Ok(_machine.Files.Write(file, "more"u8)));
        Assert.Equal(8, FileTestBed.Ok(_machine.Files.Stat(file)).Size);
        Assert.Equal(0u, FileTestBed.Ok(_machine.Files.Stat(file)).Links);
        _machine.WriteFile("/a", "other");
        Assert.Equal("other", _machine.ReadFile("/a"));
        _machine.Files.Release(file);
        Assert.Equal(Errno.EBADF, _machine.Files.Read(file, new byte[1]).Error);
    }

    [Fact]
    public void HardLinksShareOneNode()
    {
        _machine.WriteFile("/a", "x");
        FileTestBed.Ok(_machine.Link("/a", "/b"));
        Assert.Equal(_machine.Stat("/a").Inode, _machine.Stat("/b").Inode);
        Assert.Equal(2u, _machine.Stat("/a").Links);
        _machine.WriteFile("/b", "yy");
        Assert.Equal("yy", _machine.ReadFile("/a"));
        FileTestBed.Ok(_machine.Remove("/a"));
        Assert.Equal(1u, _machine.Stat("/b").Links);
        Assert.Equal("yy", _machine.ReadFile("/b"));
        Assert.Equal(Errno.EPERM, Directory("/d", () => _machine.Link("/d", "/e")));
    }

    [Fact]
    public void DirectoriesCountTheirLinksAndRefuseToGoWhileFull()
    {
        FileTestBed.Ok(_machine.MakeDirectory("/d"));
        uint links = _machine.Stat("/d").Links;
        FileTestBed.Ok(_machine.MakeDirectory("/d/e"));
        Assert.Equal(links + 1, _machine.Stat("/d").Links);
        Assert.Equal(Errno.ENOTEMPTY, _machine.Remove("/d", true));
        Assert.Equal(Errno.EISDIR, _machine.Remove("/d"));
        FileTestBed.Ok(_machine.Remove("/d/e", true));
        Assert.Equal(links, _machine.Stat("/d").Links);
        FileTestBed.Ok(_machine.Remove("/d", true));
        Assert.Equal(Errno.ENOENT, _machine.TryStat("/d").Error);
    }

    [Fact]
    public void RenamingMovesAndReplaces()
    {
        FileTestBed.Ok(_machine.MakeDirectory("/d"));
        _machine.WriteFile("/a", "a");
        _machine.WriteFile("/d/b", "b");
        FileTestBed.Ok(_machine.Rename("/a", "/d/b"));
        Assert.Equal("a", _machine.ReadFile("/d/b"));
        Assert.Equal(Errno.ENOENT, _machine.TryStat("/a").Error);
        _machine.WriteFile("/a", "again");
        Assert.Equal(Errno.EEXIST, _machine.Rename("/a", "/d/b", 1));
        FileTestBed.Ok(_machine.Rename("/a", "/d/b", 2));
        Assert.Equal("a", _machine.ReadFile("/a"));
        Assert.Equal("again", _machine.ReadFile("/d/b"));
        Assert.Equal(Errno.EINVAL, _machine.Rename("/d", "/d/sub"));
        FileTestBed.Ok(_machine.Rename("/d", "/moved"));
        Assert.Equal("again", _machine.ReadFile("/moved/b"));
        FileId file = _machine.Open("/moved/b");
        FileTestBed.Ok(_machine.Rename("/moved", "/again"));
        Assert.Equal("/again/b"u8.ToArray(), FileTestBed.Ok(_machine.Mounts.GetPath(_machine.Task, file)));
    }

    [Fact]
    public void DirectoriesListEveryNameOnceWhileTheyAreEmptied()
    {
        FileTestBed.Ok(_machine.MakeDirectory("/d"));
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 300; i++)
        {
            _machine.WriteFile($"/d/file{i}", "x");
            expected.Add($"file{i}");
        }

        FileId directory = _machine.Open("/d", OpenFlags.O_DIRECTORY);
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var sink = new FileTestBed.ListSink { Room = 7 };
            FileTestBed.Ok(_machine.Files.ReadDirectory(directory, sink));
            if (sink.Names.Count == 0)
                break;
            foreach (string name in sink.Names)
            {
                if (name is "." or "..")
                    continue;
                Assert.True(seen.Add(name), name);
                FileTestBed.Ok(_machine.Remove("/d/" + name));
            }
        }

        Assert.Equal(expected, seen);
        FileTestBed.Ok(_machine.Remove("/d", true));
        Assert.Equal(Errno.ENOENT, _machine.Files.ReadDirectory(directory, new FileTestBed.ListSink()));
    }

    [Fact]
    public void EntriesAgreeWithStat()
    {
        FileTestBed.Ok(_machine.MakeDirectory("/d"));
        _machine.WriteFile("/d/f", "x");
        FileTestBed.Ok(_machine.MakeLink("/d/l", "f"));
        FileTestBed.Ok(_machine.Names.Create(_machine.Here, "/d/p"u8, new NewNode(FileKind.Fifo, 0x1B6, 0, 0)));
        FileId directory = _machine.Open("/d", OpenFlags.O_DIRECTORY);
        var sink = new FileTestBed.ListSink();
        FileTestBed.Ok(_machine.Files.ReadDirectory(directory, sink));
        Assert.Equal(5, sink.Names.Count);
        for (int i = 0; i < sink.Names.Count; i++)
        {
            NodeAttributes attributes = _machine.Stat("/d/" + sink.Names[i], WalkFlags.NoFollow);
            Assert.Equal((attributes.Inode, attributes.Kind), (sink.Entries[i].Inode, sink.Entries[i].Kind));
        }

        long second = sink.Entries[1].NextOffset;
        FileTestBed.Ok(_machine.Files.Seek(directory, second, 0));
        var rest = new FileTestBed.ListSink();
        FileTestBed.Ok(_machine.Files.ReadDirectory(directory, rest));
        Assert.Equal(sink.Names[2..], rest.Names);
    }

    [Fact]
    public void AttributesChange()
    {
        _machine.WriteFile("/a", "x");
        var change = new AttributeChange
        {
            Permissions = 0xFFF & 0x1A0,
            User = 12,
            Group = 34,
            AccessTime = new FileTime(1000, 1),
            ModifyTime = new FileTime(2000, 999_999_999),
        };
        FileTestBed.Ok(_machine.Names.SetAttributes(_machine.Here, "/a"u8, WalkFlags.None, change));
        NodeAttributes attributes = _machine.Stat("/a");
        Assert.Equal((0x1A0u, 12u, 34u), (attributes.Permissions, attributes.User, attributes.Group));
        Assert.Equal((new FileTime(1000, 1), new FileTime(2000, 999_999_999)), (attributes.AccessTime, attributes.ModifyTime));
    }

    [Fact]
    public void ALinkHasAnOwnerOfItsOwnAndNoModeToChange()
    {
        _machine.WriteFile("/a", "");
        FileTestBed.Ok(_machine.MakeLink("/link", "a"));
        NodeAttributes before = _machine.Stat("/link", WalkFlags.NoFollow);
        uint owner = _machine.Stat("/a").User;
        var change = new AttributeChange { User = 12, Group = 13 };
        FileTestBed.Ok(_machine.Names.SetAttributes(_machine.Here, "/link"u8, WalkFlags.NoFollow, change));
        NodeAttributes after = _machine.Stat("/link", WalkFlags.NoFollow);
        Assert.Equal((12u, 13u, before.Permissions), (after.User, after.Group, after.Permissions));
        Assert.Equal(owner, _machine.Stat("/a").User);
        Assert.Equal(
            Errno.EOPNOTSUPP,
            _machine.Names.SetAttributes(_machine.Here, "/link"u8, WalkFlags.NoFollow, new AttributeChange { Permissions = 0x180 }));
    }

    [Fact]
    public void TheUmaskAppliesToNewFiles()
    {
        _machine.Task.FileSystem.Umask = 0x3F; // 077
        _machine.WriteFile("/a", "x");
        FileTestBed.Ok(_machine.MakeDirectory("/d"));
        Assert.Equal((0x180u, 0x1C0u), (_machine.Stat("/a").Permissions, _machine.Stat("/d").Permissions));
    }

    [Fact]
    public void LinksCanBeNestedFortyDeep()
    {
        _machine.WriteFile("/end", "end");
        string target = "end";
        for (int i = 1; i <= 41; i++)
        {
            FileTestBed.Ok(_machine.MakeLink($"/l{i}", target));
            target = $"l{i}";
        }

        Assert.Equal("end", _machine.ReadFile("/l40"));
        Assert.Equal(Errno.ELOOP, _machine.TryOpen("/l41").Error);
    }

    /// <summary>A mount that is read-only refuses what would change it.</summary>
    [Fact]
    public void ReadOnlyMountsRefuseChanges()
    {
        FileTestBed.Ok(_machine.MakeDirectory("/m"));
        FileTestBed.Ok(_machine.Mounts.Mount("tmpfs", new MountOptions(null, true), "/m"u8));
        Assert.Equal(Errno.EROFS, _machine.TryOpen("/m/a", OpenFlags.O_CREAT | OpenFlags.O_WRONLY).Error);
        Assert.Equal(Errno.EROFS, _machine.MakeDirectory("/m/d"));
        Assert.Equal(Errno.EBUSY, _machine.Remove("/m", true));
        Assert.Equal(Errno.EBUSY, _machine.Rename("/m", "/n"));
        _machine.WriteFile("/a", "x");
        Assert.Equal(Errno.EXDEV, _machine.Rename("/a", "/m/a"));
        Assert.Equal(Errno.EROFS, _machine.Link("/a", "/m/a"));
    }

    private Errno Directory(string path, Func<Errno> then)
    {
        FileTestBed.Ok(_machine.MakeDirectory(path));
        return then();
    }

    /// <summary>What is written, named and open under one generation of the VFS is there under the next.</summary>
    [Fact]
    public void AllIsThereAfterASwap()
    {
        FileTestBed.Ok(_machine.MakeDirectory("/d"));
        _machine.WriteFile("/d/a", "written before");
        _machine.WriteFile("/gone", "removed while open");
        FileId half = _machine.Open("/d/a", OpenFlags.O_RDWR);
        FileId gone = _machine.Open("/gone");
        FileTestBed.Ok(_machine.Remove("/gone"));
        Assert.Equal(8, FileTestBed.Ok(_machine.Files.Read(half, new byte[8])));
        NodeAttributes before = _machine.Stat("/d/a");
        _machine.Swap();
        Assert.Equal("before", _machine.ReadAll(half).TrimStart());
        Assert.Equal("removed while open", _machine.ReadAll(gone));
        Assert.Equal((before.Inode, before.Size, before.Permissions), (_machine.Stat("/d/a").Inode, _machine.Stat("/d/a").Size, _machine.Stat("/d/a").Permissions));
        FileTestBed.Ok(_machine.Files.Write(half, "!"u8));
        Assert.Equal("written before!", _machine.ReadFile("/d/a"));
        _machine.Swap();
        _machine.WriteFile("/d/b", "after");
        Assert.Equal("after", _machine.ReadFile("/d/b"));
        Assert.Equal("written before!", _machine.ReadFile("/d/a"));
    }
}

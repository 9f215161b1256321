using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Platform.Host.Linux;
using Kpio.Platform.Host.Portable;

namespace Kpio.Platform.Host.Tests;

/// <summary>What every way to the host's files answers. Each way inherits the tests.</summary>
public abstract class HostFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kpio-host-").FullName;
    private readonly object _way;
    private readonly HostFileId _root;

    protected HostFilesTests(object way)
    {
        _way = way;
        Directory.CreateDirectory(Inside("sub"));
        File.WriteAllText(Inside("sub/file"), "content");
        File.WriteAllText(Path.Combine(_directory, "secret"), "secret");
        File.CreateSymbolicLink(Inside("link"), "../secret");
        Directory.CreateSymbolicLink(Inside("directory"), "..");
        _root = Ok(Files.Grant(Inside(string.Empty)));
    }

    private protected IHostFiles Files => (IHostFiles)_way;

    private protected IHostFileContent Content => (IHostFileContent)_way;

    private protected IHostFileNames Names => (IHostFileNames)_way;

    protected HostFileId Root => _root;

    protected abstract int HandleCount { get; }

    public void Dispose()
    {
        ((IDisposable)_way).Dispose();
        Assert.Equal(0, HandleCount);
        Directory.Delete(_directory, true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void FilesAreReadAndWritten()
    {
        HostFileId file = Ok(Files.Open(_root, "sub/file"u8, OpenFlags.O_RDWR, 0));
        Assert.Equal("content", Read(file));
        Assert.Equal(4, Ok(Content.Write(file, 3, "TENT"u8)));
        Assert.Equal("conTENT", File.ReadAllText(Inside("sub/file")));
        Ok(Content.SetAttributes(file, new AttributeChange { Size = 2 }));
        Assert.Equal(2, Ok(Content.Stat(file)).Size);
        Ok(Content.Synchronize(file));
        Files.Close(file);
        Assert.Equal(Errno.EBADF, Content.Read(file, 0, new byte[1]).Error);
        HostFileId next = Ok(Files.Open(_root, "new"u8, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x1A4));
        Assert.NotEqual(file, next);
        Assert.Equal(Errno.EBADF, Content.Read(file, 0, new byte[1]).Error);
        Assert.Equal(Errno.EEXIST, Files.Open(_root, "new"u8, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x1A4).Error);
        Files.Close(next);
        Assert.Equal(1, HandleCount);
    }

    [Fact]
    public void StatTellsLinksFromWhatTheyLeadTo()
    {
        Assert.Equal(FileKind.Directory, Ok(Files.Stat(_root, default)).Kind);
        Assert.Equal((FileKind.Regular, 7L), (Ok(Files.Stat(_root, "sub/file"u8)).Kind, Ok(Files.Stat(_root, "sub/file"u8)).Size));
        Assert.Equal(FileKind.SymbolicLink, Ok(Files.Stat(_root, "link"u8)).Kind);
        Assert.Equal("../secret"u8.ToArray(), Ok(Files.ReadLink(_root, "link"u8)));
        Assert.Equal(Errno.EINVAL, Files.ReadLink(_root, "sub"u8).Error);
        Assert.Equal(Errno.ENOENT, Files.Stat(_root, "missing"u8).Error);
        Assert.Equal(Errno.ENOTDIR, Files.Stat(_root, "sub/file/x"u8).Error);
    }

    [Fact]
    public void NothingIsFollowedAndNothingLeavesTheRoot()
    {
        Assert.Equal(Errno.ELOOP, Files.Open(_root, "link"u8, OpenFlags.O_RDONLY, 0).Error);
        foreach (string path in (string[])["directory/secret", "../secret", "sub/../../secret", "/etc/passwd", "sub/..", "..", "."])
        {
            byte[] bytes = Encoding.ASCII.GetBytes(path);
            Assert.NotEqual(Errno.None, Files.Open(_root, bytes, OpenFlags.O_RDONLY, 0).Error);
            Assert.NotEqual(Errno.None, Files.Stat(_root, bytes).Error);
            Assert.NotEqual(Errno.None, Files.List(_root, bytes, new Sink()));
            Assert.NotEqual(Errno.None, Names.Create(_root, bytes, new NewNode(FileKind.Directory, 0x1FF, 0, 0)));
            Assert.NotEqual(Errno.None, Names.Remove(_root, bytes, false));
            Assert.NotEqual(Errno.None, Names.Rename(_root, "sub/file"u8, bytes, 0));
            Assert.NotEqual(Errno.None, Names.SetAttributes(_root, bytes, new AttributeChange { Permissions = 0x1FF }));
        }

        Assert.NotEqual(Errno.None, Names.Create(_root, "directory/x"u8, new NewNode(FileKind.Directory, 0x1FF, 0, 0)));
        Assert.NotEqual(Errno.None, Names.Rename(_root, "sub/file"u8, "directory/moved"u8, 0));
        Assert.Equal(["granted", "secret"], Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName).Order());
        Assert.Equal("secret", File.ReadAllText(Path.Combine(_directory, "secret")));
        Assert.Equal(1, HandleCount);
    }

    [Fact]
    public void NamesChange()
    {
        Ok(Names.Create(_root, "made"u8, new NewNode(FileKind.Directory, 0x1C0, 0, 0)));
        Assert.Equal(0x1C0u, Ok(Files.Stat(_root, "made"u8)).Permissions);
        Assert.Equal(Errno.EEXIST, Names.Create(_root, "made"u8, new NewNode(FileKind.Directory, 0x1C0, 0, 0)));
        Ok(Names.Create(_root, "made/soft"u8, new NewNode(FileKind.SymbolicLink, 0, 0, 0, 0, "nowhere"u8.ToArray())));
        Ok(Names.Create(_root, "made/file"u8, new NewNode(FileKind.Regular, 0x1B6, 0, 0)));
        Assert.Equal(0x1B6u, Ok(Files.Stat(_root, "made/file"u8)).Permissions);
        Assert.Equal(Errno.EPERM, Names.Create(_root, "device"u8, new NewNode(FileKind.CharacterDevice, 0x1B6, 0, 0, 0x103)));
        var sink = new Sink();
        Ok(Files.List(_root, "made"u8, sink));
        Assert.Equal([("file", FileKind.Regular), ("soft", FileKind.SymbolicLink)], sink.Entries.Order());
        Assert.Equal(Errno.ENOTEMPTY, Names.Remove(_root, "made"u8, true));
        Ok(Names.Rename(_root, "sub/file"u8, "made/file"u8, 0));
        Assert.Equal("content", File.ReadAllText(Inside("made/file")));
        Ok(Names.Remove(_root, "made/file"u8, false));
        Ok(Names.Remove(_root, "made/soft"u8, false));
        Ok(Names.Remove(_root, "made"u8, true));
        Assert.Equal(Errno.ENOENT, Names.Remove(_root, "made"u8, true));
        var time = new FileTime(1_000_000, 0);
        Ok(Names.SetAttributes(_root, "sub"u8, new AttributeChange { Permissions = 0x1C0, ModifyTime = time }));
        Assert.Equal((0x1C0u, time), (Ok(Files.Stat(_root, "sub"u8)).Permissions, Ok(Files.Stat(_root, "sub"u8)).ModifyTime));
    }

    [Fact]
    public void AFileCanBeGranted()
    {
        HostFileId root = Ok(Files.Grant(Inside("sub/file")));
        Assert.Equal(FileKind.Regular, Ok(Files.Stat(root, default)).Kind);
        HostFileId file = Ok(Files.Open(root, default, OpenFlags.O_RDONLY, 0));
        Assert.Equal("content", Read(file));
        Assert.NotEqual(Errno.None, Files.Stat(root, "x"u8).Error);
        Files.Close(file);
        Files.Close(root);
        Assert.Equal(Errno.ENOENT, Files.Grant(Inside("missing")).Error);
    }

    protected string Inside(string path) => Path.Combine(_directory, "granted", path);

    protected static T Ok<T>(Result<T> result)
    {
        Assert.Equal(Errno.None, result.Error);
        return result.ValueOrDefault!;
    }

    protected static void Ok(Errno error) => Assert.Equal(Errno.None, error);

    private string Read(HostFileId file)
    {
        var bytes = new byte[100];
        return Encoding.UTF8.GetString(bytes, 0, Ok(Content.Read(file, 0, bytes)));
    }

    private sealed class Sink : IDirectorySink
    {
        public List<(string, FileKind)> Entries { get; } = [];

        public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
        {
            Entries.Add((Encoding.UTF8.GetString(name), entry.Kind));
            return true;
        }
    }
}

public class LinuxFilesTests : HostFilesTests
{
    private readonly LinuxFiles _files;

    public LinuxFilesTests()
        : this(new LinuxFiles())
    {
    }

    private protected LinuxFilesTests(LinuxFiles files)
        : base(files) => _files = files;

    protected override int HandleCount => _files.HandleCount;

    [Fact]
    public void WhatOnlyLinuxHas()
    {
        Ok(Names.Link(Root, "sub/file"u8, "hard"u8));
        Assert.Equal(Ok(Files.Stat(Root, "sub/file"u8)).Inode, Ok(Files.Stat(Root, "hard"u8)).Inode);
        Ok(Names.Rename(Root, "hard"u8, "sub"u8, 2));
        Assert.Equal(FileKind.Directory, Ok(Files.Stat(Root, "hard"u8)).Kind);
        Assert.Equal(Errno.EEXIST, Names.Rename(Root, "hard"u8, "sub"u8, 1));
        byte[] name = [0xFF, 0xFE, (byte)'x'];
        Ok(Names.Create(Root, name, new NewNode(FileKind.Fifo, 0x1B6, 0, 0)));
        Assert.Equal(FileKind.Fifo, Ok(Files.Stat(Root, name)).Kind);
        Assert.Equal(Errno.ENXIO, Files.Open(Root, name, OpenFlags.O_RDONLY, 0).Error);
        Assert.Equal(Errno.EOPNOTSUPP, Names.SetAttributes(Root, "link"u8, new AttributeChange { Permissions = 0 }));
        Assert.Equal(Errno.ENAMETOOLONG, Files.Stat(Root, new byte[256].Select(_ => (byte)'a').ToArray()).Error);
        Assert.True(Ok(Files.GetStatistics(Root)).Blocks > 0);
        Ok(Names.Remove(Root, name, false)); // The base library could not.

        // Tests run side by side: a leak shows by its size.
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 1000; i++)
        {
            _ = Files.Stat(Root, "hard/x/y"u8).Error;
            _ = Files.Open(Root, "hard/x/y"u8, OpenFlags.O_RDONLY, 0).Error;
            _ = Names.Rename(Root, "hard/x"u8, "missing/y"u8, 0);
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 200);
    }
}

public sealed class ComponentWiseLinuxFilesTests() : LinuxFilesTests(new LinuxFiles(true));

public sealed class PortableFilesTests : HostFilesTests
{
    private readonly PortableFiles _files;

    public PortableFilesTests()
        : this(new PortableFiles())
    {
    }

    private PortableFilesTests(PortableFiles files)
        : base(files) => _files = files;

    protected override int HandleCount => _files.HandleCount;
}

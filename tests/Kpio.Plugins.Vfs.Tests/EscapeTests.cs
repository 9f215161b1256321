using System.Formats.Tar;
using System.IO.Compression;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Ways out of a granted tree, none of which may lead anywhere.</summary>
public sealed class EscapeTests
{
    [Theory]
    [InlineData("host")]
    [InlineData("overlay")]
    public void LinksAndDotsStayInTheTree(string type)
    {
        using var directory = new TemporaryDirectory();
        string inside = Path.Combine(directory.Path, "granted");
        Directory.CreateDirectory(inside);
        File.WriteAllText(Path.Combine(directory.Path, "secret"), "secret");
        File.CreateSymbolicLink(Path.Combine(inside, "absolute"), "/etc/passwd");
        File.CreateSymbolicLink(Path.Combine(inside, "above"), "../secret");
        File.CreateSymbolicLink(Path.Combine(inside, "far"), "../../../../../../../../etc");
        File.CreateSymbolicLink(Path.Combine(inside, "root"), "/");
        using var machine = new TestMachine();
        machine.WithRoot(type, inside);
        foreach (string path in (string[])
        [
            "/absolute", "/above", "/far/passwd", "/root/etc/passwd", "/../secret", "/../../../../etc/passwd", "../secret", "/root/../secret", "/far/../secret",
        ])
        {
            Assert.Equal(Errno.ENOENT, machine.TryOpen(path).Error);
            Assert.Equal(Errno.ENOENT, machine.TryStat(path).Error);
        }

        // Creating through a dangling link makes the file in the tree, not where the host would see the link lead.
        machine.WriteFile("/above", "mine");
        Assert.Equal("secret", File.ReadAllText(Path.Combine(directory.Path, "secret")));
        Assert.Equal("mine", machine.ReadFile("/secret"));
    }

    [Theory]
    [InlineData("host")]
    [InlineData("overlay")]
    public void ALinkPutInAComponentsPlaceIsNotFollowed(string type)
    {
        using var directory = new TemporaryDirectory();
        string inside = Path.Combine(directory.Path, "granted");
        Directory.CreateDirectory(Path.Combine(inside, "sub"));
        File.WriteAllText(Path.Combine(inside, "sub", "file"), "fine");
        Directory.CreateDirectory(Path.Combine(directory.Path, "outside"));
        File.WriteAllText(Path.Combine(directory.Path, "outside", "file"), "secret");
        using var machine = new TestMachine(new MachineOptions { Deterministic = true }); // What was seen never grows old.
        machine.WithRoot(type, inside);
        FileId sub = machine.Open("/sub", OpenFlags.O_DIRECTORY);
        TestMachine.Ok(machine.TryStat("/sub"));

        // The host swaps the directory for a link between the walk's steps: the VFS still believes in a directory.
        Directory.Move(Path.Combine(inside, "sub"), Path.Combine(inside, "moved"));
        Directory.CreateSymbolicLink(Path.Combine(inside, "sub"), "../outside");
        Result<FileId> opened = machine.Names.Open(new PathStart(machine.Task, sub), "file"u8, OpenFlags.O_RDONLY, 0);
        Assert.True(opened.Error is Errno.ELOOP or Errno.ENOTDIR or Errno.ENOENT, opened.Error.ToString());
        Result<NodeAttributes> found = machine.Names.Stat(new PathStart(machine.Task, sub), "file"u8, WalkFlags.None);
        Assert.True(found.Error is Errno.ELOOP or Errno.ENOTDIR or Errno.ENOENT, found.Error.ToString());
        Assert.NotEqual(Errno.None, machine.Files.ReadDirectory(sub, new TestMachine.ListSink()));
    }

    [Fact]
    public void HiddenPathsShowOnlyWhatIsShownBelowThem()
    {
        using var directory = new TemporaryDirectory();
        foreach (string path in (string[])["home/secret", "home/work/project", "home/work/other", "open"])
            Directory.CreateDirectory(Path.Combine(directory.Path, path));
        foreach (string path in (string[])["home/key", "home/secret/key", "home/work/other/key", "home/work/project/source", "open/file"])
            File.WriteAllText(Path.Combine(directory.Path, path), path);
        using var machine = new TestMachine();
        machine.WithRoot("overlay", directory.Path, false, ("hide", "/home"), ("show", "/home/work/project"));
        Assert.Equal([".", "..", "work"], machine.List("/home"));
        Assert.Equal([".", "..", "project"], machine.List("/home/work"));
        Assert.Equal("home/work/project/source", machine.ReadFile("/home/work/project/source"));
        Assert.Equal("open/file", machine.ReadFile("/open/file"));
        foreach (string path in (string[])["/home/key", "/home/secret", "/home/secret/key", "/home/work/other", "/home/work/project/../other/key"])
            Assert.Equal(Errno.ENOENT, machine.TryStat(path).Error);
        machine.WriteFile("/home/key", "the guest's own");
        Assert.Equal("the guest's own", machine.ReadFile("/home/key"));
    }

    [Fact]
    public void AChangedRootIsNotLeft()
    {
        using var machine = new TestMachine().WithRoot();
        TestMachine.Ok(machine.MakeDirectory("/jail"));
        machine.WriteFile("/outside", "x");
        machine.Task.FileSystem.Root = machine.Open("/jail", OpenFlags.O_DIRECTORY);
        machine.Task.FileSystem.WorkingDirectory = machine.Task.FileSystem.Root;
        TestMachine.Ok(machine.MakeLink("/link", "/../outside"));
        foreach (string path in (string[])["/outside", "/../outside", "../outside", "../../outside", "/link"])
            Assert.Equal(Errno.ENOENT, machine.TryStat(path).Error);
    }

    [Theory]
    [InlineData("../up", TarEntryType.RegularFile, "")]
    [InlineData("a/../../up", TarEntryType.RegularFile, "")]
    [InlineData("hard", TarEntryType.HardLink, "../../etc/passwd")]
    [InlineData("hard", TarEntryType.HardLink, "missing")]
    public void ArchivesThatReachOutAreRefused(string name, TarEntryType type, string target)
    {
        using var directory = new TemporaryDirectory();
        string archive = WriteArchive(directory, false, writer => writer.WriteEntry(MakeEntry(type, name, target)));
        using var machine = new TestMachine();
        Assert.Equal(Errno.EINVAL, machine.Mounts.Mount("tar", new MountOptions(archive), "/"u8));
    }

    [Fact]
    public void ArchivesAreNotFollowedThroughTheirLinks()
    {
        using var directory = new TemporaryDirectory();
        string archive = WriteArchive(directory, false, writer =>
        {
            writer.WriteEntry(MakeEntry(TarEntryType.SymbolicLink, "link", "/etc"));
            writer.WriteEntry(MakeEntry(TarEntryType.RegularFile, "link/file", string.Empty));
        });
        using var machine = new TestMachine();
        Assert.Equal(Errno.EINVAL, machine.Mounts.Mount("tar", new MountOptions(archive), "/"u8));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ArchivesUnpack(bool zipped)
    {
        using var directory = new TemporaryDirectory();
        string archive = WriteArchive(directory, zipped, writer =>
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "dir/") { Mode = (UnixFileMode)0x1C0, ModificationTime = DateTimeOffset.FromUnixTimeSeconds(5) });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "/dir/file")
            {
                DataStream = new MemoryStream("content"u8.ToArray()),
                Uid = 7,
                Gid = 8,
                Mode = (UnixFileMode)0x9ED,
                ModificationTime = DateTimeOffset.FromUnixTimeSeconds(1_000_000),
            });
            writer.WriteEntry(MakeEntry(TarEntryType.HardLink, "hard", "./dir/file"));
            writer.WriteEntry(MakeEntry(TarEntryType.SymbolicLink, "soft", "dir/file"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "null") { DeviceMajor = 1, DeviceMinor = 3 });
            writer.WriteEntry(MakeEntry(TarEntryType.Fifo, "fifo", string.Empty));
        });
        using var machine = new TestMachine();
        machine.WithRoot("tar", archive);
        Assert.Equal("content", machine.ReadFile("/soft"));
        NodeAttributes file = machine.Stat("/dir/file");
        Assert.Equal((0x9EDu, 7u, 8u, 2u), (file.Permissions, file.User, file.Group, file.Links));
        Assert.Equal(1_000_000, file.ModifyTime.Seconds);
        Assert.Equal((0x1C0u, 5L), (machine.Stat("/dir").Permissions, machine.Stat("/dir").ModifyTime.Seconds));
        Assert.Equal(file.Inode, machine.Stat("/hard").Inode);
        Assert.Equal(0x103UL, machine.Stat("/null").SpecialDevice);
        Assert.Equal(string.Empty, machine.ReadFile("/null"));
        Assert.Equal(FileKind.Fifo, machine.Stat("/fifo").Kind);
    }

    [Fact]
    public void BrokenArchivesAreErrorsAndLimitsHold()
    {
        using var directory = new TemporaryDirectory();
        string whole = WriteArchive(directory, false, writer => writer.WriteEntry(
            new PaxTarEntry(TarEntryType.RegularFile, "big") { DataStream = new MemoryStream(new byte[1 << 20]) }));
        using var machine = new TestMachine();
        var limit = new Dictionary<string, string> { ["size"] = "64k" };
        Assert.Equal(Errno.ENOSPC, machine.Mounts.Mount("tar", new MountOptions(whole, false, limit), "/"u8));

        byte[] bytes = File.ReadAllBytes(whole);
        var random = new Random(1);
        string broken = Path.Combine(directory.Path, "broken.tar");
        for (int i = 0; i < 300; i++)
        {
            byte[] copy = bytes[..random.Next(bytes.Length)];
            for (int j = random.Next(20); j > 0 && copy.Length > 0; j--)
                copy[random.Next(Math.Min(copy.Length, 2048))] = (byte)random.Next(256);
            File.WriteAllBytes(broken, copy);
            Errno error = machine.Mounts.Mount("tar", new MountOptions(broken), "/"u8);
            Assert.True(error is Errno.None or Errno.EINVAL or Errno.ENOSPC or Errno.ENAMETOOLONG, error.ToString());
            if (error == Errno.None)
                machine.Parts.Core.Mounts.Clear();
        }

        File.WriteAllText(broken, "no archive at all");
        Assert.Equal(Errno.EINVAL, machine.Mounts.Mount("tar", new MountOptions(broken), "/"u8));
        Assert.Equal(Errno.ENOENT, machine.Mounts.Mount("tar", new MountOptions(directory.Path + "/missing"), "/"u8));
    }

    private static PaxTarEntry MakeEntry(TarEntryType type, string name, string target)
    {
        var entry = new PaxTarEntry(type, name);
        if (target.Length > 0)
            entry.LinkName = target;
        return entry;
    }

    private static string WriteArchive(TemporaryDirectory directory, bool zipped, Action<TarWriter> write)
    {
        string path = Path.Combine(directory.Path, zipped ? "a.tar.gz" : "a.tar");
        using Stream file = File.Create(path);
        using Stream stream = zipped ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var writer = new TarWriter(stream, TarEntryFormat.Pax);
        write(writer);
        return path;
    }
}

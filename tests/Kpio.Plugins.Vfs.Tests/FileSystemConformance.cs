using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Testing.Conformance;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>A type of this plugin's on the smallest services that work.</summary>
public abstract class OwnTypeConformance : FileSystemConformance
{
    private protected OwnTypeConformance(string type, bool onHost)
        : this(new TestMachine(), type, onHost ? new TemporaryDirectory() : null)
    {
    }

    private OwnTypeConformance(TestMachine machine, string type, TemporaryDirectory? directory)
        : base(machine)
    {
        Machine = machine;
        HostDirectory = directory;
        machine.WithRoot(type, directory?.Path);
    }

    private protected TestMachine Machine { get; }

    private protected TemporaryDirectory? HostDirectory { get; }

    public override void Dispose()
    {
        base.Dispose();
        HostDirectory?.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class TmpFsConformance() : OwnTypeConformance("tmpfs", false)
{
    [Fact]
    public void TheSizeLimitsTheContent()
    {
        TestMachine.Ok(Machine.MakeDirectory("/m"));
        TestMachine.Ok(Machine.Mounts.Mount("tmpfs", new MountOptions(null, false, new Dictionary<string, string> { ["size"] = "64k" }), "/m"u8));
        FileId file = Machine.Open("/m/a", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        var block = new byte[50_000];
        Assert.Equal(50_000, TestMachine.Ok(Machine.Files.Write(file, block)));
        Assert.Equal(65_536 - 50_000, TestMachine.Ok(Machine.Files.Write(file, block)));
        Assert.Equal(Errno.ENOSPC, Machine.Files.Write(file, block).Error);
        TestMachine.Ok(Machine.Remove("/m/a"));
        Machine.Files.Release(file);
        file = Machine.Open("/m/b", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        Assert.Equal(50_000, TestMachine.Ok(Machine.Files.Write(file, block)));
    }

    [Fact]
    public void HolesCostNothingAndReadAsZeros()
    {
        FileId file = Machine.Open("/a", OpenFlags.O_RDWR | OpenFlags.O_CREAT);
        const long Far = 1L << 60;
        Assert.Equal(1, TestMachine.Ok(Machine.Files.Write(file, "x"u8, Far)));
        Assert.Equal(Far + 1, TestMachine.Ok(Machine.Files.Stat(file)).Size);
        Assert.Equal(8, TestMachine.Ok(Machine.Files.Stat(file)).Blocks);
        Assert.Equal(Far, TestMachine.Ok(Machine.Files.Seek(file, 5, 3)));
        Assert.Equal(5, TestMachine.Ok(Machine.Files.Seek(file, 5, 4)));
        var bytes = new byte[3];
        Assert.Equal(3, TestMachine.Ok(Machine.Files.Read(file, bytes, 12345)));
        Assert.Equal(new byte[3], bytes);
        Assert.Equal(Errno.EFBIG, Machine.Files.Write(file, "xx"u8, long.MaxValue).Error);
    }

    [Fact]
    public void FilesWithoutANameCanBeGivenOne()
    {
        FileId file = Machine.Open("/", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR);
        Assert.Equal(0u, TestMachine.Ok(Machine.Files.Stat(file)).Links);
        Assert.Equal([".", ".."], Machine.List("/"));
        TestMachine.Ok(Machine.Files.Write(file, "x"u8));
        TestMachine.Ok(Machine.Names.Link(new Kpio.Contracts.Vfs.PathStart(Machine.Task, file), default, WalkFlags.EmptyPath, Machine.Here, "/named"u8));
        Assert.Equal("x", Machine.ReadFile("/named"));
    }
}

public sealed class OverlayConformance() : OwnTypeConformance("overlay", true)
{
    [Fact]
    public void TheHostsFilesAreNeverChanged()
    {
        string directory = Path.Combine(HostDirectory!.Path, "sub");
        Directory.CreateDirectory(Path.Combine(directory, "inner"));
        File.WriteAllText(Path.Combine(directory, "file"), "host");
        File.WriteAllText(Path.Combine(directory, "gone"), "host");
        File.WriteAllText(Path.Combine(directory, "inner", "deep"), "host");
        Assert.Equal("host", Machine.ReadFile("/sub/file"));
        FileId reader = Machine.Open("/sub/file");
        FileId writer = Machine.Open("/sub/file", OpenFlags.O_RDWR);
        TestMachine.Ok(Machine.Files.Write(writer, "HOST and more"u8));
        Assert.Equal("HOST and more", Machine.ReadAll(reader));
        TestMachine.Ok(Machine.Remove("/sub/gone"));
        Assert.Equal(Errno.ENOENT, Machine.TryStat("/sub/gone").Error);
        TestMachine.Ok(Machine.Rename("/sub/inner", "/sub/outer"));
        Assert.Equal("host", Machine.ReadFile("/sub/outer/deep"));
        TestMachine.Ok(Machine.Names.SetAttributes(Machine.Here, "/sub/outer/deep"u8, WalkFlags.None, new AttributeChange { Permissions = 0 }));
        Assert.Equal([".", "..", "file", "outer"], Machine.List("/sub").Order(StringComparer.Ordinal));
        TestMachine.Ok(Machine.MakeDirectory("/sub/gone"));
        Assert.Equal([".", ".."], Machine.List("/sub/gone"));
        Assert.Equal(Errno.ENOTEMPTY, Machine.Remove("/sub", true));
        foreach (string name in (string[])["file", "outer/deep"])
            TestMachine.Ok(Machine.Remove("/sub/" + name));
        foreach (string name in (string[])["outer", "gone"])
            TestMachine.Ok(Machine.Remove("/sub/" + name, true));
        TestMachine.Ok(Machine.Remove("/sub", true));
        TestMachine.Ok(Machine.MakeDirectory("/sub"));
        Assert.Equal([".", ".."], Machine.List("/sub"));

        Assert.Equal("host", File.ReadAllText(Path.Combine(directory, "file")));
        Assert.Equal("host", File.ReadAllText(Path.Combine(directory, "gone")));
        Assert.Equal("host", File.ReadAllText(Path.Combine(directory, "inner", "deep")));
        Assert.Equal(3, Directory.GetFileSystemEntries(directory).Length);
    }

    [Fact]
    public void HardLinksOfTheHostAreOneNodeHereToo()
    {
        string first = Path.Combine(HostDirectory!.Path, "first");
        File.WriteAllText(first, "host");
        Assert.Equal(Errno.None, new NativeCalls(HostDirectory.Path).Link("first", "second"));
        Assert.Equal(Machine.Stat("/first").Inode, Machine.Stat("/second").Inode);
        Machine.WriteFile("/first", "changed");
        Assert.Equal("changed", Machine.ReadFile("/second"));
        Assert.Equal("host", File.ReadAllText(first));
    }
}

public sealed class HostConformance() : OwnTypeConformance("host", true)
{
    [Fact]
    public void ChangesReachTheHostAndBack()
    {
        Machine.WriteFile("/a", "guest");
        Assert.Equal("guest", File.ReadAllText(Path.Combine(HostDirectory!.Path, "a")));
        File.WriteAllText(Path.Combine(HostDirectory.Path, "b"), "host");
        Assert.Equal("host", Machine.ReadFile("/b"));
        File.Delete(Path.Combine(HostDirectory.Path, "b"));
        Assert.Equal(Errno.ENOENT, Machine.TryStat("/b").Error);
    }
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>The mounts that a machine starts with, on the real host.</summary>
public sealed class MachineMountTests
{
    [Fact]
    public void HostRootShowsFilesAndKeepsChangesToItself()
    {
        using var machine = new TestMachine();
        TestMachine.Ok(machine.Mounts.MountMachine(new MachineMounts(RootKind.Host, null, ["/root"], [])));
        machine.EnterRoot();
        Assert.Equal(File.ReadAllText("/etc/passwd"), machine.ReadFile("/etc/passwd"));
        machine.WriteFile("/etc/passwd", "changed");
        Assert.Equal("changed", machine.ReadFile("/etc/passwd"));
        Assert.NotEqual("changed", File.ReadAllText("/etc/passwd"));
        machine.WriteFile("/etc/kpio-new", "new");
        Assert.False(File.Exists("/etc/kpio-new"));
        Assert.Contains("kpio-new", machine.List("/etc"));
        TestMachine.Ok(machine.Remove("/etc/hostname"));
        Assert.Equal(Errno.ENOENT, machine.TryStat("/etc/hostname").Error);
        Assert.Equal([".", ".."], machine.List("/root"));
        Assert.Equal(["0\n"], [machine.ReadFile("/sys/devices/system/cpu/online")]);
        Assert.Equal(Errno.ENOENT, machine.TryStat("/proc/1").Error);
        Assert.Contains("Linux version 6.1.0-kpio", machine.ReadFile("/proc/version"), StringComparison.Ordinal);
        Assert.Equal("2", System.Text.Encoding.ASCII.GetString(TestMachine.Ok(machine.Names.ReadLink(machine.Here, "/proc/self"u8))));
        Assert.Equal(0x103UL, machine.Stat("/dev/null").SpecialDevice);
        FileId full = machine.Open("/dev/full", OpenFlags.O_RDWR);
        Assert.Equal(Errno.ENOSPC, machine.Files.Write(full, "x"u8).Error);
        foreach (string file in (string[])["maps", "stat", "status", "statm", "limits", "mounts", "mountinfo", "comm"])
            machine.ReadFile("/proc/self/" + file);
    }

    [Fact]
    public void DescriptorsLeadToTheirFiles()
    {
        using var machine = new TestMachine();
        TestMachine.Ok(machine.Mounts.MountMachine(new MachineMounts(RootKind.Empty, null, [], [])));
        machine.EnterRoot();
        machine.WriteFile("/tmp/a", "content");
        FileId file = machine.Open("/tmp/a");
        machine.Task.Descriptors.Set(3, new Descriptor(file, false));
        Assert.Equal("content", machine.ReadFile("/proc/self/fd/3"));
        Assert.Equal("content", machine.ReadFile("/dev/fd/3"));
        Assert.Equal("/tmp/a"u8.ToArray(), TestMachine.Ok(machine.Names.ReadLink(machine.Here, "/proc/self/fd/3"u8)));
        TestMachine.Ok(machine.Remove("/tmp/a"));
        Assert.Equal("/tmp/a (deleted)"u8.ToArray(), TestMachine.Ok(machine.Names.ReadLink(machine.Here, "/proc/self/fd/3"u8)));
        Assert.Equal("content", machine.ReadFile("/proc/self/fd/3"));
    }

    [Fact]
    public void MissingMountPointsAreMade()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "file"), "host");
        using var machine = new TestMachine().WithRoot();
        TestMachine.Ok(machine.Mounts.Mount("host", new MountOptions(directory.Path), "/a/b/c"u8));
        TestMachine.Ok(machine.Mounts.Mount("host", new MountOptions(Path.Combine(directory.Path, "file"), true), "/x/file"u8));
        Assert.Equal("host", machine.ReadFile("/a/b/c/file"));
        Assert.Equal("host", machine.ReadFile("/x/file"));
        Assert.Equal(Errno.EROFS, machine.TryOpen("/x/file", OpenFlags.O_WRONLY).Error);
        Assert.Equal([".", "..", "b"], machine.List("/a"));
        machine.WriteFile("/a/b/c/file", "guest");
        Assert.Equal("guest", machine.ReadFile("/x/file"));
        Assert.Equal(Errno.ENOTDIR, machine.Mounts.Mount("host", new MountOptions(directory.Path), "/x/file"u8));
        Assert.Equal(Errno.ENODEV, machine.Mounts.Mount("nothing", new MountOptions(), "/y"u8));
        Assert.Equal(Errno.ENOENT, machine.TryStat("/y").Error);
    }

    [Fact]
    public void MountsAreDescribedOnceForEachChange()
    {
        using var machine = new TestMachine().WithRoot();
        IReadOnlyList<MountInfo> before = machine.Mounts.Mounts;
        Assert.Same(before, machine.Mounts.Mounts);
        TestMachine.Ok(machine.Mounts.Mount("tmpfs", new MountOptions("memory", true), "/m"u8));
        IReadOnlyList<MountInfo> after = machine.Mounts.Mounts;
        Assert.Equal(before.Count + 1, after.Count);
        Assert.Equal(("tmpfs", "memory", true), (after[^1].Type, after[^1].Source, after[^1].ReadOnly));
        Assert.Same(after, machine.Mounts.Mounts);
        machine.Swap();
        Assert.Equal(after.Select(static mount => (mount.Id, mount.Device)), machine.Mounts.Mounts.Select(static mount => (mount.Id, mount.Device)));
    }
}

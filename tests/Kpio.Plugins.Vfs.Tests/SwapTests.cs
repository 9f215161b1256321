using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>A new instance of the plugin takes the old one's state: everything goes on as if nothing had happened.</summary>
public sealed class SwapTests
{
    [Theory]
    [InlineData("tmpfs")]
    [InlineData("overlay")]
    [InlineData("host")]
    public void FilesDirectoriesAndPositionsGoOver(string type)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "below"), "from the host");
        Directory.CreateDirectory(Path.Combine(directory.Path, "sub"));
        File.WriteAllText(Path.Combine(directory.Path, "sub", "inner"), "inner");
        using var machine = new TestMachine();
        machine.WithRoot(type, type == "tmpfs" ? null : directory.Path);
        machine.WriteFile("/a", "0123456789");
        machine.WriteFile("/unlinked", "still here");
        TestMachine.Ok(machine.MakeDirectory("/d"));
        TestMachine.Ok(machine.MakeLink("/d/link", "../a"));
        TestMachine.Ok(machine.Link("/a", "/hard"));
        TestMachine.Ok(machine.MakeDirectory("/m"));
        TestMachine.Ok(machine.Mounts.Mount("tmpfs", new MountOptions("tmpfs"), "/m"u8));
        machine.WriteFile("/m/inside", "mounted");
        FileId file = machine.Open("/a", OpenFlags.O_RDWR);
        machine.Files.AddReference(file);
        TestMachine.Ok(machine.Files.Seek(file, 4, 0));
        FileId unlinked = machine.Open("/unlinked", OpenFlags.O_RDWR);
        TestMachine.Ok(machine.Remove("/unlinked"));
        FileId listing = machine.Open("/", OpenFlags.O_DIRECTORY);
        var first = new TestMachine.ListSink { Room = 3 };
        TestMachine.Ok(machine.Files.ReadDirectory(listing, first));
        (FileId read, FileId write) = TestMachine.Ok(machine.Pipes.Create(machine.Task, OpenFlags.O_NONBLOCK, 8192));
        TestMachine.Ok(machine.Files.Write(write, new byte[5000]));
        TestMachine.Ok(machine.Files.Read(read, new byte[4000]));
        TestMachine.Ok(machine.Files.Write(write, "tail"u8));
        FileId? host = null;
        if (type != "tmpfs")
        {
            host = machine.Open("/below");
            TestMachine.Ok(machine.Files.Read(host.Value, new byte[5]));
            TestMachine.Ok(machine.Remove("/sub/inner"));
        }

        NodeAttributes before = machine.Stat("/a");
        machine.Swap();

        Assert.Equal(before, machine.Stat("/a"));
        Assert.Equal("456789", machine.ReadAll(file));
        machine.Files.Release(file);
        Assert.Equal(10, TestMachine.Ok(machine.Files.Seek(file, 0, 1)));
        machine.Files.Release(file);
        Assert.Equal(Errno.EBADF, machine.Files.Seek(file, 0, 1).Error);
        Assert.Equal("still here", machine.ReadAll(unlinked));
        TestMachine.Ok(machine.Files.Write(unlinked, "!"u8));
        Assert.Equal(11, TestMachine.Ok(machine.Files.Stat(unlinked)).Size);
        machine.Files.Release(unlinked);
        Assert.Equal("0123456789", machine.ReadFile("/d/link"));
        machine.WriteFile("/hard", "both");
        Assert.Equal("both", machine.ReadFile("/a"));
        Assert.Equal("mounted", machine.ReadFile("/m/inside"));
        Assert.Equal(Errno.EBUSY, machine.Remove("/m", true));
        var rest = new TestMachine.ListSink();
        TestMachine.Ok(machine.Files.ReadDirectory(listing, rest));
        List<string> all = [.. first.Names, .. rest.Names];
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Superset(new HashSet<string>([".", "..", "a", "d", "hard", "m"]), new HashSet<string>(all));
        var bytes = new byte[9000];
        Assert.Equal(1004, TestMachine.Ok(machine.Files.Read(read, bytes)));
        Assert.Equal("tail"u8.ToArray(), bytes[1000..1004]);
        Assert.Equal(Errno.EAGAIN, machine.Files.Read(read, bytes).Error);
        machine.Files.Release(write);
        Assert.Equal(0, TestMachine.Ok(machine.Files.Read(read, bytes)));
        if (host is not null)
        {
            Assert.Equal("the host", machine.ReadAll(host.Value));
            Assert.Equal(Errno.ENOENT, machine.TryStat("/sub/inner").Error);
            Assert.Equal([".", ".."], machine.List("/sub"));
        }

        FileId next = machine.Open("/a");
        Assert.True(next.Value > file.Value);
    }

    [Fact]
    public void AMachinesMountsGoOver()
    {
        using var machine = new TestMachine();
        TestMachine.Ok(machine.Mounts.MountMachine(new MachineMounts(RootKind.Host, null, ["/root"], [])));
        machine.EnterRoot();
        string boot = machine.ReadFile("/proc/sys/kernel/random/boot_id");
        string mounts = machine.ReadFile("/proc/self/mountinfo");
        FileId zero = machine.Open("/dev/zero");
        FileId stream = TestMachine.Ok(machine.Mounts.OpenHostStream(new HostFileId(1), OpenFlags.O_RDONLY));
        FileId status = machine.Open("/proc/self/status");
        var part = new byte[5];
        TestMachine.Ok(machine.Files.Read(status, part));
        machine.Waits.Watched.Clear();

        machine.Swap();

        Assert.Equal(boot, machine.ReadFile("/proc/sys/kernel/random/boot_id"));
        Assert.Equal(mounts, machine.ReadFile("/proc/self/mountinfo"));
        Assert.Equal(5, TestMachine.Ok(machine.Files.Read(zero, part)));
        Assert.Equal(new HostFileId(1), machine.Waits.Watched[new WaitKey(WaitKind.File, (ulong)stream.Value)]);
        Assert.StartsWith("\t", machine.ReadAll(status), StringComparison.Ordinal);
        Assert.Equal([".", ".."], machine.List("/root"));
    }

    [Fact]
    public void AStateThatCannotBeIsRefused()
    {
        using var machine = new TestMachine().WithRoot();
        machine.WriteFile("/a", "x");
        FileId file = machine.Open("/a");
        VfsState state = machine.Parts.State.Capture();
        Assert.Equal(Errno.EINVAL, new VfsParts(machine.Services).State.Restore(state with { Version = 99 }));
        Assert.Equal(Errno.EINVAL, new VfsParts(machine.Services).State.Restore(state with { Mounts = [] }));
        Assert.Equal(Errno.EINVAL, new VfsParts(machine.Services).State.Restore(state with { Files = [state.Files[0], state.Files[0]] }));
        Assert.Equal("x", machine.ReadAll(file));
    }
}

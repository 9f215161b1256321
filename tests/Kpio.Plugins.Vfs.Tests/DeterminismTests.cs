using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>What a deterministic machine shows of the host depends on names and contents alone.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public void DirectoriesAreSortedAndInodesCountedByFirstSight()
    {
        string first = Look(["b", "a", "d", "c"]);
        string second = Look(["d", "c", "b", "a"]);
        Assert.Equal(first, second);
        Assert.StartsWith(".:1 ..:1 a:2 b:3 c:4 d:5", first, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasSeenOfTheHostDoesNotChange()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "there"), "x");
        using var machine = new TestMachine(new MachineOptions { Deterministic = true });
        machine.WithRoot("overlay", directory.Path);
        Assert.Equal(1, machine.Stat("/there").Size);
        Assert.Equal(Errno.ENOENT, machine.TryStat("/new").Error);
        File.WriteAllText(Path.Combine(directory.Path, "there"), "longer");
        File.WriteAllText(Path.Combine(directory.Path, "new"), "x");
        Assert.Equal(1, machine.Stat("/there").Size);
        Assert.Equal(Errno.ENOENT, machine.TryStat("/new").Error);
    }

    [Fact]
    public void WithTheHostsClockChangesOfTheHostShowWithinASecond()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "there"), "x");
        using var machine = new TestMachine();
        machine.WithRoot("overlay", directory.Path);
        Assert.Equal([".", "..", "there"], machine.List("/"));
        Assert.Equal(Errno.ENOENT, machine.TryStat("/new").Error);
        File.Move(Path.Combine(directory.Path, "there"), Path.Combine(directory.Path, "new"));
        Thread.Sleep(1200); // Longer than what was seen counts.
        Assert.Equal("x", machine.ReadFile("/new"));
        Assert.Equal(Errno.ENOENT, machine.TryStat("/there").Error);
        Assert.Equal([".", "..", "new"], machine.List("/"));
    }

    private static string Look(string[] order)
    {
        using var directory = new TemporaryDirectory();
        foreach (string name in order)
            File.WriteAllText(Path.Combine(directory.Path, name), name);
        using var machine = new TestMachine(new MachineOptions { Deterministic = true });
        machine.WithRoot("overlay", directory.Path);
        FileId root = machine.Open("/", OpenFlags.O_DIRECTORY);
        var sink = new TestMachine.ListSink();
        TestMachine.Ok(machine.Files.ReadDirectory(root, sink));
        string listing = string.Join(' ', sink.Names.Zip(sink.Entries, (name, entry) => $"{name}:{entry.Inode}"));
        return $"{listing} dev {machine.Stat("/a").Device} ino {machine.Stat("/d").Inode}";
    }
}

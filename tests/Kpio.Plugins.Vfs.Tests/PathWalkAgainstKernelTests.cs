using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>
/// The walk compared with the host's kernel: the same random operations on random paths are made natively in one directory and through
/// the VFS on a tree of the tested type, and must answer the same errors and lead to the same nodes. Linux is the oracle.
/// </summary>
public sealed class PathWalkAgainstKernelTests
{
    private static readonly string[] Names = ["a", "b", "c", "d", "link", "loop"];

    // Where the comparison's root must not show: natively an absolute path or ".." above the root leads to the host's own files, so paths
    // stay relative and links climb no higher than the tree is deep.
    private static readonly string[] Targets = ["a", "b", "c/d", "../a", "link", "loop", "./b/", "a/../b", "d/./c", "missing", "c/missing", "b//c"];

    [Theory]
    [InlineData("tmpfs", 1)]
    [InlineData("tmpfs", 2)]
    [InlineData("tmpfs", 3)]
    [InlineData("overlay", 4)]
    [InlineData("overlay", 5)]
    [InlineData("host", 6)]
    [InlineData("host", 7)]
    public void RandomOperationsAnswerAsTheKernelDoes(string type, int seed)
    {
        using var native = new TemporaryDirectory();
        using var other = new TemporaryDirectory();
        using var machine = new TestMachine();
        string top = Path.Combine(native.Path, "x", "y", "top");
        Directory.CreateDirectory(top);
        machine.WithRoot(type, type == "tmpfs" ? null : other.Path);
        foreach (string directory in (string[])["/x", "/x/y", "/x/y/top"])
            TestMachine.Ok(machine.MakeDirectory(directory));
        machine.Task.FileSystem.WorkingDirectory = machine.Open("/x/y/top", OpenFlags.O_DIRECTORY);
        using var calls = new NativeCalls(top);

        var random = new Random(seed);
        var inodes = new Dictionary<ulong, ulong>();
        for (int i = 0; i < 4000; i++)
            Step(machine, calls, random, inodes, $"step {i}");
    }

    private static void Step(TestMachine machine, NativeCalls calls, Random random, Dictionary<ulong, ulong> inodes, string step)
    {
        string path = RandomPath(random);
        string second = RandomPath(random);
        bool flag = random.Next(2) == 0;
        switch (random.Next(12))
        {
            case 0:
                Compare(calls.MakeDirectory(path, 0x1ED), machine.MakeDirectory(path, 0x1ED), $"{step}: mkdir {path}");
                break;
            case 1:
                string target = Targets[random.Next(Targets.Length)];
                Compare(calls.MakeLink(path, target), machine.MakeLink(path, target), $"{step}: symlink {target} {path}");
                break;
            case 2:
                Compare(calls.Remove(path, flag), machine.Remove(path, flag), $"{step}: {(flag ? "rmdir" : "unlink")} {path}");
                Forget(machine, inodes);
                break;
            case 3:
                uint rename = (uint)random.Next(3);
                Compare(calls.Rename(path, second, rename), machine.Rename(path, second, rename), $"{step}: rename {path} {second} {rename}");
                Forget(machine, inodes);
                break;
            case 4:
                Compare(calls.Link(path, second), machine.Link(path, second), $"{step}: link {path} {second}");
                break;
            case 5 or 6:
                OpenFlags flags = RandomFlags(random);
                CompareNodes(inodes, calls.Open(path, (int)flags, 0x1A4), Open(machine, path, flags), $"{step}: open {path} {flags}");
                break;
            case 7:
                (Errno error, byte[] native) = calls.ReadLink(path);
                Result<byte[]> found = machine.Names.ReadLink(machine.Here, TestMachine.Bytes(path));
                Compare(error, found.Error, $"{step}: readlink {path}");
                Assert.Equal(native, found.ValueOrDefault ?? []);
                break;
            default:
                Result<NodeAttributes> stat = machine.TryStat(path, flag ? WalkFlags.None : WalkFlags.NoFollow);
                CompareNodes(inodes, calls.Stat(path, flag), (stat.Error, stat.ValueOrDefault.Inode), $"{step}: stat {path} follow={flag}");
                break;
        }
    }

    // The host uses the number of an inode again when that is gone: on its own file system numbers are compared between two removals.
    private static void Forget(TestMachine machine, Dictionary<ulong, ulong> inodes)
    {
        if (machine.Mounts.Mounts[0].Type == "host")
            inodes.Clear();
    }

    private static (Errno Error, ulong Inode) Open(TestMachine machine, string path, OpenFlags flags)
    {
        if (!machine.TryOpen(path, flags, 0x1A4).TryGet(out FileId file, out Errno error))
            return (error, 0);
        ulong inode = TestMachine.Ok(machine.Files.Stat(file)).Inode;
        machine.Files.Release(file);
        return (Errno.None, inode);
    }

    private static void Compare(Errno native, Errno ours, string what) => Assert.True(native == ours, $"{what}: Linux {native}, KPIO {ours}");

    private static void CompareNodes(Dictionary<ulong, ulong> inodes, (Errno Error, ulong Inode) native, (Errno Error, ulong Inode) ours, string what)
    {
        Compare(native.Error, ours.Error, what);
        if (native.Error != Errno.None)
            return;

        // Our numbers are never used again, the host's are: a number of ours belongs to one of the host's.
        if (inodes.TryGetValue(ours.Inode, out ulong known))
            Assert.True(known == native.Inode, $"{what}: another node");
        else
            inodes[ours.Inode] = native.Inode;
    }

    private static string RandomPath(Random random)
    {
        int length = random.Next(1, 5);
        var parts = new List<string>();
        int depth = 0;
        for (int i = 0; i < length; i++)
        {
            int choice = random.Next(20);
            if (choice == 0)
            {
                parts.Add(".");
            }
            else if (choice == 1 && depth > 0)
            {
                parts.Add("..");
                depth--;
            }
            else if (choice == 2 && random.Next(20) == 0)
            {
                parts.Add(new string('x', random.Next(250, 260)));
                depth++;
            }
            else
            {
                parts.Add(Names[random.Next(Names.Length)]);
                depth++;
            }
        }

        string path = string.Join(random.Next(10) == 0 ? "//" : "/", parts);
        return random.Next(6) == 0 ? path + "/" : path;
    }

    private static OpenFlags RandomFlags(Random random)
    {
        OpenFlags flags = (OpenFlags)random.Next(3);
        foreach (OpenFlags one in (OpenFlags[])[OpenFlags.O_CREAT, OpenFlags.O_EXCL, OpenFlags.O_TRUNC, OpenFlags.O_NOFOLLOW, OpenFlags.O_DIRECTORY, OpenFlags.O_PATH])
        {
            if (random.Next(one == OpenFlags.O_CREAT ? 2 : 6) == 0)
                flags |= one;
        }

        return flags;
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>
/// Permissions compared with the host's kernel: a thread takes another file system user (setfsuid(2)), which takes its privileges about
/// files away, and tries what the VFS is asked for a task with the same ids. Needs a host user who may change owners.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class PermissionsAgainstKernelTests
{
    private const int User = 4242;
    private const int Group = 4343;
    private const int OtherGroup = 4444;

    private static readonly string[] Paths = ["d", "d/f", "d/e", "d/e/g", "f", "h", "d/new", "new", "e", "d/e/new"];

    [Theory]
    [InlineData("tmpfs", 1)]
    [InlineData("tmpfs", 2)]
    [InlineData("overlay", 3)]
    public void RandomAccessIsGrantedAsTheKernelDoes(string type, int seed)
    {
        using var directory = new TemporaryDirectory();
        using var below = new TemporaryDirectory();
        using var machine = new TestMachine();
        machine.WithRoot(type, type == "tmpfs" ? null : below.Path);
        string top = Path.Combine(directory.Path, "top");
        Directory.CreateDirectory(top);
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0x1FF);
        TestMachine.Ok(machine.MakeDirectory("/top"));
        machine.Task.FileSystem.WorkingDirectory = machine.Open("/top", OpenFlags.O_DIRECTORY);
        using var calls = new NativeCalls(top);
        var random = new Random(seed);
        var denied = 0;

        // The ids belong to the thread: nothing else may run on it meanwhile.
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                for (int i = 0; i < 3000; i++)
                    denied += Step(machine, calls, random, top, $"step {i}") ? 1 : 0;
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        Assert.True(failure is null, failure?.Message);
        Assert.True(denied > 300, $"only {denied} refusals");
    }

    private static bool Step(TestMachine machine, NativeCalls calls, Random random, string top, string step)
    {
        string path = Paths[random.Next(Paths.Length)];
        string second = Paths[random.Next(Paths.Length)];
        if (random.Next(3) == 0)
        {
            Prepare(machine, calls, random, top, path);
            return false;
        }

        _ = setfsgid(Group);
        _ = setfsuid(User);
        machine.Task.Credentials = new Credentials(0, 0, 0, User, 0, 0, 0, Group, OwnGroups());
        string what;
        Errno native;
        Errno ours;
        int choice = random.Next(8);
        int flags = random.Next(3) | (random.Next(3) == 0 ? 0x40 : 0) | (random.Next(4) == 0 ? 0x200 : 0);
        what = $"{step}: call {choice} {path} {second} flags {flags:x}";
        switch (choice)
        {
            case 0:
                native = calls.MakeDirectory(path, 0x1ED);
                ours = machine.MakeDirectory(path, 0x1ED);
                break;
            case 1:
                native = calls.Remove(path, false);
                ours = machine.Remove(path);
                break;
            case 2:
                native = calls.Remove(path, true);
                ours = machine.Remove(path, true);
                break;
            case 3:
                native = calls.Rename(path, second, 0);
                ours = machine.Rename(path, second);
                break;
            case 4:
                native = calls.Stat(path, true).Error;
                ours = machine.TryStat(path).Error;
                break;
            case 5:
                native = ChangeMode(top, path, 0x1ED);
                ours = machine.Names.SetAttributes(machine.Here, TestMachine.Bytes(path), WalkFlags.None, new AttributeChange { Permissions = 0x1ED });
                break;
            default:
                native = calls.Open(path, flags, 0x1A4).Error;
                Result<FileId> opened = machine.TryOpen(path, (OpenFlags)flags, 0x1A4);
                ours = opened.Error;
                if (opened.IsOk)
                    machine.Files.Release(opened.ValueOrDefault);
                break;
        }

        _ = setfsuid(0);
        _ = setfsgid(0);
        machine.Task.Credentials = Credentials.Of(0, 0);
        Assert.True(native == ours, $"{what}: Linux {native}, KPIO {ours}");
        return native is Errno.EACCES or Errno.EPERM;
    }

    // As root: makes the path, or gives it another mode and owner, on both sides.
    private static void Prepare(TestMachine machine, NativeCalls calls, Random random, string top, string path)
    {
        if (calls.Stat(path, false).Error != Errno.None)
        {
            bool isDirectory = path is "d" or "d/e" or "e";
            Errno native = isDirectory ? calls.MakeDirectory(path, 0x1ED) : calls.Open(path, 0x41, 0x1A4).Error;
            Errno ours = isDirectory ? machine.MakeDirectory(path, 0x1ED) : machine.TryOpen(path, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, 0x1A4).Error;
            Assert.Equal(native, ours);
            return;
        }

        // Mostly open modes, so that the walk gets somewhere; the sticky bit now and then.
        uint mode = random.Next(2) == 0 ? 0x1FFu : (uint)random.Next(0x200);
        if (random.Next(4) == 0)
            mode |= 0x200;
        uint user = random.Next(2) == 0 ? (uint)User : 77;
        uint group = random.Next(2) == 0 ? (uint)Group : OtherGroup;
        Assert.Equal(Errno.None, ChangeOwner(top, path, user, group));
        Assert.Equal(Errno.None, ChangeMode(top, path, mode));
        var change = new AttributeChange { User = user, Group = group };
        TestMachine.Ok(machine.Names.SetAttributes(machine.Here, TestMachine.Bytes(path), WalkFlags.None, change));
        TestMachine.Ok(machine.Names.SetAttributes(machine.Here, TestMachine.Bytes(path), WalkFlags.None, new AttributeChange { Permissions = mode }));
    }

    private static uint[] OwnGroups()
    {
        foreach (string line in File.ReadLines("/proc/thread-self/status"))
        {
            if (line.StartsWith("Groups:", StringComparison.Ordinal))
                return [.. line[7..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse)];
        }

        return [];
    }

    private static Errno ChangeMode(string top, string path, uint mode) =>
        chmod(System.Text.Encoding.ASCII.GetBytes($"{top}/{path}\0"), mode) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;

    private static Errno ChangeOwner(string top, string path, uint user, uint group) =>
        chown(System.Text.Encoding.ASCII.GetBytes($"{top}/{path}\0"), user, group) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;

    [LibraryImport("libc")]
    private static partial int setfsuid(int user);

    [LibraryImport("libc")]
    private static partial int setfsgid(int group);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int chmod(byte[] path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int chown(byte[] path, uint user, uint group);
}

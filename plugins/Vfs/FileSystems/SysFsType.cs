using System.Globalization;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>sysfs(5), as far as programs look at it: which processors there are, the devices of /dev, the loopback interface.</summary>
internal sealed class SysFsType(TreeClock clock, MachineOptions options) : MemoryType(clock, options)
{
    private const uint Directory = 0x1ED;
    private const uint ReadOnlyFile = 0x124;

    private static readonly SysDevice[] Devices =
    [
        new("mem", "null", "1:3", "MAJOR=1\nMINOR=3\nDEVNAME=null\nDEVMODE=0666\n"),
        new("mem", "zero", "1:5", "MAJOR=1\nMINOR=5\nDEVNAME=zero\nDEVMODE=0666\n"),
        new("mem", "full", "1:7", "MAJOR=1\nMINOR=7\nDEVNAME=full\nDEVMODE=0666\n"),
        new("mem", "random", "1:8", "MAJOR=1\nMINOR=8\nDEVNAME=random\nDEVMODE=0666\n"),
        new("mem", "urandom", "1:9", "MAJOR=1\nMINOR=9\nDEVNAME=urandom\nDEVMODE=0666\n"),
        new("tty", "tty", "5:0", "MAJOR=5\nMINOR=0\nDEVNAME=tty\nDEVMODE=0666\n"),
        new("tty", "console", "5:1", "MAJOR=5\nMINOR=1\nDEVNAME=console\n"),
        new("tty", "ptmx", "5:2", "MAJOR=5\nMINOR=2\nDEVNAME=ptmx\nDEVMODE=0666\n"),
        new("net", "lo", null, "INTERFACE=lo\nIFINDEX=1\n"),
    ];

    private static readonly string[] LoopbackFiles =
    [
        "addr_len", "6\n", "address", "00:00:00:00:00:00\n", "broadcast", "00:00:00:00:00:00\n", "carrier", "1\n", "flags", "0x9\n",
        "ifindex", "1\n", "iflink", "1\n", "mtu", "65536\n", "operstate", "unknown\n", "tx_queue_len", "1000\n", "type", "772\n",
    ];

    private readonly int _cpus = options.Cpus;

    public override string Name => "sysfs";

    protected override uint DefaultPermissions => 0x16D;

    protected override Errno Fill(MemoryTree tree, MountRequest request)
    {
        string range = _cpus == 1 ? "0\n" : "0-" + (_cpus - 1).ToString(CultureInfo.InvariantCulture) + "\n";
        NodeId directory = tree.Root;
        foreach (string name in (string[])["devices", "system", "cpu"])
        {
            if (!MakeDirectory(tree, directory, name).TryGet(out directory, out Errno error))
                return error;
        }

        foreach (string name in (string[])["online", "possible", "present"])
        {
            Errno error = MakeFile(tree, directory, name, range);
            if (error != Errno.None)
                return error;
        }

        for (int i = 0; i < _cpus; i++)
        {
            Errno error = MakeDirectory(tree, directory, "cpu" + i.ToString(CultureInfo.InvariantCulture)).Error;
            if (error != Errno.None)
                return error;
        }

        return FillDevices(tree);
    }

    /// <summary>/sys/devices/virtual has the devices, /sys/class and /sys/dev links to them: by name, and by number.</summary>
    private static Errno FillDevices(MemoryTree tree)
    {
        if (!MakeDirectory(tree, tree.Root, "dev").TryGet(out NodeId byNumber, out Errno error))
            return error;
        if (!MakeDirectory(tree, byNumber, "block").TryGet(out _, out error) || !MakeDirectory(tree, byNumber, "char").TryGet(out byNumber, out error))
            return error;
        if (!MakeDirectory(tree, tree.Root, "class").TryGet(out NodeId classes, out error))
            return error;
        if (!tree.Lookup(tree.Root, "devices"u8).TryGet(out FoundNode devices, out error) || !MakeDirectory(tree, devices.Node, "virtual").TryGet(out NodeId all, out error))
            return error;
        NodeId ofClass = default;
        NodeId linksOfClass = default;
        string lastClass = "";
        foreach (SysDevice device in Devices)
        {
            if (device.Class != lastClass)
            {
                if (!MakeDirectory(tree, all, device.Class).TryGet(out ofClass, out error) || !MakeDirectory(tree, classes, device.Class).TryGet(out linksOfClass, out error))
                    return error;
                lastClass = device.Class;
            }

            string place = "../../devices/virtual/" + device.Class + "/" + device.Name;
            if (!MakeDirectory(tree, ofClass, device.Name).TryGet(out NodeId node, out error))
                return error;
            error = MakeFile(tree, node, "uevent", device.Event);
            if (error == Errno.None)
                error = MakeLink(tree, node, "subsystem", "../../../../class/" + device.Class);
            if (error == Errno.None)
                error = MakeLink(tree, linksOfClass, device.Name, place);
            if (error == Errno.None && device.Number is { } number)
            {
                error = MakeFile(tree, node, "dev", number + "\n");
                if (error == Errno.None)
                    error = MakeLink(tree, byNumber, number, place);
            }

            if (error == Errno.None && device.Name == "console")
                error = MakeFile(tree, node, "active", "console\n");
            for (int i = 0; error == Errno.None && device.Name == "lo" && i < LoopbackFiles.Length; i += 2)
                error = MakeFile(tree, node, LoopbackFiles[i], LoopbackFiles[i + 1]);
            if (error != Errno.None)
                return error;
        }

        return Errno.None;
    }

    private static Result<NodeId> MakeDirectory(MemoryTree tree, NodeId parent, string name) =>
        tree.Create(parent, Ascii(name), new NewNode(FileKind.Directory, Directory, 0, 0));

    private static Errno MakeLink(MemoryTree tree, NodeId parent, string name, string target) =>
        tree.Create(parent, Ascii(name), new NewNode(FileKind.SymbolicLink, 0x1FF, 0, 0, 0, Ascii(target))).Error;

    private static Errno MakeFile(MemoryTree tree, NodeId parent, string name, string content)
    {
        if (!tree.Create(parent, Ascii(name), new NewNode(FileKind.Regular, ReadOnlyFile, 0, 0)).TryGet(out NodeId file, out Errno error))
            return error;
        return tree.Write(file, 0, Ascii(content)).Error;
    }

    /// <summary>A device of the machine.</summary>
    /// <param name="Class">Its class, a folder below /sys/class.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Number">Its number, for one that has a node in /dev.</param>
    /// <param name="Event">What its uevent file says.</param>
    private sealed record SysDevice(string Class, string Name, string? Number, string Event);
}

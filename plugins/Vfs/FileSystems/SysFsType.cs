using System.Globalization;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>sysfs(5), as far as C libraries look at it: which processors there are.</summary>
internal sealed class SysFsType(TreeClock clock, MachineOptions options) : MemoryType(clock, options)
{
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

        return Errno.None;
    }

    private static Result<NodeId> MakeDirectory(MemoryTree tree, NodeId parent, string name) =>
        tree.Create(parent, Ascii(name), new NewNode(FileKind.Directory, 0x1ED, 0, 0));

    private static Errno MakeFile(MemoryTree tree, NodeId parent, string name, string content)
    {
        if (!tree.Create(parent, Ascii(name), new NewNode(FileKind.Regular, 0x124, 0, 0)).TryGet(out NodeId file, out Errno error))
            return error;
        return tree.Write(file, 0, Ascii(content)).Error;
    }
}

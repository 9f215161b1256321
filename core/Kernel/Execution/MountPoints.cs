using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Execution;

/// <summary>Mounts what the machine's owner asked for, making the points that are missing in the guest's tree, whatever user its program will be.</summary>
internal sealed class MountPoints
{
    private const uint DirectoryPermissions = 0x1ED; // 0755
    private const uint FilePermissions = 0x1A4; // 0644
    private readonly KernelSlots _slots;

    public MountPoints(KernelSlots slots) => _slots = slots;

    public Errno Mount(GuestTask task, MachineMount mount)
    {
        Credentials own = task.Credentials;
        task.Credentials = Credentials.Of(0, 0);
        Errno error = Make(task, mount);
        task.Credentials = own;
        return error != Errno.None ? error : _slots.Mounts.Current.Mount(mount.Type, mount.Options, mount.Path);
    }

    private Errno Make(GuestTask task, MachineMount mount)
    {
        var start = new PathStart(task);
        IVfs vfs = _slots.Vfs.Current;
        if (vfs.Stat(start, mount.Path, WalkFlags.None).IsOk)
            return Errno.None;
        for (int end = 1; end <= mount.Path.Length; end++)
        {
            bool isLast = end == mount.Path.Length;
            if (!isLast && mount.Path[end] != (byte)'/')
                continue;
            bool isFile = isLast && mount.IsFile;
            var node = new NewNode(isFile ? FileKind.Regular : FileKind.Directory, isFile ? FilePermissions : DirectoryPermissions, 0, 0);
            Errno error = vfs.Create(start, mount.Path.AsSpan(0, end), node);
            if (error is not (Errno.None or Errno.EEXIST))
                return error;
        }

        return Errno.None;
    }
}

using System.Text;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>The mounts that every machine starts with.</summary>
internal static class MachineMounter
{
    public static Errno Mount(MountService service, MountTable table, MachineMounts mounts)
    {
        if (table.HasRoot)
            return Errno.EBUSY;
        Errno error = MountRoot(service, mounts);
        if (error != Errno.None)
            return error;
        (string Path, string Type)[] own =
        [
            ("/dev", "devtmpfs"),
            ("/dev/pts", "devpts"),
            ("/dev/shm", "tmpfs"),
            ("/proc", "proc"),
            ("/sys", "sysfs"),
        ];
        foreach ((string path, string type) in own)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(path);
            error = service.MakePoint(bytes, 0x1ED);
            if (error == Errno.None)
                error = service.Mount(type, new MountOptions(type, type == "sysfs"), bytes);
            if (error != Errno.None)
                return error;
        }

        return service.MakePoint("/tmp"u8, 0x3FF);
    }

    private static Errno MountRoot(MountService service, MachineMounts mounts)
    {
        var options = new Dictionary<string, string>();
        List<string> hidden = [.. mounts.Hidden];
        if (mounts.Root == RootKind.Host)
            hidden.AddRange(["/proc", "/sys", "/dev"]);
        if (hidden.Count != 0)
            options["hide"] = string.Join(':', hidden);
        if (mounts.Shown.Count != 0)
            options["show"] = string.Join(':', mounts.Shown);
        return mounts.Root switch
        {
            RootKind.Host => service.Mount("overlay", new MountOptions(mounts.Source ?? "/", false, options), "/"u8),
            RootKind.Directory => service.Mount("overlay", new MountOptions(mounts.Source, false, options), "/"u8),
            RootKind.Archive => service.Mount("tar", new MountOptions(mounts.Source), "/"u8),
            _ => service.Mount("tmpfs", new MountOptions("tmpfs", false, new Dictionary<string, string> { ["mode"] = "755" }), "/"u8),
        };
    }
}

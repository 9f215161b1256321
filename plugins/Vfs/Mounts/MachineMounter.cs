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
        error = MountOwn(service, "devtmpfs", "/dev"u8);
        if (error == Errno.None)
            error = MountOwn(service, "devpts", "/dev/pts"u8);
        if (error == Errno.None)
            error = MountOwn(service, "tmpfs", "/dev/shm"u8);
        if (error == Errno.None)
            error = MountOwn(service, "proc", "/proc"u8);
        if (error == Errno.None)
            error = MountOwn(service, "sysfs", "/sys"u8);
        return error == Errno.None ? service.MakePoint("/tmp"u8, 0x3FF) : error;
    }

    private static Errno MountOwn(MountService service, string type, ReadOnlySpan<byte> path)
    {
        Errno error = service.MakePoint(path, 0x1ED);
        return error == Errno.None ? service.Mount(type, new MountOptions(type, type == "sysfs", OptionsOf(type)), path) : error;
    }

    /// <summary>Debian's options of /dev/pts: its terminals belong to the group tty, which may write to them (write(1)).</summary>
    private static Dictionary<string, string>? OptionsOf(string type) =>
        type == "devpts" ? new Dictionary<string, string> { ["gid"] = "5", ["mode"] = "620", ["ptmxmode"] = "000" } : null;

    private static Errno MountRoot(MountService service, MachineMounts mounts)
    {
        var options = new Dictionary<string, string>();
        string hidden = Join(mounts.Root == RootKind.Host ? "/proc:/sys:/dev" : "", mounts.Hidden);
        if (hidden.Length != 0)
            options["hide"] = hidden;
        if (mounts.Shown.Count != 0)
            options["show"] = Join("", mounts.Shown);
        return mounts.Root switch
        {
            RootKind.Host => service.Mount("overlay", new MountOptions(mounts.Source ?? "/", false, options), "/"u8),
            RootKind.Directory => service.Mount("overlay", new MountOptions(mounts.Source, false, options), "/"u8),
            RootKind.Archive => service.Mount("tar", new MountOptions(mounts.Source), "/"u8),
            _ => service.Mount("tmpfs", new MountOptions("tmpfs", false, new Dictionary<string, string> { ["mode"] = "755" }), "/"u8),
        };
    }

    private static string Join(string paths, IReadOnlyList<string> more)
    {
        for (int i = 0; i < more.Count; i++)
            paths = paths.Length == 0 ? more[i] : string.Concat(paths, ":", more[i]);
        return paths;
    }
}

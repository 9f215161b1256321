using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Platform.Host;

namespace Kpio.Cli.Running;

/// <summary>Turns <c>--root</c> and <c>--mount</c> into mounts, and decides what of the host a guest gets to see.</summary>
internal static class RootMounts
{
    public static void Apply(Machine machine, RunOptions options, string workingDirectory, List<byte[]> environment)
    {
        MachineMounts root = DescribeRoot(options, workingDirectory, environment);
        Errno error = machine.Slots.Mounts.Current.MountMachine(root);
        if (error != Errno.None)
            throw new UsageException($"--root {options.Root}: {(root.Root == RootKind.Archive && error == Errno.EINVAL ? "it is no tar archive, or a damaged one" : ErrorText.Of(error))}");
    }

    /// <summary>The user's mounts.</summary>
    public static PlainList<MachineMount> Describe(PlainList<MountChoice> choices)
    {
        var mounts = new PlainList<MachineMount>();
        foreach (MountChoice mount in choices)
        {
            bool isFile = mount.Type is "host" && File.Exists(mount.Source);
            if (MountArgument.IsOfHost(mount.Type) && !isFile && !Path.Exists(mount.Source))
                throw new UsageException($"--mount {mount.Source}:{mount.Target}: there is no {mount.Source}");
            mounts.Add(new MachineMount(mount.Type, new MountOptions(mount.Source, mount.ReadOnly, mount.Options), GuestStrings.Encode(mount.Target), isFile));
        }

        return mounts;
    }

    private static MachineMounts DescribeRoot(RunOptions options, string workingDirectory, List<byte[]> environment)
    {
        switch (options.Root)
        {
            case "host":
                return DescribeHost(options, workingDirectory, environment);
            case "empty":
                return new MachineMounts(RootKind.Empty, null, [], []);
            case "":
                throw new UsageException("--root is empty: use host, empty, a directory or an archive");
        }

        string source = Path.GetFullPath(options.Root);
        if (Directory.Exists(source))
            return new MachineMounts(RootKind.Directory, source, [], []);
        return File.Exists(source)
            ? new MachineMounts(RootKind.Archive, source, [], [])
            : throw new UsageException($"--root {options.Root}: there is no such directory or archive");
    }

    private static MachineMounts DescribeHost(RunOptions options, string workingDirectory, List<byte[]> environment)
    {
        string home = GuestStrings.Find(environment, "HOME") is { Length: > 1 } value && value[0] == '/'
            ? Path.TrimEndingDirectorySeparator(HostText.Decode(value))
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length <= 1)
            return new MachineMounts(RootKind.Host, null, [], []);
        List<string> shown = [workingDirectory];
        if (FindProgram(options.Program, home, environment) is { } program)
            shown.Add(program);
        return new MachineMounts(RootKind.Host, null, [home], shown);
    }

    /// <summary>The program's path on the host, when it lies where only its own permission shows it.</summary>
    private static string? FindProgram(string program, string home, List<byte[]> environment)
    {
        if (HasDirectory(program))
            return Path.GetFullPath(program);
        byte[] path = GuestStrings.Find(environment, "PATH") ?? [];
        byte[] hidden = GuestStrings.Encode(home);
        int start = 0;
        for (int i = 0; i <= path.Length; i++)
        {
            if (i < path.Length && path[i] != (byte)':')
                continue;
            ReadOnlySpan<byte> directory = path.AsSpan(start, i - start);
            start = i + 1;
            if (!directory.StartsWith(hidden))
                continue;
            string candidate = Path.Combine(HostText.Decode(directory), program);
            if (HostProcess.Exists(candidate) && File.Exists(candidate))
                return candidate;
        }

        return null;
    }

    private static bool HasDirectory(string program)
    {
        foreach (char c in program)
        {
            if (c == '/')
                return true;
        }

        return false;
    }
}

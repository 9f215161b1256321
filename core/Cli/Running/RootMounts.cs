using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>Turns <c>--root</c> and <c>--mount</c> into mounts, and decides what of the host a guest gets to see.</summary>
internal static class RootMounts
{
    public static void Apply(Machine machine, RunOptions options, string workingDirectory)
    {
        MachineMounts root = DescribeRoot(options, workingDirectory);
        Errno error = machine.Slots.Mounts.Current.MountMachine(root);
        if (error != Errno.None)
            throw new UsageException($"--root {options.Root}: {(root.Root == RootKind.Archive && error == Errno.EINVAL ? "it is no tar archive, or a damaged one" : ErrorText.Of(error))}");
    }

    /// <summary>The user's mounts.</summary>
    public static IReadOnlyList<MachineMount> Describe(RunOptions options)
    {
        var mounts = new List<MachineMount>();
        foreach (MountChoice mount in options.Mounts)
        {
            bool isFile = mount.Type is "host" && File.Exists(mount.Source);
            if (mount.Type is "host" or "overlay" or "tar" && !isFile && !Path.Exists(mount.Source))
                throw new UsageException($"--mount {mount.Source}:{mount.Target}: there is no {mount.Source}");
            mounts.Add(new MachineMount(mount.Type, new MountOptions(mount.Source, mount.ReadOnly), GuestStrings.Encode(mount.Target), isFile));
        }

        return mounts;
    }

    private static MachineMounts DescribeRoot(RunOptions options, string workingDirectory)
    {
        switch (options.Root)
        {
            case "host":
                return DescribeHost(options, workingDirectory);
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

    private static MachineMounts DescribeHost(RunOptions options, string workingDirectory)
    {
        string home = Environment.GetEnvironmentVariable("HOME") is { Length: > 1 } value && value[0] == '/'
            ? Path.TrimEndingDirectorySeparator(value)
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length <= 1)
            return new MachineMounts(RootKind.Host, null, [], []);
        List<string> shown = [workingDirectory];
        if (FindProgram(options.Program, home) is { } program)
            shown.Add(program);
        return new MachineMounts(RootKind.Host, null, [home], shown);
    }

    /// <summary>The program's path on the host, when it lies where only its own permission shows it.</summary>
    private static string? FindProgram(string program, string home)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return Path.GetFullPath(program);
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            if (!directory.StartsWith(home, StringComparison.Ordinal))
                continue;
            string candidate = Path.Combine(directory, program);
            if (File.Exists(candidate))
                return candidate;
        }

        return null;
    }
}

using System.Text;

namespace Kpio.Cli.Running;

/// <summary>The program's environment, and what is read from it.</summary>
internal static class GuestEnvironment
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>With the host's tree the host's environment, as emulators and strace(1) have it; in a tree of its own only what every login sets. Then the user's choices.</summary>
    public static List<byte[]> Create(RunOptions options)
    {
        List<byte[]> environment = options.Root == "host"
            ? GuestStrings.ReadEnvironment()
            : [.. new[] { $"PATH={DefaultPath}", "HOME=/", $"TERM={Environment.GetEnvironmentVariable("TERM") ?? "dumb"}" }.Select(GuestStrings.Encode)];
        foreach ((string name, string? value) in options.Environment)
        {
            byte[] prefix = GuestStrings.Encode(name + "=");
            int index = environment.FindIndex(entry => entry.AsSpan().StartsWith(prefix));
            if (value is null)
            {
                if (index >= 0)
                    environment.RemoveAt(index);
                continue;
            }

            byte[] entry = GuestStrings.Encode($"{name}={value}");
            if (index >= 0)
                environment[index] = entry;
            else
                environment.Add(entry);
        }

        return environment;
    }

    /// <summary>PATH, or the default when it is not set.</summary>
    public static byte[] SearchPath(List<byte[]> environment)
    {
        byte[]? path = environment.Find(entry => entry.AsSpan().StartsWith("PATH="u8));
        return path is null ? Encoding.UTF8.GetBytes(DefaultPath) : path[5..];
    }
}

namespace Kpio.Cli.Running;

/// <summary>The program's environment, and what is read from it.</summary>
internal static class GuestEnvironment
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>With the host's tree the host's environment, as emulators and strace(1) have it; in a tree of its own only what every login sets. Then the user's choices.</summary>
    public static List<byte[]> Create(RunOptions options, List<byte[]> host)
    {
        List<byte[]> environment = options.Root == "host"
            ? GuestStrings.WithoutLaunchers(host)
            : [GuestStrings.Encode("PATH=" + DefaultPath), GuestStrings.Encode("HOME=/"), [.. "TERM="u8, .. GuestStrings.Find(host, "TERM") ?? "dumb"u8.ToArray()]];
        for (int i = 0; i < options.Environment.Count; i++)
            Apply(environment, options.Environment[i]);
        return environment;
    }

    /// <summary>The same whatever the host's variables are: what every login sets, and the user's choices.</summary>
    public static List<byte[]> CreatePlain(RunOptions options)
    {
        List<byte[]> environment = [GuestStrings.Encode("PATH=" + DefaultPath), GuestStrings.Encode("HOME=/"), GuestStrings.Encode("TERM=dumb")];
        for (int i = 0; i < options.Environment.Count; i++)
            Apply(environment, options.Environment[i]);
        return environment;
    }

    private static void Apply(List<byte[]> environment, VariableChoice choice)
    {
        byte[] prefix = GuestStrings.Encode(choice.Name + "=");
        int index = environment.FindIndex(entry => entry.AsSpan().StartsWith(prefix));
        if (choice.Value is null)
        {
            if (index >= 0)
                environment.RemoveAt(index);
            return;
        }

        byte[] entry = GuestStrings.Encode($"{choice.Name}={choice.Value}");
        if (index >= 0)
            environment[index] = entry;
        else
            environment.Add(entry);
    }

    /// <summary>PATH, or the default when it is not set.</summary>
    public static byte[] SearchPath(List<byte[]> environment) => GuestStrings.Find(environment, "PATH") ?? GuestStrings.Encode(DefaultPath);
}

namespace Kpio.Cli.Running;

/// <summary>Reads <c>[TYPE[,OPTION=VALUE…]:]SRC:DST[:ro|rw]</c>.</summary>
internal static class MountArgument
{
    /// <param name="text">What the user wrote.</param>
    /// <param name="folder">Where a relative SRC starts; null for the working directory.</param>
    public static MountChoice Parse(string text, string? folder = null)
    {
        string[] parts = text.Split(':');
        bool readOnly = true;
        if (parts.Length > 2 && parts[^1] is "ro" or "rw")
        {
            readOnly = parts[^1] == "ro";
            parts = parts[..^1];
        }

        if (parts.Length is not (2 or 3) || !parts[^1].StartsWith('/'))
            throw new UsageException($"'{text}' is no mount: use SRC:DST, SRC:DST:rw or TYPE:SRC:DST, with an absolute DST");
        string type = parts.Length == 3 ? parts[0] : "host";
        Dictionary<string, string>? options = type.Contains(',', StringComparison.Ordinal) ? ReadOptions(text, ref type) : null;
        string source = parts[^2];
        bool isHost = IsOfHost(type);
        if (isHost && source.Length == 0)
            throw new UsageException($"'{text}' names nothing to mount");
        return new MountChoice(type, isHost ? Path.GetFullPath(source, folder ?? Environment.CurrentDirectory) : source.Length == 0 ? null : source, parts[^1], readOnly, options);
    }

    /// <summary>Whether the source of a type, or of the lowest of a stack of types, is a path of the host.</summary>
    public static bool IsOfHost(string type) => type[(type.LastIndexOf('+') + 1)..] is "host" or "overlay" or "tar";

    private static Dictionary<string, string> ReadOptions(string text, ref string type)
    {
        string[] parts = type.Split(',');
        type = parts[0];
        var options = new Dictionary<string, string>();
        foreach (string part in parts[1..])
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? part : part[..equals];
            if (name.Length == 0 || !options.TryAdd(name, equals < 0 ? "" : part[(equals + 1)..]))
                throw new UsageException($"'{text}' is no mount: '{part}' is no option, or there twice; use TYPE,OPTION=VALUE:SRC:DST");
        }

        return options;
    }
}

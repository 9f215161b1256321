namespace Kpio.Cli.Running;

/// <summary>Reads <c>[TYPE:]SRC:DST[:ro|rw]</c>.</summary>
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
        string source = parts[^2];
        bool isHost = type is "host" or "overlay" or "tar";
        if (isHost && source.Length == 0)
            throw new UsageException($"'{text}' names nothing to mount");
        return new MountChoice(type, isHost ? Path.GetFullPath(source, folder ?? Environment.CurrentDirectory) : source.Length == 0 ? null : source, parts[^1], readOnly);
    }
}

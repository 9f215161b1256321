using System.Text;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>
/// Which parts of a host tree are visible, as a tree of rules: a hidden directory looks empty, but for shown paths below it and the
/// directories that lead to them; the longest path decides.
/// </summary>
internal sealed class HostMask
{
    private readonly PlainList<HostMask> _children = new();
    private readonly byte[] _name;

    private HostMask(byte[] name) => _name = name;

    /// <summary>Whether the path itself is hidden or shown; null when it follows what is above it.</summary>
    public bool? Hides { get; private set; }

    /// <summary>Whether the path or one below it is shown.</summary>
    public bool LeadsToShown { get; private set; }

    /// <summary>Reads colon-separated paths; null when there are none.</summary>
    public static HostMask? Parse(string? hidden, string? shown)
    {
        var root = new HostMask([]);
        root.Add(hidden, true);
        root.Add(shown, false);
        return root._children.Count == 0 && root.Hides is null ? null : root;
    }

    public HostMask? Find(ReadOnlySpan<byte> name)
    {
        foreach (HostMask child in _children)
        {
            if (name.SequenceEqual(child._name))
                return child;
        }

        return null;
    }

    private void Add(string? paths, bool hides)
    {
        if (paths is null)
            return;
        ReadOnlySpan<byte> rest = Encode(paths);
        while (true)
        {
            HostMask current = this;
            byte separator;
            do
            {
                ReadOnlySpan<byte> component = Next(ref rest, out separator);
                if (component is [] or [(byte)'.'])
                    continue;
                current.LeadsToShown |= !hides;
                HostMask? next = current.Find(component);
                if (next is null)
                    current._children.Add(next = new HostMask(component.ToArray()));
                current = next;
            }
            while (separator == '/');

            current.LeadsToShown |= !hides;
            current.Hides = hides;
            if (separator == 0)
                return;
        }
    }

    /// <summary>Takes what is in front of the next slash or colon, and tells which of them it was; 0 at the end.</summary>
    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, out byte separator)
    {
        int length = 0;
        while (length < rest.Length && rest[length] is not ((byte)'/' or (byte)':'))
            length++;
        ReadOnlySpan<byte> component = rest[..length];
        separator = length < rest.Length ? rest[length] : (byte)0;
        rest = separator == 0 ? [] : rest[(length + 1)..];
        return component;
    }

    // ASCII by hand: the base library's transcoder and its searches cost a millisecond each when they are first used.
    private static byte[] Encode(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] >= 0x80)
                return Encoding.UTF8.GetBytes(text);
            bytes[i] = (byte)text[i];
        }

        return bytes;
    }
}

using System.Text;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>
/// Which parts of a host tree are visible, as a tree of rules: a hidden directory looks empty, but for shown paths below it and the
/// directories that lead to them; the longest path decides.
/// </summary>
internal sealed class HostMask
{
    private readonly List<HostMask> _children = [];
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
        foreach (string path in paths.Split(':'))
        {
            HostMask current = this;
            foreach (string component in path.Split('/'))
            {
                if (component.Length == 0 || component == ".")
                    continue;
                current.LeadsToShown |= !hides;
                byte[] name = Encoding.UTF8.GetBytes(component);
                HostMask? next = current.Find(name);
                if (next is null)
                    current._children.Add(next = new HostMask(name));
                current = next;
            }

            current.LeadsToShown |= !hides;
            current.Hides = hides;
        }
    }
}

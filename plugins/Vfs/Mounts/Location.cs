using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>A node of a mounted tree.</summary>
internal readonly record struct Location(Mount Mount, NodeId Node, FileKind Kind)
{
    /// <summary>The location, or the root of what is mounted over it.</summary>
    public Location Covered
    {
        get
        {
            Location current = this;
            while (current.Mount.HasPoints && current.Mount.CoveringOf(current.Node) is { } covering)
            {
                FileKind kind = covering.Tree.GetAttributes(covering.Root).ValueOrDefault.Kind;
                current = new Location(covering, covering.Root, kind);
            }

            return current;
        }
    }

    public Result<NodeAttributes> Attributes => Mount.Tree.GetAttributes(Node);

    public bool IsMountRoot => Node == Mount.Root;

    public bool IsSameAs(in Location other) => Mount == other.Mount && Node == other.Node;
}

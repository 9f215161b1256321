using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

// What an overlay does with the tree below.
internal sealed partial class MemoryTree
{
    // Absent names are remembered so that a program that looks for a file in many places does not ask the host each time; a guest that
    // asks for ever new names must not fill the memory with them.
    private const int MostAbsentNames = 1024;

    private Errno FindLower(MemoryNode directory, ReadOnlySpan<byte> name, out MemoryNode? node)
    {
        node = null;
        MemoryDirectory entries = directory.Entries!;
        Errno error = _lower!.LookupWithAttributes(directory.Lower, name, out NodeId lower, out NodeAttributes attributes);
        long stamp = _clock.Stamp;
        if (error == Errno.ENOENT)
        {
            if (entries.AbsentCount >= MostAbsentNames)
                entries.DropAbsent();
            int index = entries.Find(name);
            if (index >= 0 && entries.At(index).State == EntryState.Node)
                Detach(entries.At(index).Node!);
            entries.Set(name, EntryState.Absent, null).CheckedAt = stamp;
            return Errno.ENOENT;
        }

        if (error != Errno.None)
            return error;
        int known = entries.Find(name);
        MemoryNode? current = known >= 0 ? entries.At(known).Node : null;
        if (current is not null && current.Lower == lower)
        {
            entries.At(known).CheckedAt = stamp;
            if (current.HasLowerAttributes)
                FillFromLower(current, attributes, stamp);
            node = current;
            return Errno.None;
        }

        if (current is not null)
            Detach(current);
        node = AdoptLower(lower, attributes, stamp);
        MemoryDirectory.Entry entry = entries.Set(name, EntryState.Node, node);
        entry.CheckedAt = stamp;
        entry.IsLower = true;
        node.Parent = directory;
        node.Name = entry.Name;
        return Errno.None;
    }

    private MemoryNode AdoptLower(NodeId lower, in NodeAttributes attributes, long stamp)
    {
        bool isLinked = attributes.Links > 1 && attributes.Kind != FileKind.Directory;
        if (isLinked && _linkedLower?.Find(attributes.Inode) is { Links: > 0 } linked)
            return linked;
        MemoryNode node = NewNode(attributes.Kind, attributes.Inode);
        node.Lower = lower;
        node.HasLowerAttributes = true;
        node.HasLowerContent = attributes.Kind == FileKind.Regular;
        FillFromLower(node, attributes, stamp);
        if (isLinked)
            (_linkedLower ??= new LinkedNodes()).Set(attributes.Inode, node);
        return node;
    }

    // A node whose name the host has taken away: open files keep it.
    private void Detach(MemoryNode node)
    {
        node.IsRemoved = true;
        node.Links = 0;
        FreeIfUnused(node);
    }

    private Errno Refresh(MemoryNode node)
    {
        if (!node.HasLowerAttributes || _clock.IsFresh(node.CheckedAt))
            return Errno.None;
        if (!_lower!.GetAttributes(node.Lower).TryGet(out NodeAttributes attributes, out Errno error))
        {
            // A removed file that is open here still has the attributes last seen.
            return error == Errno.ENOENT && node.Opens > 0 ? Errno.None : error;
        }

        FillFromLower(node, attributes, _clock.Stamp);
        return Errno.None;
    }

    private static void FillFromLower(MemoryNode node, in NodeAttributes attributes, long stamp)
    {
        node.Permissions = attributes.Permissions;
        node.Links = attributes.Links;
        node.User = attributes.User;
        node.Group = attributes.Group;
        node.SpecialDevice = attributes.SpecialDevice;
        node.Size = attributes.Size;
        node.LowerBlocks = attributes.Blocks;
        node.AccessTime = attributes.AccessTime;
        node.ModifyTime = attributes.ModifyTime;
        node.ChangeTime = attributes.ChangeTime;
        node.BirthTime = attributes.BirthTime;
        node.CheckedAt = stamp;
    }

    /// <summary>From now on the node has attributes of its own.</summary>
    private Errno TakeAttributes(MemoryNode node)
    {
        if (!node.HasLowerAttributes)
            return Errno.None;
        Errno error = Refresh(node);
        if (error == Errno.None)
            node.HasLowerAttributes = false;
        return error;
    }

    /// <summary>From now on a file has content of its own, its first <paramref name="length"/> bytes copied from below.</summary>
    private Errno TakeContent(MemoryNode node, long length)
    {
        if (!node.HasLowerContent)
            return Errno.None;
        Errno error = TakeAttributes(node);
        if (error != Errno.None)
            return error;
        length = Math.Min(length, node.Size);
        bool wasOpen = node.IsLowerOpen;
        if (length > 0)
        {
            if (!wasOpen)
            {
                error = _lower!.Open(node.Lower, OpenFlags.O_RDONLY);
                if (error != Errno.None)
                    return error;
                node.IsLowerOpen = true;
            }

            error = CopyFromLower(node, length);
        }

        if (error != Errno.None)
        {
            if (!wasOpen)
                CloseLower(node);
            if (node.Pages is not null)
                _pagesUsed -= node.Pages.RemoveFrom(0);
            node.Pages = null;
            return error;
        }

        node.HasLowerContent = false;
        CloseLower(node);
        return Errno.None;
    }

    private Errno CopyFromLower(MemoryNode node, long length)
    {
        for (long position = 0; position < length; position += PageStore.PageSize)
        {
            Errno error = AddPage(node, position >> PageStore.PageShift, out byte[]? page);
            if (error != Errno.None)
                return error;
            int filled = 0;
            int wanted = (int)Math.Min(PageStore.PageSize, length - position);
            while (filled < wanted)
            {
                if (!_lower!.Read(node.Lower, position + filled, page.AsSpan(filled, wanted - filled)).TryGet(out int count, out error))
                    return error;
                if (count == 0)
                    return Errno.None; // The file below became shorter meanwhile: zeros follow.
                filled += count;
            }
        }

        return Errno.None;
    }

    private void CloseLower(MemoryNode node)
    {
        if (!node.IsLowerOpen)
            return;
        node.IsLowerOpen = false;
        _lower!.Close(node.Lower);
    }

    /// <summary>Takes the names of the directory below into the directory here, in the order that they have there.</summary>
    private Errno ListLower(MemoryNode directory)
    {
        if (directory.Lower.IsNone || _clock.IsFresh(directory.ListedAt))
            return Errno.None;
        var listing = new LowerListing();
        Errno error = _lower!.ReadDirectory(directory.Lower, 0, listing);
        if (error == Errno.ENOENT && directory.ListedAt != 0)
            error = Errno.None; // The host's directory is gone: what was made here stays.
        if (error != Errno.None)
            return error;
        MemoryDirectory entries = directory.Entries!;
        entries.DropAbsent();
        foreach (LowerListing.Item item in listing.Items)
        {
            int index = entries.Find(item.Name);
            if (index >= 0 && entries.At(index).State != EntryState.Absent)
                continue;
            MemoryDirectory.Entry entry = entries.Set(item.Name, EntryState.Listed, null);
            entry.ListedInode = item.Inode;
            entry.ListedKind = item.Kind;
            entry.IsLower = true;
        }

        if (directory.ListedAt == 0)
            entries.Reorder(listing.Items.ConvertAll(static item => item.Name));
        else
            DropVanished(entries, listing);
        directory.ListedAt = _clock.Stamp;
        return Errno.None;
    }

    private void DropVanished(MemoryDirectory entries, LowerListing listing)
    {
        var present = new MemoryDirectory();
        foreach (LowerListing.Item item in listing.Items)
            present.Set(item.Name, EntryState.Listed, null);
        for (int i = 0; i < entries.SlotCount; i++)
        {
            MemoryDirectory.Entry entry = entries.At(i);
            if (!entry.IsLower || !MemoryDirectory.IsShown(entry.State) || present.Find(entry.Name) >= 0)
                continue;
            MemoryNode? node = entry.Node;
            entries.RemoveAt(i);
            if (node is not null)
                Detach(node);
        }
    }

    private sealed class LowerListing : IDirectorySink
    {
        public sealed record Item(byte[] Name, ulong Inode, FileKind Kind);

        public List<Item> Items { get; } = [];

        public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
        {
            Items.Add(new Item(name.ToArray(), entry.Inode, entry.Kind));
            return true;
        }
    }
}

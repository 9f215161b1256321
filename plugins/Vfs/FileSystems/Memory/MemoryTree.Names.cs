using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

// Changes of names.
internal sealed partial class MemoryTree
{
    private const uint RenameNoReplace = 1;
    private const uint RenameExchange = 2;
    private const uint RenameWhiteout = 4;
    private const uint MostLinks = 65000;

    public Result<NodeId> Create(NodeId directoryId, ReadOnlySpan<byte> name, in NewNode wanted)
    {
        Errno error = BeginChange(directoryId, out MemoryNode? directory);
        if (error != Errno.None)
            return error;
        error = Find(directory, name, out _);
        if (error != Errno.ENOENT)
            return error == Errno.None ? Errno.EEXIST : error;
        if (_ownNodes >= _setup.PageLimit)
            return Errno.ENOSPC; // As tmpfs's nr_inodes: names without content use memory too.
        error = TakeAttributes(directory!);
        if (error != Errno.None)
            return error;
        MemoryNode node = NewNode(directory!, wanted);
        SetName(directory!, name, node);
        if (node.IsDirectory)
            directory!.Links++;
        directory!.ModifyTime = directory.ChangeTime = node.ChangeTime;
        return new NodeId((ulong)node.Id);
    }

    public Result<NodeId> CreateUnnamed(NodeId directoryId, in NewNode wanted)
    {
        Errno error = BeginChange(directoryId, out MemoryNode? directory);
        if (error != Errno.None)
            return error;
        if (_ownNodes >= _setup.PageLimit)
            return Errno.ENOSPC;
        MemoryNode node = NewNode(directory!, wanted);
        node.Links = 0;
        node.Parent = directory;
        node.Name = System.Text.Encoding.ASCII.GetBytes($"#{node.Inode}");
        node.IsRemoved = true;
        return new NodeId((ulong)node.Id);
    }

    public Errno Link(NodeId directoryId, ReadOnlySpan<byte> name, NodeId id)
    {
        Errno error = BeginChange(directoryId, out MemoryNode? directory);
        if (error != Errno.None)
            return error;
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (node.IsDirectory)
            return Errno.EPERM;
        error = Find(directory, name, out _);
        if (error != Errno.ENOENT)
            return error == Errno.None ? Errno.EEXIST : error;
        error = TakeAttributes(node);
        if (error == Errno.None)
            error = TakeAttributes(directory!);
        if (error != Errno.None)
            return error;
        if (node.Links >= MostLinks)
            return Errno.EMLINK;
        node.Links++;
        SetName(directory!, name, node);
        node.ChangeTime = directory!.ModifyTime = directory.ChangeTime = _clock.Now;
        return Errno.None;
    }

    public Errno Remove(NodeId directoryId, ReadOnlySpan<byte> name, bool isDirectory)
    {
        Errno error = BeginChange(directoryId, out MemoryNode? directory);
        if (error != Errno.None)
            return error;
        error = Find(directory, name, out MemoryNode? node);
        if (error != Errno.None)
            return error;
        if (isDirectory != node!.IsDirectory)
            return isDirectory ? Errno.ENOTDIR : Errno.EISDIR;
        if (isDirectory)
        {
            error = CheckEmpty(node);
            if (error != Errno.None)
                return error;
        }

        error = TakeAttributes(directory!);
        if (error == Errno.None)
            error = TakeAttributes(node);
        if (error != Errno.None)
            return error;
        ClearName(directory!, name);
        DropLink(directory!, node);
        directory!.ModifyTime = directory.ChangeTime = node.ChangeTime;
        return Errno.None;
    }

    public Errno Rename(NodeId sourceId, ReadOnlySpan<byte> sourceName, NodeId targetId, ReadOnlySpan<byte> targetName, uint flags)
    {
        bool leavesWhiteout = (flags & RenameWhiteout) != 0;
        flags &= ~RenameWhiteout;
        if (flags is not (0 or RenameNoReplace or RenameExchange))
            return Errno.EINVAL;
        if (leavesWhiteout && _ownNodes >= _setup.PageLimit)
            return Errno.ENOSPC;
        Errno error = BeginChange(sourceId, out MemoryNode? source);
        if (error == Errno.None)
            error = BeginChange(targetId, out MemoryNode? _);
        if (error == Errno.None)
            error = Find(source, sourceName, out MemoryNode? _);
        if (error != Errno.None)
            return error;
        MemoryNode target = NodeOf(targetId)!;
        Find(source, sourceName, out MemoryNode? node);
        error = Find(target, targetName, out MemoryNode? replaced);
        if (error is not (Errno.None or Errno.ENOENT))
            return error;
        error = CheckRename(node!, target, replaced, flags);
        if (error != Errno.None)
            return error;
        if (replaced == node)
            return Errno.None; // Two names of one file: rename(2) does nothing.
        error = TakeAttributes(source!);
        if (error == Errno.None)
            error = TakeAttributes(target);
        if (error == Errno.None)
            error = TakeAttributes(node!);
        if (error == Errno.None && replaced is not null)
            error = TakeAttributes(replaced);
        if (error != Errno.None)
            return error;

        FileTime now = _clock.Now;
        if (flags == RenameExchange)
        {
            SetName(source!, sourceName, replaced!);
            replaced!.ChangeTime = now;
            MoveLinks(replaced, target, source!);
        }
        else
        {
            ClearName(source!, sourceName);
            if (replaced is not null)
                DropLink(target, replaced);
        }

        SetName(target, targetName, node!);
        MoveLinks(node!, source!, target);
        if (leavesWhiteout)
            SetName(source!, sourceName, NewNode(source!, new NewNode(FileKind.CharacterDevice, 0, 0, 0)));
        node!.ChangeTime = now;
        source!.ModifyTime = source.ChangeTime = now;
        target.ModifyTime = target.ChangeTime = now;
        return Errno.None;
    }

    private Errno CheckRename(MemoryNode node, MemoryNode target, MemoryNode? replaced, uint flags)
    {
        if (replaced is null && flags == RenameExchange)
            return Errno.ENOENT;
        if (replaced is not null && flags == RenameNoReplace)
            return Errno.EEXIST;
        if (node.IsDirectory && IsWithin(target, node))
            return Errno.EINVAL;
        if (flags == RenameExchange)
            return replaced!.IsDirectory && IsWithin(node.Parent!, replaced) ? Errno.EINVAL : Errno.None;
        if (replaced is null || replaced == node)
            return Errno.None;
        if (node.IsDirectory && !replaced.IsDirectory)
            return Errno.ENOTDIR;
        if (!node.IsDirectory && replaced.IsDirectory)
            return Errno.EISDIR;
        return replaced.IsDirectory ? CheckEmpty(replaced) : Errno.None;
    }

    private static bool IsWithin(MemoryNode node, MemoryNode directory)
    {
        for (MemoryNode current = node; ; current = current.Parent!)
        {
            if (current == directory)
                return true;
            if (current.Parent == current)
                return false;
        }
    }

    private static void MoveLinks(MemoryNode node, MemoryNode from, MemoryNode to)
    {
        if (!node.IsDirectory || from == to)
            return;
        from.Links--;
        to.Links++;
    }

    private Errno BeginChange(NodeId id, out MemoryNode? directory)
    {
        directory = NodeOf(id);
        if (directory is null || (directory.IsRemoved && directory.Links == 0))
            return Errno.ENOENT;
        if (!directory.IsDirectory)
            return Errno.ENOTDIR;
        return _setup.IsReadOnly ? Errno.EROFS : Errno.None;
    }

    private Errno CheckEmpty(MemoryNode directory)
    {
        Errno error = ListLower(directory);
        if (error != Errno.None)
            return error;
        return directory.Entries!.ShownCount == 0 ? Errno.None : Errno.ENOTEMPTY;
    }

    private MemoryNode NewNode(MemoryNode directory, in NewNode wanted)
    {
        MemoryNode node = NewNode(wanted.Kind, _nextInode++);
        _ownNodes++;
        bool inherits = (directory.Permissions & SetGroupId) != 0;
        node.Permissions = wanted.Permissions | (inherits && node.IsDirectory ? SetGroupId : 0);
        node.User = wanted.User;
        node.Group = inherits ? directory.Group : wanted.Group;
        node.Links = node.IsDirectory ? 2u : 1u;
        node.SpecialDevice = wanted.SpecialDevice;
        node.LinkTarget = wanted.LinkTarget;
        node.Size = wanted.LinkTarget?.Length ?? 0;
        node.AccessTime = node.ModifyTime = node.ChangeTime = node.BirthTime = _clock.Now;
        return node;
    }

    private static void SetName(MemoryNode directory, ReadOnlySpan<byte> name, MemoryNode node)
    {
        node.Name = directory.Entries!.Set(name, EntryState.Node, node).Name;
        node.Parent = directory;
        node.IsRemoved = false;
    }

    private static void ClearName(MemoryNode directory, ReadOnlySpan<byte> name)
    {
        if (!directory.Lower.IsNone)
            directory.Entries!.Set(name, EntryState.Covered, null);
        else
            directory.Entries!.RemoveAt(directory.Entries.Find(name));
    }

    private void DropLink(MemoryNode directory, MemoryNode node)
    {
        node.ChangeTime = _clock.Now;
        if (node.IsDirectory)
        {
            node.Links = 0;
            directory.Links--;
        }
        else
        {
            node.Links--;
        }

        node.IsRemoved = node.Links == 0;
        FreeIfUnused(node);
    }
}

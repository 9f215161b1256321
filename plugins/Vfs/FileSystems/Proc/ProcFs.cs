using System.Text;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>
/// proc(5): the machine's tasks and figures as files. It has no data: a node's number says what it is, and content is made when it is
/// read, by <see cref="ProcessFiles"/> and <see cref="SystemFiles"/>.
/// </summary>
internal sealed class ProcFs : IFileSystem, IGeneratedContent, IPositionalContent, ITaskLinks, IStatefulFileSystem
{
    private const int FirstFixed = 1;

    private static readonly ProcName[] Entries =
    [
        new("auxv", ProcEntry.Auxv, FileKind.Regular, 0x100),
        new("cgroup", ProcEntry.Cgroup, FileKind.Regular, 0x124),
        new("cmdline", ProcEntry.Cmdline, FileKind.Regular, 0x124),
        new("comm", ProcEntry.Comm, FileKind.Regular, 0x1A4),
        new("coredump_filter", ProcEntry.CoredumpFilter, FileKind.Regular, 0x1A4),
        new("cwd", ProcEntry.Cwd, FileKind.SymbolicLink, 0x1FF),
        new("environ", ProcEntry.Environ, FileKind.Regular, 0x100),
        new("exe", ProcEntry.Exe, FileKind.SymbolicLink, 0x1FF),
        new("fd", ProcEntry.Fd, FileKind.Directory, 0x140),
        new("fdinfo", ProcEntry.Fdinfo, FileKind.Directory, 0x16D),
        new("io", ProcEntry.Io, FileKind.Regular, 0x100),
        new("limits", ProcEntry.Limits, FileKind.Regular, 0x124),
        new("loginuid", ProcEntry.Loginuid, FileKind.Regular, 0x1A4),
        new("maps", ProcEntry.Maps, FileKind.Regular, 0x124),
        new("mem", ProcEntry.Mem, FileKind.Regular, 0x180),
        new("mountinfo", ProcEntry.MountInfo, FileKind.Regular, 0x124),
        new("mounts", ProcEntry.Mounts, FileKind.Regular, 0x124),
        new("net", ProcEntry.Net, FileKind.Directory, 0x16D),
        new("oom_score", ProcEntry.OomScore, FileKind.Regular, 0x124),
        new("oom_score_adj", ProcEntry.OomScoreAdj, FileKind.Regular, 0x1A4),
        new("personality", ProcEntry.Personality, FileKind.Regular, 0x100),
        new("root", ProcEntry.Root, FileKind.SymbolicLink, 0x1FF),
        new("sessionid", ProcEntry.Sessionid, FileKind.Regular, 0x124),
        new("smaps", ProcEntry.Smaps, FileKind.Regular, 0x124),
        new("smaps_rollup", ProcEntry.SmapsRollup, FileKind.Regular, 0x124),
        new("stat", ProcEntry.Stat, FileKind.Regular, 0x124),
        new("statm", ProcEntry.Statm, FileKind.Regular, 0x124),
        new("status", ProcEntry.Status, FileKind.Regular, 0x124),
        new("syscall", ProcEntry.Syscall, FileKind.Regular, 0x100),
        new("task", ProcEntry.Task, FileKind.Directory, 0x16D),
        new("wchan", ProcEntry.Wchan, FileKind.Regular, 0x124),
    ];

    private readonly VfsCore _core;
    private readonly ITaskTable _tasks;
    private readonly SystemFiles _system;
    private readonly ProcessFiles _processes;
    private readonly ulong _device;

    public ProcFs(VfsCore core, ulong device)
    {
        _core = core;
        _tasks = core.Services.Tasks;
        _system = new SystemFiles(core);
        _processes = new ProcessFiles(core);
        _device = device;
    }

    public NodeId Root => new(FirstFixed);

    /// <summary>The one thing that must not change while the machine runs: random/boot_id.</summary>
    public FileSystemState Capture() => new OpaqueTreeState(1, Encoding.ASCII.GetBytes(_system.SeenBootId ?? ""));

    public bool Restore(OpaqueTreeState state)
    {
        _system.SeenBootId = state.Bytes.IsEmpty ? null : Encoding.ASCII.GetString(state.Bytes.Span);
        return state.Version == 1;
    }

    public FileSystemStatistics Statistics => new(0x9FA0, 4096, 0, 0, 0, 0, 255, 0x20, 0);

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        ProcNode node = ProcNode.Parse(directory);
        switch (node.Entry)
        {
            case ProcEntry.None:
                return LookupFixed(node.Fixed, name);
            case ProcEntry.Directory:
                if (_tasks.Find(node.Tid) is null)
                    return Errno.ENOENT;
                foreach ((string entryName, ProcEntry entry, FileKind kind, uint _) in Entries)
                {
                    if ((entry != ProcEntry.Task || !node.IsThread) && ByteSearch.Equals(name, entryName))
                        return new FoundNode(ProcNode.Of(entry, node.Tid, node.IsThread).Id, kind);
                }

                return Errno.ENOENT;
            case ProcEntry.Fd or ProcEntry.Fdinfo:
                if (!TryParse(name, out int fd) || _tasks.Find(node.Tid) is not { } task || !task.Descriptors.TryGet(fd, out _))
                    return Errno.ENOENT;
                return node.Entry == ProcEntry.Fd
                    ? new FoundNode(ProcNode.Of(ProcEntry.FdLink, node.Tid, node.IsThread, fd).Id, FileKind.SymbolicLink)
                    : new FoundNode(ProcNode.Of(ProcEntry.FdinfoFile, node.Tid, node.IsThread, fd).Id, FileKind.Regular);
            case ProcEntry.Net:
                int net = NetFiles.IndexOf(name);
                return net < 0 ? Errno.ENOENT : new FoundNode(ProcNode.Of(ProcEntry.NetFile, node.Tid, node.IsThread, net).Id, FileKind.Regular);
            case ProcEntry.Task:
                if (!TryParse(name, out int tid) || _tasks.Find(tid) is not { } thread || thread.Group.Pid != node.Tid)
                    return Errno.ENOENT;
                return new FoundNode(ProcNode.Of(ProcEntry.Directory, tid, true).Id, FileKind.Directory);
            default:
                return Errno.ENOTDIR;
        }
    }

    public Result<NodeAttributes> GetAttributes(NodeId id)
    {
        ProcNode node = ProcNode.Parse(id);
        FileTime now = _core.Clock.Now;
        var attributes = new NodeAttributes
        {
            Device = _device,
            Inode = node.Inode,
            Links = 1,
            BlockSize = 1024,
            AccessTime = now,
            ModifyTime = now,
            ChangeTime = now,
        };
        if (node.Entry == ProcEntry.None)
        {
            if (SystemFiles.Find(node.Fixed) is not { } file)
                return Errno.ENOENT;
            bool isDirectory = file.Kind == FileKind.Directory;
            return attributes with { Kind = file.Kind, Permissions = file.Permissions, Links = isDirectory ? 2u : 1u };
        }

        if (_tasks.Find(node.Tid) is not { } task)
            return Errno.ENOENT;
        bool isOwned = node.Entry is ProcEntry.Directory or ProcEntry.Task or ProcEntry.Fdinfo || ProcessMemory.IsDumpable(task.Group);
        attributes = attributes with { User = isOwned ? task.Credentials.EffectiveUser : 0, Group = isOwned ? task.Credentials.EffectiveGroup : 0 };
        switch (node.Entry)
        {
            case ProcEntry.Directory:
                return attributes with { Kind = FileKind.Directory, Permissions = 0x16D, Links = node.IsThread ? 7u : 8u };
            case ProcEntry.FdLink:
                if (!task.Descriptors.TryGet(node.Fd, out Descriptor descriptor) || _core.Files.Find(descriptor.File) is not { } file)
                    return Errno.ENOENT;
                uint permissions = (file.CanRead ? 0x140u : 0) | (file.CanWrite ? 0xC0u : 0);
                return attributes with { Kind = FileKind.SymbolicLink, Permissions = permissions, Size = 64 };
            case ProcEntry.FdinfoFile:
                return attributes with { Kind = FileKind.Regular, Permissions = 0x124 };
            case ProcEntry.NetFile:
                return attributes with { Kind = FileKind.Regular, Permissions = 0x124, User = 0, Group = 0 };
            default:
                foreach ((_, ProcEntry entry, FileKind kind, uint mode) in Entries)
                {
                    if (entry == node.Entry)
                        return attributes with { Kind = kind, Permissions = mode, Links = kind == FileKind.Directory ? 2u : 1u };
                }

                return Errno.ENOENT;
        }
    }

    public Errno SetAttributes(NodeId node, in AttributeChange change) => Errno.EPERM;

    public Result<NodeLocation> Locate(NodeId id)
    {
        ProcNode node = ProcNode.Parse(id);
        switch (node.Entry)
        {
            case ProcEntry.None:
                return SystemFiles.Find(node.Fixed) is { } file
                    ? new NodeLocation(new NodeId((ulong)file.Parent), Encoding.ASCII.GetBytes(file.Name), false)
                    : Errno.ENOENT;
            case ProcEntry.Directory:
                NodeId parent = node.IsThread && _tasks.Find(node.Tid) is { } thread
                    ? ProcNode.Of(ProcEntry.Task, thread.Group.Pid, false).Id
                    : Root;
                return new NodeLocation(parent, Number(node.Tid), _tasks.Find(node.Tid) is null);
            case ProcEntry.FdLink or ProcEntry.FdinfoFile:
                ProcEntry directory = node.Entry == ProcEntry.FdLink ? ProcEntry.Fd : ProcEntry.Fdinfo;
                return new NodeLocation(ProcNode.Of(directory, node.Tid, node.IsThread).Id, Number(node.Fd), false);
            case ProcEntry.NetFile:
                return NetFiles.NameOf(node.Fd) is { } netName
                    ? new NodeLocation(ProcNode.Of(ProcEntry.Net, node.Tid, node.IsThread).Id, Encoding.ASCII.GetBytes(netName), false)
                    : Errno.ENOENT;
            default:
                foreach ((string name, ProcEntry entry, FileKind _, uint _) in Entries)
                {
                    if (entry == node.Entry)
                        return new NodeLocation(ProcNode.Of(ProcEntry.Directory, node.Tid, node.IsThread).Id, Encoding.ASCII.GetBytes(name), false);
                }

                return Errno.ENOENT;
        }
    }

    public Errno ReadDirectory(NodeId id, long offset, IDirectorySink sink)
    {
        ProcNode node = ProcNode.Parse(id);
        if (node.Entry == ProcEntry.None)
            return ReadFixed(node.Fixed, offset, sink);
        if (_tasks.Find(node.Tid) is not { } task)
            return Errno.ENOENT;
        switch (node.Entry)
        {
            case ProcEntry.Directory:
                for (long i = offset; i < Entries.Length; i++)
                {
                    (string name, ProcEntry entry, FileKind kind, uint _) = Entries[i];
                    if (entry == ProcEntry.Task && node.IsThread)
                        continue;
                    ulong inode = ProcNode.Of(entry, node.Tid, node.IsThread).Inode;
                    if (!sink.Add(new DirectoryEntry(inode, kind, i + 1), Encoding.ASCII.GetBytes(name)))
                        break;
                }

                return Errno.None;
            case ProcEntry.Fd or ProcEntry.Fdinfo:
                ProcEntry child = node.Entry == ProcEntry.Fd ? ProcEntry.FdLink : ProcEntry.FdinfoFile;
                FileKind childKind = node.Entry == ProcEntry.Fd ? FileKind.SymbolicLink : FileKind.Regular;
                for (int fd = (int)Math.Min(offset, int.MaxValue); fd < task.Descriptors.Length; fd++)
                {
                    if (!task.Descriptors.TryGet(fd, out _))
                        continue;
                    ulong inode = ProcNode.Of(child, node.Tid, node.IsThread, fd).Inode;
                    if (!sink.Add(new DirectoryEntry(inode, childKind, fd + 1), Number(fd)))
                        break;
                }

                return Errno.None;
            case ProcEntry.Net:
                for (int i = (int)Math.Min(offset, int.MaxValue); NetFiles.NameOf(i) is { } netName; i++)
                {
                    ulong inode = ProcNode.Of(ProcEntry.NetFile, node.Tid, node.IsThread, i).Inode;
                    if (!sink.Add(new DirectoryEntry(inode, FileKind.Regular, i + 1), Encoding.ASCII.GetBytes(netName)))
                        break;
                }

                return Errno.None;
            case ProcEntry.Task:
                foreach (int tid in Ordered(task.Group.Threads))
                {
                    if (tid <= offset)
                        continue;
                    ulong inode = ProcNode.Of(ProcEntry.Directory, tid, true).Inode;
                    if (!sink.Add(new DirectoryEntry(inode, FileKind.Directory, tid), Number(tid)))
                        break;
                }

                return Errno.None;
            default:
                return Errno.ENOTDIR;
        }
    }

    public Result<byte[]> ReadLink(NodeId id)
    {
        ProcNode node = ProcNode.Parse(id);
        if (node.Entry == ProcEntry.None)
            return SystemFiles.Find(node.Fixed)?.Target is { } target ? Encoding.ASCII.GetBytes(target) : Errno.EINVAL;
        if (_tasks.Find(node.Tid) is not { } task)
            return Errno.ENOENT;
        FileId file = FileOf(task, node);
        if (node.Entry == ProcEntry.Exe)
            return task.Group.ExecutablePath.Length == 0 ? Errno.ENOENT : task.Group.ExecutablePath;
        return _core.Files.Find(file) is { } open ? FilePaths.Of(_core, null, open, true) : Errno.ENOENT;
    }

    public Result<LinkTarget> Follow(NodeId id, GuestTask task)
    {
        ProcNode node = ProcNode.Parse(id);
        if (node.Entry == ProcEntry.None)
        {
            if (SystemFiles.Find(node.Fixed) is not { Target: { } target })
                return Errno.EINVAL;
            return new LinkTarget(target switch
            {
                SystemFiles.SelfTarget => Number(task.Group.Pid),
                SystemFiles.ThreadSelfTarget => Encoding.ASCII.GetBytes($"{task.Group.Pid}/task/{task.Tid}"),
                _ => Encoding.ASCII.GetBytes(target),
            });
        }

        if (_tasks.Find(node.Tid) is not { } owner)
            return Errno.ENOENT;
        if (node.Entry == ProcEntry.Exe)
            return owner.Group.ExecutablePath.Length == 0 ? Errno.ENOENT : new LinkTarget(owner.Group.ExecutablePath);
        FileId file = FileOf(owner, node);
        return file.IsNone ? Errno.ENOENT : new LinkTarget(null, file);
    }

    public Result<byte[]> Generate(NodeId id)
    {
        ProcNode node = ProcNode.Parse(id);
        if (node.Entry == ProcEntry.None)
            return _system.Generate(node.Fixed);
        if (node.Entry == ProcEntry.NetFile)
            return NetFiles.Generate(_core, node.Fd);
        return _tasks.Find(node.Tid) is { } task ? _processes.Generate(task, node) : Errno.ESRCH;
    }

    public Errno Accept(NodeId id, ReadOnlySpan<byte> content)
    {
        ProcNode node = ProcNode.Parse(id);
        if (node.Entry is not (ProcEntry.Comm or ProcEntry.OomScoreAdj or ProcEntry.CoredumpFilter) || _tasks.Find(node.Tid) is not { } task)
            return Errno.EINVAL;
        return ProcessFiles.Accept(task, node, content);
    }

    public bool IsPositional(NodeId id) => ProcNode.Parse(id).Entry == ProcEntry.Mem;

    public Errno CheckOpen(NodeId id, GuestTask task)
    {
        if (_tasks.Find(ProcNode.Parse(id).Tid) is not { } owner)
            return Errno.ESRCH;
        return ProcessMemory.MayAccess(task, owner) ? Errno.None : Errno.EACCES;
    }

    public Result<int> ReadAt(NodeId id, long offset, Span<byte> destination) =>
        _tasks.Find(ProcNode.Parse(id).Tid) is { } owner ? ProcessMemory.Read(owner, (ulong)offset, destination) : 0;

    public Result<int> WriteAt(NodeId id, long offset, ReadOnlySpan<byte> source) =>
        _tasks.Find(ProcNode.Parse(id).Tid) is { } owner ? new ProcessMemory(_core.Services.AddressSpaces).Write(owner, (ulong)offset, source) : 0;

    private Result<FoundNode> LookupFixed(int directory, ReadOnlySpan<byte> name)
    {
        if (SystemFiles.Find(directory) is not { Kind: FileKind.Directory })
            return Errno.ENOTDIR;
        int index = SystemFiles.IndexOf(directory, name);
        if (index != 0)
            return new FoundNode(new NodeId((ulong)index), SystemFiles.Find(index)!.Kind);
        if (directory == FirstFixed && TryParse(name, out int tid) && _tasks.Find(tid) is not null)
            return new FoundNode(ProcNode.Of(ProcEntry.Directory, tid, false).Id, FileKind.Directory);
        return Errno.ENOENT;
    }

    private Errno ReadFixed(int directory, long offset, IDirectorySink sink)
    {
        if (SystemFiles.Find(directory) is not { Kind: FileKind.Directory })
            return Errno.ENOTDIR;
        for (int i = (int)Math.Min(offset, int.MaxValue) + 1; SystemFiles.Find(i) is { } file; i++)
        {
            if (file.Parent == directory && i != directory && !sink.Add(new DirectoryEntry((ulong)i, file.Kind, i), Encoding.ASCII.GetBytes(file.Name)))
                return Errno.None;
        }

        if (directory != FirstFixed)
            return Errno.None;

        // Positions of processes lie behind those of the fixed files.
        const long FirstProcess = 1 << 10;
        int last = 0;
        foreach (GuestTask task in _tasks.All)
        {
            int pid = task.Group.Pid;
            if (pid == last || task.Tid != pid || FirstProcess + pid <= offset)
                continue;
            last = pid;
            ulong inode = ProcNode.Of(ProcEntry.Directory, pid, false).Inode;
            if (!sink.Add(new DirectoryEntry(inode, FileKind.Directory, FirstProcess + pid), Number(pid)))
                break;
        }

        return Errno.None;
    }

    private static FileId FileOf(GuestTask task, in ProcNode node) => node.Entry switch
    {
        ProcEntry.Cwd => task.FileSystem.WorkingDirectory,
        ProcEntry.Root => task.FileSystem.Root,
        ProcEntry.FdLink when task.Descriptors.TryGet(node.Fd, out Descriptor descriptor) => descriptor.File,
        _ => default,
    };

    private static List<int> Ordered(IList<int> threads)
    {
        List<int> ordered = [.. threads];
        ordered.Sort();
        return ordered;
    }

    /// <summary>A decimal number as the kernel's name_to_int takes it: no sign, no leading zero, no overflow.</summary>
    private static bool TryParse(ReadOnlySpan<byte> name, out int number)
    {
        number = 0;
        if (name.IsEmpty || (name.Length > 1 && name[0] == (byte)'0'))
            return false;
        long value = 0;
        foreach (byte digit in name)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            value = (value * 10) + (digit - '0');
            if (value > int.MaxValue)
                return false;
        }

        number = (int)value;
        return true;
    }

    /// <summary>A number that is not negative, in decimal.</summary>
    private static byte[] Number(int number)
    {
        int length = 1;
        for (int rest = number / 10; rest > 0; rest /= 10)
            length++;
        byte[] digits = new byte[length];
        for (int i = length - 1; i >= 0; i--, number /= 10)
            digits[i] = (byte)('0' + (number % 10));
        return digits;
    }
}

/// <summary>A name in a process's directory. A type of its own, since a tuple of the base library over its types is left to the JIT at every start.</summary>
internal readonly record struct ProcName(string Name, ProcEntry Entry, FileKind Kind, uint Permissions);

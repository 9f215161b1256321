using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Events;
using Kpio.Plugins.Vfs.Terminals;

namespace Kpio.Plugins.Vfs;

/// <summary>Hands the VFS's data to its successor and takes it from its predecessor: trees, mounts, pipes and open files, in this order.</summary>
internal sealed class VfsStateKeeper : IStatefulService<VfsState>
{
    private const int CurrentVersion = 1;

    private readonly VfsCore _core;
    private readonly MountService _mounts;

    public VfsStateKeeper(VfsCore core, MountService mounts)
    {
        _core = core;
        _mounts = mounts;
    }

    public VfsState Capture()
    {
        var mounts = new List<MountState>();
        foreach (Mount mount in _core.Mounts.All)
        {
            mounts.Add(new MountState
            {
                Id = mount.Id,
                Parent = mount.Parent?.Id ?? default,
                Point = mount.Point,
                Type = mount.Type,
                Options = mount.Options,
                Target = mount.Target,
                Device = mount.Device,
                Tree = StackedType.Capture(mount.Tree),
            });
        }

        var files = new List<OpenFileState>();
        foreach (OpenFile file in _core.Files.All())
            files.Add(Capture(file));
        return new VfsState
        {
            Version = CurrentVersion,
            Mounts = mounts,
            Files = files,
            MappedFiles = _core.Pages.Capture(),
            NextFileObject = _core.Pages.NextObject,
            Pipes = [.. _core.Pipes.Pipes.ToArray().Select(Capture)],
            NextFileSerial = _core.Files.NextSerial,
            NextMount = _core.Mounts.NextId,
            NextPipeInode = _core.Pipes.NextInode,
            Locks = _core.Locks.Capture(),
            LastMoveCookie = _core.Watches.LastCookie,
            NextSocketInode = _core.Special.Sockets.NextInode,
            NamedQueues = _core.Special.NamedQueues.CaptureQueues(),
            Terminals = _core.Terminals.Capture(),
            ForegroundProcessGroup = _core.Streams.ForegroundProcessGroup,
        };
    }

    public Errno Restore(VfsState state)
    {
        if (state.Version != CurrentVersion)
            return Errno.EINVAL;
        _core.Mounts.Clear();
        foreach (MountState saved in state.Mounts)
        {
            Errno error = Restore(saved);
            if (error != Errno.None)
                return error;
        }

        _core.Mounts.NextId = state.NextMount;
        Errno pages = _core.Pages.Restore(state.MappedFiles, state.NextFileObject);
        if (pages != Errno.None)
            return pages;
        var pipes = new Dictionary<ulong, Pipe>();
        foreach (PipeState saved in state.Pipes)
        {
            if (Restore(saved) is not { } pipe)
                return Errno.EINVAL;
            _core.Pipes.Pipes.Add(pipe);
            pipes[pipe.Inode] = pipe;
        }

        _core.Pipes.NextInode = state.NextPipeInode;
        _core.Special.NamedQueues.RestoreQueues(state.NamedQueues);
        Errno terminals = _core.Terminals.Restore(state.Terminals);
        if (terminals != Errno.None)
            return terminals;
        foreach (OpenFileState saved in state.Files)
        {
            Errno error = Restore(saved, pipes);
            if (error != Errno.None)
                return error;
        }

        foreach (OpenFileState saved in state.Files)
        {
            OpenFile file = _core.Files.Find(saved.Id)!;
            if (saved.Special is null || file.Driver is not SpecialDriver driver)
                continue;
            Errno error = driver.Connect(file, saved.Special);
            if (error != Errno.None)
                return error;
        }

        foreach (OpenFile file in _core.Files.All())
        {
            if (EventPollDriver.Of(file) is { } poll)
                _core.Special.Polls.RefreshAsked(poll);
        }

        Errno lockError = state.Locks is { } locks ? _core.Locks.Restore(locks) : Errno.None;
        if (lockError != Errno.None)
            return lockError;
        _core.Watches.LastCookie = state.LastMoveCookie;
        _core.Special.Sockets.NextInode = state.NextSocketInode;
        _core.Files.NextSerial = state.NextFileSerial;
        _core.Files.FinishRestore();
        _core.Streams.ForegroundProcessGroup = state.ForegroundProcessGroup;
        return Errno.None;
    }

    private static OpenFileState Capture(OpenFile file) => new()
    {
        Id = file.Id,
        Kind = file.Driver.Kind,
        Mount = file.Mount?.Id ?? default,
        Node = file.Node,
        Flags = file.Flags,
        Position = file.Position,
        References = file.References,
        IsDirectory = file.IsDirectory,
        Pipe = file.Pipe?.Inode ?? 0,
        PartnersBefore = file.PartnersBefore,
        HasLocks = file.HasLocks,
        Stream = file.Stream,
        Device = file.Device,
        Content = file.Content,
        IsHungUp = file.Special is TerminalFile { IsHungUp: true },
        Special = (file.Driver as SpecialDriver)?.Capture(file),
        Signals = file.Signals,
        DeniesWriters = file.DeniesWriters,
        Lease = file.Lease,
        Notices = file.Notices is null ? [] : [.. file.Notices],
    };

    private static PipeState Capture(Pipe pipe) => new()
    {
        Inode = pipe.Inode,
        Capacity = pipe.Capacity,
        Pages = Enumerable.Range(0, pipe.UsedSlots).Select(i => pipe.At(i)).Select(static slot => new PipePage(slot.Bytes, slot.Start, slot.Count, slot.IsPacket)).ToArray(),
        Mount = pipe.Mount?.Id ?? default,
        Node = pipe.Node,
        ReadersOpened = pipe.Opened.Readers,
        WritersOpened = pipe.Opened.Writers,
        Time = pipe.Time,
        User = pipe.User,
        Group = pipe.Group,
    };

    private Errno Restore(MountState saved)
    {
        if (_mounts.FindType(saved.Type) is not { } type)
            return Errno.ENODEV;
        if (!type.Restore(MountService.Request(saved.Options, saved.Device), saved.Tree).TryGet(out IFileSystem? tree, out Errno error))
            return error;
        var mount = new Mount(saved.Id, saved.Type, saved.Options, saved.Target, saved.Device, tree);
        if (saved.Parent.Value != 0)
        {
            if (_core.Mounts.Find(saved.Parent) is not { } parent)
                return Errno.EINVAL;
            mount.StandOn(parent, saved.Point);
        }

        _core.Mounts.Add(mount);
        return Errno.None;
    }

    private Pipe? Restore(PipeState saved)
    {
        var pipe = new Pipe(saved.Capacity)
        {
            Inode = saved.Inode,
            Mount = saved.Mount.Value == 0 ? null : _core.Mounts.Find(saved.Mount),
            Node = saved.Node,
            Opened = (saved.ReadersOpened, saved.WritersOpened),
            Time = saved.Time,
            User = saved.User,
            Group = saved.Group,
        };
        foreach (PipePage page in saved.Pages)
        {
            if (!pipe.Restore(page.Bytes, page.Start, page.Count, page.IsPacket))
                return null;
        }

        return pipe;
    }

    private Errno RestoreTerminalFile(OpenFile file, OpenFileState saved)
    {
        if (_core.Terminals.Find(saved.Device) is not { } terminal)
            return Errno.EINVAL;
        if (saved.Kind == OpenFileKind.Terminal)
        {
            TerminalDriver.Attach(file, terminal);
            TerminalDriver.FileOf(file).IsHungUp = saved.IsHungUp;
            return Errno.None;
        }

        if (terminal is not Pseudoterminal pty)
            return Errno.EINVAL;
        MasterDriver.Attach(file, pty);
        return Errno.None;
    }

    private Errno Restore(OpenFileState saved, Dictionary<ulong, Pipe> pipes)
    {
        if (_core.Files.Restore(saved.Id) is not { } file)
            return Errno.EINVAL;
        Mount? mount = saved.Mount.Value == 0 ? null : _core.Mounts.Find(saved.Mount);
        FileDriver? driver = saved.Kind switch
        {
            OpenFileKind.Regular => _core.RegularFiles,
            OpenFileKind.Directory => _core.Directories,
            OpenFileKind.PathOnly => _core.PathOnly,
            OpenFileKind.Generated => _core.Generated,
            OpenFileKind.Device => _core.MemoryDevices,
            OpenFileKind.Pipe => _core.Pipes,
            OpenFileKind.Terminal => _core.TerminalFiles,
            OpenFileKind.PseudoterminalMaster => _core.Masters,
            OpenFileKind.HostStream => _core.Streams,
            _ => _core.Special.Find(saved.Kind),
        };
        if (driver is null)
            return Errno.EINVAL;
        bool needsMount = saved.Mount.Value != 0 || saved.Kind is OpenFileKind.Regular or OpenFileKind.Directory or OpenFileKind.Generated;
        if (needsMount && mount is null)
            return Errno.EINVAL;
        file.Driver = driver;
        file.References = saved.References;
        file.HasLocks = saved.HasLocks;
        file.Mount = mount;
        file.Node = saved.Node;
        file.IsDirectory = saved.IsDirectory;
        file.Position = saved.Position;
        file.Device = saved.Device;
        file.Content = saved.Content;
        file.Signals = saved.Signals;
        _core.Leases.Restore(file, saved.Lease);
        if (saved.DeniesWriters)
            _core.Programs.Add(file);
        _core.Watches.Notices.Restore(file, saved.Notices);
        VfsCore.SetFlags(file, saved.Flags);
        if (driver == _core.Streams)
            _core.Streams.Attach(file, saved.Stream);
        if (driver == _core.TerminalFiles || driver == _core.Masters)
            return RestoreTerminalFile(file, saved);
        if (driver is SpecialDriver special)
            return saved.Special is { } data ? special.Restore(file, data) : Errno.EINVAL;
        if (driver != _core.Pipes)
            return Errno.None;
        if (!pipes.TryGetValue(saved.Pipe, out Pipe? pipe))
            return Errno.EINVAL;
        file.Pipe = pipe;
        file.PartnersBefore = saved.PartnersBefore;
        if (file.CanRead)
            pipe.Readers.Add(file);
        if (file.CanWrite)
            pipe.Writers.Add(file);
        return Errno.None;
    }
}

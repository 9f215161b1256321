using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;
using Kpio.Plugins.Vfs.FileSystems.Host;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.Names;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Events;
using Kpio.Plugins.Vfs.OpenFiles.Leases;
using Kpio.Plugins.Vfs.OpenFiles.Locks;
using Kpio.Plugins.Vfs.OpenFiles.Signals;
using Kpio.Plugins.Vfs.OpenFiles.Watches;
using Kpio.Plugins.Vfs.PageCache;
using Kpio.Plugins.Vfs.Terminals;

namespace Kpio.Plugins.Vfs;

/// <summary>What the kernel gives the plugin.</summary>
internal sealed record VfsServices
{
    public required IKernelClock Clock { get; init; }

    public required IHostClock HostClock { get; init; }

    public required IHostConsole Console { get; init; }

    public required HostAccess Host { get; init; }

    public required IWaitQueues Waits { get; init; }

    public required IEntropySource Entropy { get; init; }

    public required ITaskTable Tasks { get; init; }

    public required MachineOptions Options { get; init; }

    public required IKernelTimers Timers { get; init; }

    /// <summary>Taking signals, for signalfd(2).</summary>
    public Slot<ISignals>? Signals { get; init; }

    /// <summary>Address spaces, for /proc.</summary>
    public Slot<IAddressSpaces>? AddressSpaces { get; init; }

    /// <summary>The machine's memory, for /proc/meminfo.</summary>
    public IPhysicalMemory? PhysicalMemory { get; init; }

    /// <summary>Pages in memory, for /proc.</summary>
    public Slot<IPageResidence>? PageResidence { get; init; }

    /// <summary>The mappings of files, for the page cache.</summary>
    public Slot<IFileMappings>? FileMappings { get; init; }

    /// <summary>The user's terminal, when it is the machine's console.</summary>
    public IHostTerminal? Terminal { get; init; }

    /// <summary>Process groups, for terminals.</summary>
    public Slot<IProcessGroups>? Groups { get; init; }

    /// <summary>Processes, for terminals.</summary>
    public Slot<IProcessManager>? Processes { get; init; }

    /// <summary>Types of file systems from all plugins; null when this plugin stands alone.</summary>
    public ServiceList<IFileSystemType>? Types { get; init; }
}

/// <summary>The parts that the plugin's services share: mounts, open files, the drivers of both, and the walk over them.</summary>
internal sealed class VfsCore
{
    public VfsCore(VfsServices services)
    {
        Services = services;
        Clock = new TreeClock(services.Clock, services.HostClock, services.Options.Deterministic);
        Walker = new PathWalker(Mounts, Files);
        Pages = new FilePages(Files, Mounts, services.PhysicalMemory, services.FileMappings);
        RegularFiles = new RegularFileDriver(Pages, services.Clock);
        Signals = new FileSignals(services.Tasks, services.Processes);
        Wakes = new FileWakes(services.Waits, Signals);
        Locks = new LockService(Files, Mounts, services.Waits, services.Tasks);
        Files.Locks = Locks;
        Programs = new RunningPrograms(Files);
        Files.Programs = Programs;
        Leases = new FileLeases(Files, Wakes, services.Clock);
        Files.Leases = Leases;
        Watches = new NodeWatches(Wakes);
        Files.Watches = Watches;
        Special = new SpecialDrivers(services, Files, Wakes, new WatchDriver(Mounts, Watches));
        Pipes = new PipeDriver(Wakes, Clock);
        Streams = new HostStreamDriver(services.Console, services.Waits, services.Options.Deterministic);
        MemoryDevices = new MemoryDeviceDriver(services.Entropy);
        Terminals = new TerminalTable(
            new TerminalServices(Wakes, services.Tasks, services.Clock, services.Groups, services.Processes),
            Clock,
            services.Terminal);
        var control = new TerminalControl();
        TerminalFiles = new TerminalDriver(Terminals, control);
        Masters = new MasterDriver(Terminals, control);
    }

    public VfsServices Services { get; }

    public TreeClock Clock { get; }

    public MountTable Mounts { get; } = new();

    public OpenFileTable Files { get; } = new();

    public PathWalker Walker { get; }

    public FilePages Pages { get; }

    public RegularFileDriver RegularFiles { get; }

    public DirectoryDriver Directories { get; } = new();

    public PathOnlyDriver PathOnly { get; } = new();

    public GeneratedFileDriver Generated { get; } = new();

    public FileSignals Signals { get; }

    public FileWakes Wakes { get; }

    public LockService Locks { get; }

    public RunningPrograms Programs { get; }

    public FileLeases Leases { get; }

    public NodeWatches Watches { get; }

    public SpecialDrivers Special { get; }

    public PipeDriver Pipes { get; }

    public HostStreamDriver Streams { get; }

    public MemoryDeviceDriver MemoryDevices { get; }

    public TerminalTable Terminals { get; }

    public TerminalDriver TerminalFiles { get; }

    public MasterDriver Masters { get; }

    /// <summary>
    /// Opens what lies at a location for a task, or for the machine; permissions and flags have been checked. The caller gets the one
    /// reference.
    /// </summary>
    public Result<FileId> OpenAt(in Location location, OpenFlags flags, ulong device, GuestTask? task = null)
    {
        Mount mount = location.Mount;
        FileDriver driver;
        OpenedDevice opened = default;
        if ((flags & OpenFlags.O_PATH) != 0)
        {
            driver = PathOnly;
        }
        else
        {
            switch (location.Kind)
            {
                case FileKind.Regular:
                    driver = mount.Generated is not null ? Generated : RegularFiles;
                    break;
                case FileKind.Directory:
                    driver = Directories;
                    break;
                case FileKind.Fifo:
                    if ((flags & (OpenFlags.O_ACCMODE | OpenFlags.O_NONBLOCK)) == (OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK)
                        && Pipes.FindFifo(mount, location.Node) is not { Readers.Count: > 0 })
                    {
                        return Errno.ENXIO;
                    }

                    driver = Pipes;
                    break;
                case FileKind.CharacterDevice:
                    Errno error = FindDevice(device, flags, task, out opened);
                    if (error != Errno.None)
                        return error;
                    driver = opened.Driver;
                    break;
                default:
                    return Errno.ENXIO;
            }
        }

        if (driver == Generated && task is not null && mount.Positional is { } positional && positional.IsPositional(location.Node))
        {
            Errno refused = positional.CheckOpen(location.Node, task);
            if (refused != Errno.None)
                return refused;
        }

        if (driver == RegularFiles && task is not null)
        {
            bool writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
            if ((writes || (flags & OpenFlags.O_TRUNC) != 0) && Programs.Runs(mount, location.Node))
                return Errno.ETXTBSY;
            Errno leased = Leases.Break(task, mount, location.Node, writes);
            if (leased != Errno.None)
                return leased;
        }

        if (mount.Content is { } content)
        {
            // A place only, a directory or a device needs no content: the node is held, not read.
            OpenFlags access = driver == RegularFiles ? flags : OpenFlags.O_RDONLY;
            Errno error = content.Open(location.Node, access);
            if (error != Errno.None)
                return error;
        }
        else if (driver == RegularFiles)
        {
            return Errno.EINVAL;
        }

        if (NewFile(driver, flags) is not { } file)
        {
            mount.Content?.Close(location.Node);
            if (driver == Masters)
                Terminals.Discard((Pseudoterminal)opened.Terminal!);
            return Errno.ENFILE;
        }

        file.Mount = mount;
        file.Node = location.Node;
        file.IsDirectory = location.Kind == FileKind.Directory;
        file.Device = device;
        if (driver == Pipes)
            Pipes.Attach(file, Pipes.OfFifo(mount, location.Node));
        else if (driver == Streams)
            Streams.Attach(file, opened.Stream);
        else if (driver == Masters)
            MasterDriver.Attach(file, (Pseudoterminal)opened.Terminal!);
        else if (driver == TerminalFiles)
            AttachTerminal(file, opened.Terminal!, device, flags, task);
        if (Watches.Any && driver != PathOnly)
            Watches.TellOfFile(mount, location.Node, WatchEvents.Open, file.IsDirectory);
        return file.Id;
    }

    /// <summary>Opens the slave of a pseudoterminal without its path (TIOCGPTPEER).</summary>
    public Result<FileId> OpenPeer(GuestTask task, Pseudoterminal pty, OpenFlags flags)
    {
        Mount? mount = Mounts.FindType("devpts");
        if (mount is null)
            return Errno.EIO;
        if (!mount.Tree.Lookup(mount.Root, Encoding.ASCII.GetBytes($"{pty.Index}")).TryGet(out FoundNode node, out Errno error))
            return error;
        return OpenAt(new Location(mount, node.Node, node.Kind), flags, pty.Device, task);
    }

    /// <summary>Opens the console, as the machine does for its first process.</summary>
    public Result<FileId> OpenConsole()
    {
        if (Mounts.FindType("devtmpfs") is { } mount && mount.Tree.Lookup(mount.Root, "console"u8).TryGet(out FoundNode node, out _))
            return OpenAt(new Location(mount, node.Node, node.Kind), OpenFlags.O_RDWR, DeviceNumbers.Console);
        if (NewFile(TerminalFiles, OpenFlags.O_RDWR) is not { } file)
            return Errno.ENFILE;
        TerminalDriver.Attach(file, Terminals.Console!);
        return file.Id;
    }

    /// <summary>Opens anew what an open file without a place in a tree is of (/proc/self/fd).</summary>
    public Result<FileId> Reopen(OpenFile original, OpenFlags flags)
    {
        if ((flags & OpenFlags.O_DIRECTORY) != 0)
            return Errno.ENOTDIR;
        if (original.Driver is SpecialDriver && (flags & OpenFlags.O_PATH) == 0)
            return Errno.ENXIO; // An anonymous inode has no way to be opened (no_open).
        if (NewFile((flags & OpenFlags.O_PATH) != 0 ? PathOnly : original.Driver, flags) is not { } file)
            return Errno.ENFILE;
        file.Device = original.Device;
        if (file.Driver == Pipes)
            Pipes.Attach(file, original.Pipe!);
        else if (file.Driver == Streams)
            Streams.Attach(file, original.Stream);
        return file.Id;
    }

    public OpenFile? NewFile(FileDriver driver, OpenFlags flags)
    {
        if (Files.Add() is not { } file)
            return null;
        file.Driver = driver;
        SetFlags(file, flags);
        return file;
    }

    /// <summary>Sets what is kept of the flags of open(2), and the access that follows.</summary>
    public static void SetFlags(OpenFile file, OpenFlags flags)
    {
        const OpenFlags Once = OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY | OpenFlags.O_TRUNC | OpenFlags.O_CLOEXEC;
        bool isPath = (flags & OpenFlags.O_PATH) != 0;
        file.Flags = flags & ~Once;
        OpenFlags access = flags & OpenFlags.O_ACCMODE;
        file.CanRead = !isPath && access is OpenFlags.O_RDONLY or OpenFlags.O_RDWR;
        file.CanWrite = !isPath && access is OpenFlags.O_WRONLY or OpenFlags.O_RDWR;
    }

    /// <summary>What is sealed of a file.</summary>
    public static FileSeals SealsOf(Mount mount, NodeId node) =>
        mount.Seals is { } sealable && sealable.GetSeals(node).TryGet(out FileSeals seals, out _) ? seals : FileSeals.None;

    /// <summary>Changes a node's attributes; seals are kept to, and mappings follow a new size.</summary>
    public Errno ChangeAttributes(Mount mount, NodeId node, in AttributeChange change)
    {
        Errno error = ApplyChange(mount, node, in change);
        if (Watches.Any && error == Errno.None)
            Watches.TellOfFile(mount, node, EventsOf(in change), mount.Tree.GetAttributes(node).ValueOrDefault.Kind == FileKind.Directory);
        return error;
    }

    // What inotify calls a change (fsnotify_change).
    private static uint EventsOf(in AttributeChange change)
    {
        bool hasOwner = change.Permissions is not null || change.User is not null || change.Group is not null;
        uint events = hasOwner ? WatchEvents.Attributes : 0;
        if (change.Size is not null)
            events |= WatchEvents.Modify;
        return (change.AccessTime is not null, change.ModifyTime is not null) switch
        {
            (true, true) => events | WatchEvents.Attributes,
            (true, false) => events | WatchEvents.Access,
            (false, true) => events | WatchEvents.Modify,
            _ => events,
        };
    }

    private Errno ApplyChange(Mount mount, NodeId node, in AttributeChange change)
    {
        if (change.Size is not { } size)
            return mount.Tree.SetAttributes(node, change);
        MappedFile? mapped = mount.MappedFiles.Find(node);
        FileSeals seals = SealsOf(mount, node) & (FileSeals.F_SEAL_GROW | FileSeals.F_SEAL_SHRINK);
        if (mapped is null && seals == FileSeals.None)
            return mount.Tree.SetAttributes(node, change);
        if (!mount.Tree.GetAttributes(node).TryGet(out NodeAttributes before, out Errno error))
            return error;
        if ((size < before.Size && (seals & FileSeals.F_SEAL_SHRINK) != 0) || (size > before.Size && (seals & FileSeals.F_SEAL_GROW) != 0))
            return Errno.EPERM;
        error = mount.Tree.SetAttributes(node, change);
        if (error == Errno.None && mapped is not null)
            Pages.FollowResize(mapped, before.Size, size);
        return error;
    }

    /// <summary>What /dev calls a standard stream.</summary>
    public static string StreamName(HostFileId stream) => stream.Value switch
    {
        1 => "stdin",
        2 => "stdout",
        _ => "stderr",
    };

    private static void AttachTerminal(OpenFile file, Terminal terminal, ulong device, OpenFlags flags, GuestTask? task)
    {
        TerminalDriver.Attach(file, terminal);
        bool mayAdopt = (flags & OpenFlags.O_NOCTTY) == 0 && device is not (DeviceNumbers.Tty or DeviceNumbers.Console);
        if (mayAdopt && task is not null)
            TerminalAccess.AdoptAtOpen(terminal, task, file.CanRead);
    }

    private Errno FindDevice(ulong device, OpenFlags flags, GuestTask? task, out OpenedDevice opened)
    {
        opened = new OpenedDevice(MemoryDevices);
        if (DeviceNumbers.IsMemoryDevice(device))
            return Errno.None;
        if (device == DeviceNumbers.MasterMultiplexer)
            return CreatePseudoterminal(task, out opened);
        Terminal? terminal = device == DeviceNumbers.Tty ? Terminals.OfTask(task) : Terminals.Find(device);
        if (terminal is not null)
        {
            opened = new OpenedDevice(TerminalFiles, Terminal: terminal);
            return TerminalDriver.CheckOpen(terminal, task);
        }

        // Without the user's terminal, the streams stand for it.
        if (Terminals.Console is not null)
            return Errno.ENXIO;
        HostFileId stream = device switch
        {
            DeviceNumbers.Tty => Streams.FindTerminal(),
            DeviceNumbers.Console => new HostFileId((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY ? 1 : 2),
            _ => default,
        };
        opened = new OpenedDevice(Streams, stream);
        return stream.IsNone ? Errno.ENXIO : Errno.None;
    }

    private Errno CreatePseudoterminal(GuestTask? task, out OpenedDevice opened)
    {
        opened = default;
        uint user = task?.Credentials.FileSystemUser ?? 0;
        uint group = task?.Credentials.FileSystemGroup ?? 0;
        if (!Terminals.Create(user, group).TryGet(out Pseudoterminal? pty, out Errno error))
            return error;
        opened = new OpenedDevice(Masters, Terminal: pty);
        return Errno.None;
    }

    /// <summary>What a device node stands for.</summary>
    /// <param name="Driver">What its open files do.</param>
    /// <param name="Stream">The stream of the host.</param>
    /// <param name="Terminal">The terminal.</param>
    private readonly record struct OpenedDevice(FileDriver Driver, HostFileId Stream = default, Terminal? Terminal = null);
}

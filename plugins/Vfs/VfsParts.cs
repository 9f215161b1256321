using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.Names;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Events;
using Kpio.Plugins.Vfs.OpenFiles.Leases;
using Kpio.Plugins.Vfs.OpenFiles.Queues;
using Kpio.Plugins.Vfs.OpenFiles.Signals;
using Kpio.Plugins.Vfs.OpenFiles.Sockets;
using Kpio.Plugins.Vfs.OpenFiles.Watches;
using Kpio.Plugins.Vfs.Terminals;

namespace Kpio.Plugins.Vfs;

/// <summary>One generation of the plugin put together.</summary>
internal sealed class VfsParts
{
    public VfsParts(VfsServices services)
    {
        Core = new VfsCore(services);
        Names = new VfsNames(Core);
        EventPolls = new EventPollService(Core);
        Core.Files.WatchedFileCloses = EventPolls.Forget;
        Pipes = new PipeService(Core);
        Attributes = new VfsAttributes(Core, Names);
        Sockets = new SocketService(Core);
        NamedQueues = new NamedQueueService(Core);
        Watches = new WatchService(Core, Names);
        SpecialFiles = new SpecialFileService(Core);
        Files = new OpenFileService(Core);
        FileSignals = new FileSignalService(Core.Files, Core.Signals);
        Leases = new LeaseService(Core);
        Terminals = new TerminalService(Core);
        Descriptors = new DescriptorTableService(Core, Files);
        IFileSystemType[] types =
        [
            new TmpFsType(Core.Clock, services.Options),
            new DevFsType(Core.Clock, services.Options),
            new DevPtsType(Core.Terminals, Core.Clock),
            new HostType(services.Host, Core.Clock),
            new OverlayType(services.Host, Core.Clock, services.Options),
            new TarType(services.Host, Core.Clock, services.Options),
            new ProcType(Core),
            new SysFsType(Core.Clock, services.Options),
        ];
        Mounts = new MountService(Core, Names, types);
        MemoryFiles = new MemoryFiles(Core, Mounts);
        State = new VfsStateKeeper(Core, Mounts);
    }

    public VfsCore Core { get; }

    public VfsNames Names { get; }

    public OpenFileService Files { get; }

    public FileSignalService FileSignals { get; }

    public LeaseService Leases { get; }

    public EventPollService EventPolls { get; }

    public SpecialFileService SpecialFiles { get; }

    public PipeService Pipes { get; }

    public VfsAttributes Attributes { get; }

    public SocketService Sockets { get; }

    public NamedQueueService NamedQueues { get; }

    public WatchService Watches { get; }

    public TerminalService Terminals { get; }

    public DescriptorTableService Descriptors { get; }

    public MountService Mounts { get; }

    public MemoryFiles MemoryFiles { get; }

    public VfsStateKeeper State { get; }
}

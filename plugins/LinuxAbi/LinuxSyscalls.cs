using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Signals;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>
/// Linux's system calls: one method each, in files by category under Syscalls. The dispatcher between the registers and the
/// methods is generated from Abi/linux-x86_64.abi. The class keeps no data of the guest's: buffers are used again from call to
/// call, which is sound because all plugin code runs under one lock and no handler enters another.
/// </summary>
internal sealed partial class LinuxSyscalls : ISyscallAbi
{
    private readonly Slot<IVfs> _vfs;
    private readonly Slot<IVfsMounts> _mounts;
    private readonly Slot<IOpenFiles> _files;
    private readonly Slot<IFileControl> _control;
    private readonly Slot<IFileEvents> _events;
    private readonly Slot<IFileSignals> _fileSignals;
    private readonly Slot<IFileLeases> _leases;
    private readonly Slot<ITerminals> _terminals;
    private readonly Slot<IDescriptorTables> _descriptors;
    private readonly Slot<IEventPolls> _eventPolls;
    private readonly Slot<ISpecialFiles> _special;
    private readonly Slot<IPipes> _pipes;
    private readonly Slot<IVfsAttributes> _attributes;
    private readonly Slot<IFileLocks> _locks;
    private readonly Slot<ILocalSockets> _sockets;
    private readonly Slot<IFileWatches> _watches;
    private readonly Slot<IMemoryManager> _memory;
    private readonly Slot<IAddressSpaces> _spaces;
    private readonly Slot<IPageResidence> _residence;
    private readonly Slot<IMemoryFiles> _memoryFiles;
    private readonly Slot<ISharedSegments> _sharedSegments;
    private readonly Slot<ISemaphoreSets> _semaphores;
    private readonly Slot<ISemaphoreUndo> _semaphoreUndo;
    private readonly Slot<IMessageQueues> _messages;
    private readonly Slot<INamedQueues> _namedQueues;
    private readonly Slot<IProcessManager> _processes;
    private readonly Slot<ISignals> _signals;
    private readonly Slot<IChildProcesses> _children;
    private readonly Slot<IProcessTracing> _tracing;
    private readonly Slot<IFutexes> _futexes;
    private readonly Slot<IFutexLocks> _futexLocks;
    private readonly SignalFrame _frames;
    private readonly ITaskTable _tasks;
    private readonly IWaitQueues _queues;
    private readonly IKernelClock _clock;
    private readonly IKernelTimers _timers;
    private readonly IEntropySource _entropy;
    private readonly MachineOptions _options;
    private readonly byte[] _path = new byte[UserString.MaximumPath];
    private readonly byte[] _secondPath = new byte[UserString.MaximumPath];

    public LinuxSyscalls(
        Slot<IVfs> vfs,
        Slot<IVfsMounts> mounts,
        Slot<IOpenFiles> files,
        Slot<IFileControl> control,
        Slot<IFileEvents> events,
        Slot<IFileSignals> fileSignals,
        Slot<IFileLeases> leases,
        Slot<ITerminals> terminals,
        Slot<IDescriptorTables> descriptors,
        Slot<IEventPolls> eventPolls,
        Slot<ISpecialFiles> special,
        Slot<IPipes> pipes,
        Slot<IVfsAttributes> attributes,
        Slot<IFileLocks> locks,
        Slot<ILocalSockets> sockets,
        Slot<IFileWatches> watches,
        Slot<IMemoryManager> memory,
        Slot<IAddressSpaces> spaces,
        Slot<IPageResidence> residence,
        Slot<IMemoryFiles> memoryFiles,
        Slot<ISharedSegments> segments,
        Slot<ISemaphoreSets> semaphores,
        Slot<ISemaphoreUndo> semaphoreUndo,
        Slot<IMessageQueues> messages,
        Slot<INamedQueues> namedQueues,
        Slot<IProcessManager> processes,
        Slot<ISignals> signals,
        Slot<IChildProcesses> children,
        Slot<IProcessTracing> tracing,
        Slot<IFutexes> futexes,
        Slot<IFutexLocks> futexLocks,
        SignalFrame frames,
        ITaskTable tasks,
        IWaitQueues queues,
        IKernelClock clock,
        IKernelTimers timers,
        IEntropySource entropy,
        MachineOptions options)
    {
        _vfs = vfs;
        _mounts = mounts;
        _files = files;
        _control = control;
        _events = events;
        _fileSignals = fileSignals;
        _leases = leases;
        _terminals = terminals;
        _descriptors = descriptors;
        _eventPolls = eventPolls;
        _special = special;
        _pipes = pipes;
        _attributes = attributes;
        _locks = locks;
        _sockets = sockets;
        _watches = watches;
        _memory = memory;
        _spaces = spaces;
        _residence = residence;
        _memoryFiles = memoryFiles;
        _sharedSegments = segments;
        _semaphores = semaphores;
        _semaphoreUndo = semaphoreUndo;
        _messages = messages;
        _namedQueues = namedQueues;
        _processes = processes;
        _signals = signals;
        _children = children;
        _tracing = tracing;
        _futexes = futexes;
        _futexLocks = futexLocks;
        _frames = frames;
        _tasks = tasks;
        _queues = queues;
        _clock = clock;
        _timers = timers;
        _entropy = entropy;
        _options = options;
    }

    public string Name => "linux";

    public AbiCatalog Catalog => Descriptions.Catalog;

    public SysResult Invoke(GuestTask task, in SyscallFrame frame) => Dispatch(task, in frame);

    public SyscallInfo? Describe(uint number) => number < (uint)Descriptions.ByNumber.Length ? Descriptions.ByNumber[number] : null;

    /// <summary>The kernel logs the number, once, with its name.</summary>
    private static SysResult NotImplemented(GuestTask task, in SyscallFrame frame) => Errno.ENOSYS;

    /// <summary>
    /// Copies a path in and says where its walk starts. <paramref name="text"/> lies in a buffer of this class that the next call
    /// uses again. EFAULT, ENAMETOOLONG, and EBADF for a relative path from a descriptor that is not open.
    /// </summary>
    private bool TryGetPath(GuestTask task, Fd directory, UserString path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop) =>
        TryGetPath(task, directory, path, _path, out start, out text, out stop);

    private static bool TryGetPath(GuestTask task, Fd directory, UserString path, byte[] buffer, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop)
    {
        start = new PathStart(task);
        if (!path.TryRead(buffer, out text, out stop))
            return false;
        if (directory.Number == Fd.AT_FDCWD || (text.Length > 0 && text[0] == (byte)'/'))
            return true;
        if (!task.Descriptors.TryGet(directory.Number, out Descriptor descriptor))
        {
            stop = Errno.EBADF;
            return false;
        }

        start = new PathStart(task, descriptor.File);
        return true;
    }

    private static bool TryGetFile(GuestTask task, Fd fd, out FileId file)
    {
        bool open = task.Descriptors.TryGet(fd.Number, out Descriptor descriptor);
        file = descriptor.File;
        return open;
    }

    private static ulong DescriptorLimit(GuestTask task) => task.Group.Limits[(int)Linux.RLIMIT_NOFILE].Soft;

    private static Fd WorkingDirectory => new(Fd.AT_FDCWD);
}

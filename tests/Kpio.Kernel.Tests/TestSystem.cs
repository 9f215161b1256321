using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Host;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Kernel.Tests;

/// <summary>
/// The smallest system that a kernel can run: files that are blobs of machine code loaded at a fixed address, the console, and a few
/// calls with numbers of their own. Stands in for the VFS and the ABI, whose own tests are elsewhere.
/// </summary>
internal sealed class TestSystem : IKernelPlugin, IVfs, IVfsMounts, IOpenFiles, IFileControl, IDescriptorTables, IProgramLoader, ISyscallAbi, ISignalFrame
{
    public const ulong CodeAddress = 0x40_0000;
    public const ulong StackTop = 0x7FFF_0000_0000;
    public const uint Exit = 0, Print = 1, ReadInput = 2, Sleep = 3, Wait = 4, Wake = 5, Throw = 6, Copy = 7, Now = 8, SendSignal = 9, Random = 10, Bounce = 11;
    public const ulong NoStackHandler = 0xBAD;
    private const long InputFile = 1001;

    private readonly Dictionary<string, byte[]> _files = [];
    private readonly List<string> _paths = [];
    private IServiceProvider? _services;

    public PluginManifest Manifest { get; init; } = new(
        "test",
        new Version(1, 0),
        ContractVersion.Current,
        [typeof(IVfs), typeof(IVfsMounts), typeof(IOpenFiles), typeof(IFileControl), typeof(IDescriptorTables), typeof(IProgramLoader), typeof(ISyscallAbi), typeof(ISignalFrame)],
        []);

    public List<string> Opened { get; } = [];

    public LoadRequest LastLoad { get; private set; }

    public SignalSet LastBlocked { get; private set; }

    public int Entered { get; private set; }

    public string Name => "test";

    public AbiCatalog Catalog { get; } = new([], new Dictionary<string, NamedSet>(), new Dictionary<string, StructInfo>());

    public IReadOnlyList<MountInfo> Mounts => [];

    public void AddFile(string path, byte[] content) => _files[path] = content;

    public void AddFile(string path, string content) => _files[path] = Encoding.UTF8.GetBytes(content);

    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<IVfs>(p => Bind(p));
        services.AddSingleton<IVfsMounts>(this);
        services.AddSingleton<IOpenFiles>(this);
        services.AddSingleton<IFileControl>(this);
        services.AddSingleton<IDescriptorTables>(this);
        services.AddSingleton<IProgramLoader>(this);
        services.AddSingleton<ISyscallAbi>(this);
        services.AddSingleton<ISignalFrame>(this);
    }

    /// <summary>A frame of nothing: the handler starts, and has no way back.</summary>
    public FramePush Push(GuestTask task, in SignalInfo info, in SignalAction action, SignalSet blocked)
    {
        if (action.Handler == NoStackHandler)
            return FramePush.NoStack;
        task.Cpu.Rip = action.Handler;
        task.Cpu[GuestRegister.Rdi] = (ulong)info.Signal;
        LastBlocked = blocked;
        return FramePush.Pushed;
    }

    public SysResult Invoke(GuestTask task, in SyscallFrame frame)
    {
        Entered++;
        switch (frame.Number)
        {
            case Exit:
                Get<Slot<IProcessManager>>().Current.Exit(task, (int)frame.Argument0 << 8, wholeGroup: true);
                return SysResult.NoReturn;
            case Print:
                byte[] text = new byte[frame.Argument1];
                if (!task.Memory.TryRead(task, frame.Argument0, text, out SysResult stop))
                    return stop;
                return SysResult.From(Get<IHostConsole>().Write(new HostFileId(2), text));
            case ReadInput:
                byte[] input = new byte[frame.Argument1];
                if (!Get<IHostConsole>().Read(new HostFileId(1), input).TryGet(out int count, out _))
                    return SysResult.Wait(task.Wait.Begin(InterruptKind.Restartable).On(WaitKind.File, InputFile));
                return task.Memory.TryWrite(task, frame.Argument0, input.AsSpan(0, count), out stop) ? count : stop;
            case Sleep:
                if (task.Restart.Reason == WakeReason.None)
                {
                    Get<IKernelClock>().Now(ClockId.CLOCK_MONOTONIC).TryGet(out long now, out _);
                    return SysResult.Wait(task.Wait.Begin(InterruptKind.RestartBlock).Until(ClockId.CLOCK_MONOTONIC, now + (long)frame.Argument0));
                }

                return task.Restart.Reason == WakeReason.TimedOut ? SysResult.Zero : Errno.EINTR;
            case Wait:
                return task.Restart.Reason == WakeReason.None
                    ? SysResult.Wait(task.Wait.Begin(InterruptKind.NeverRestarted).On(WaitKind.Futex, frame.Argument0))
                    : task.Restart.Reason == WakeReason.Ready ? SysResult.Zero : Errno.EINTR;
            case Wake:
                return Get<IWaitQueues>().Wake(new WaitKey(WaitKind.Futex, frame.Argument0));
            case Throw:
                throw new InvalidOperationException("a defect of a plugin");
            case Copy:
                byte[] data = new byte[frame.Argument2];
                if (!task.Memory.TryRead(task, frame.Argument0, data, out stop))
                    return stop;
                return task.Memory.TryWrite(task, frame.Argument1, data, out stop) ? (long)frame.Argument2 : stop;
            case Now:
                return SysResult.From(Get<IKernelClock>().Now((ClockId)frame.Argument0, task));
            case SendSignal:
                return Get<Slot<IProcessManager>>().Current.Send(task.Group.Pid, 0, new SignalInfo((Signal)frame.Argument0, 0));
            case Random:
                byte[] random = new byte[8];
                Get<IEntropySource>().Fill(random);
                return (long)(BitConverter.ToUInt64(random) >> 2);
            case Bounce:
                task.Group.SignalActions[frame.Argument0] = new SignalAction(frame.Argument1, 0, 0, default);
                return SysResult.Zero;
            default:
                return Errno.ENOSYS;
        }
    }

    public SyscallInfo? Describe(uint number) => null;

    public Result<ProgramKind> Inspect(FileId file)
    {
        byte[] content = ContentOf(file);
        if (!content.AsSpan().StartsWith("#!"u8))
            return content.Length == 0 ? Errno.ENOEXEC : new ProgramKind(false, null, null);
        string[] words = Encoding.UTF8.GetString(content).Split('\n')[0][2..].Trim().Split(' ', 2);
        return new ProgramKind(true, Encoding.UTF8.GetBytes(words[0]), words.Length > 1 ? Encoding.UTF8.GetBytes(words[1]) : null);
    }

    public Result<ProgramStart> Load(in LoadRequest request)
    {
        LastLoad = request;
        byte[] code = ContentOf(request.File);
        IMemoryManager memory = Get<Slot<IMemoryManager>>().Current;
        IAddressSpaces spaces = Get<Slot<IAddressSpaces>>().Current;
        var map = new MapRequest(
            CodeAddress, 0x10000, PageAccess.Read | PageAccess.Execute, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_FIXED);
        if (!memory.Map(request.Space, map).TryGet(out _, out Errno error))
            return error;
        var stack = new MapRequest(
            StackTop - 0x2000, 0x2000, PageAccess.Read | PageAccess.Write, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_FIXED | MapFlags.MAP_GROWSDOWN, Name: "[stack]");
        if (!memory.Map(request.Space, stack).TryGet(out _, out error))
            return error;
        spaces.SetHeapStart(request.Space, 0x1000_0000);
        error = spaces.Write(request.Space, CodeAddress, code);
        return error != Errno.None ? error : new ProgramStart(CodeAddress, StackTop - 0x100, default);
    }

    public Errno MountMachine(MachineMounts mounts) => Errno.None;

    public Errno Mount(string type, MountOptions options, ReadOnlySpan<byte> path) => Errno.ENODEV;

    public Result<FileId> OpenRoot() => AddPath("/");

    public Result<FileId> OpenHostStream(HostFileId stream, OpenFlags flags)
    {
        Bind(_services!);
        if (stream.Value == 1)
            Get<IWaitQueues>().Watch(new WaitKey(WaitKind.File, InputFile), stream);
        return AddPath($"/dev/host{stream.Value}");
    }

    public Result<byte[]> GetPath(GuestTask task, FileId file) => Encoding.UTF8.GetBytes(_paths[(int)file.Value - 1]);

    public Errno CheckAccess(in PathStart start, ReadOnlySpan<byte> path, uint mode, WalkFlags flags) =>
        Encoding.UTF8.GetString(path).EndsWith(".txt", StringComparison.Ordinal) ? Errno.EACCES : Errno.None;

    public Result<FileSystemStatistics> GetStatistics(FileId file) => Errno.ENOSYS;

    public Result<FileId> Open(in PathStart start, ReadOnlySpan<byte> path, OpenFlags flags, uint mode)
    {
        string name = Encoding.UTF8.GetString(path);
        Opened.Add(name);
        return name == "/" || _files.ContainsKey(name) ? AddPath(name) : Errno.ENOENT;
    }

    public Result<NodeAttributes> Stat(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags)
    {
        string name = Encoding.UTF8.GetString(path);
        return name == "/" ? new NodeAttributes { Kind = FileKind.Directory }
            : _files.ContainsKey(name) ? new NodeAttributes { Kind = FileKind.Regular, Permissions = 0x1ED } : Errno.ENOENT;
    }

    public Errno Create(in PathStart start, ReadOnlySpan<byte> path, in NewNode node) => Errno.EROFS;

    public Errno Remove(in PathStart start, ReadOnlySpan<byte> path, bool isDirectory) => Errno.EROFS;

    public Errno Rename(in PathStart sourceStart, ReadOnlySpan<byte> source, in PathStart targetStart, ReadOnlySpan<byte> target, uint flags) => Errno.EROFS;

    public Errno Link(in PathStart sourceStart, ReadOnlySpan<byte> source, WalkFlags flags, in PathStart targetStart, ReadOnlySpan<byte> target) => Errno.EROFS;

    public Result<byte[]> ReadLink(in PathStart start, ReadOnlySpan<byte> path) => Errno.EINVAL;

    public Errno SetAttributes(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, in AttributeChange change) => Errno.EROFS;

    public Result<int> Read(FileId file, Span<byte> destination, long offset = -1, GuestTask? task = null) => Errno.EIO;

    public Result<int> Write(FileId file, ReadOnlySpan<byte> source, long offset = -1, GuestTask? task = null) => Errno.EIO;

    public Result<long> Seek(FileId file, long offset, int whence) => Errno.ESPIPE;

    public Result<NodeAttributes> Stat(FileId file) => new NodeAttributes { Kind = FileKind.Regular };

    public Errno ReadDirectory(FileId file, IDirectorySink sink) => Errno.ENOTDIR;

    public PollEvents Poll(FileId file, PollEvents interests, GuestTask? task = null) => PollEvents.None;

    public void AddReference(FileId file)
    {
    }

    public void Release(FileId file)
    {
    }

    public Result<OpenFlags> GetFlags(FileId file) => OpenFlags.O_RDONLY;

    public Errno SetFlags(FileId file, OpenFlags flags) => Errno.None;

    public Result<long> Control(FileId file, uint request, ulong argument, Span<byte> data, GuestTask? task = null) => Errno.ENOTTY;

    public Errno SetAttributes(GuestTask task, FileId file, in AttributeChange change) => Errno.EROFS;

    public Errno Synchronize(FileId file) => Errno.None;

    public Errno Close(DescriptorTable table, int fd) => table.Remove(fd, out _) ? Errno.None : Errno.EBADF;

    public void Replace(DescriptorTable table, int fd, Descriptor descriptor) => table.Set(fd, descriptor);

    DescriptorTable IDescriptorTables.Copy(DescriptorTable table) => new();

    public void CloseOnExec(DescriptorTable table)
    {
        for (int fd = 0; fd < table.Length; fd++)
        {
            if (table.TryGet(fd, out Descriptor descriptor) && descriptor.CloseOnExec)
                Close(table, fd);
        }
    }

    public void Leave(DescriptorTable table) => table.Sharers--;

    private TestSystem Bind(IServiceProvider services)
    {
        _services = services;
        return this;
    }

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    private byte[] ContentOf(FileId file) => _files[_paths[(int)file.Value - 1]];

    private FileId AddPath(string path)
    {
        _paths.Add(path);
        return new FileId(_paths.Count);
    }
}

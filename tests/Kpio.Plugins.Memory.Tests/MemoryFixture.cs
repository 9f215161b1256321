using System.Globalization;
using System.Text;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Platform.X64;

namespace Kpio.Plugins.Memory.Tests;

/// <summary>The memory manager over real page tables, with one task and files in memory.</summary>
internal sealed class MemoryFixture : IDisposable, ITaskTable
{
    public const ulong Top = 0x7FFF_F000_0000;
    private readonly X64Machine _hardware;
    private readonly List<GuestTask> _tasks = [];

    public MemoryFixture(long memoryBytes = 64 << 20)
    {
        _hardware = new X64Machine(memoryBytes, static bytes => bytes.Clear());
        Files = new FakeFiles(_hardware.PhysicalMemory);
        Services = NewServices();
        Spaces.Create().TryGet(out AddressSpaceId space, out _);
        Space = space;
        Spaces.SetLayout(space, new AddressSpaceLayout(Top, Top + 0x1000_0000, 8 << 20));
        Spaces.SetHeapStart(space, 0x100_0000);
        Task = AddTask(2, space);
    }

    public FakeFiles Files { get; }

    public MemoryServices Services { get; private set; }

    public MemoryManager Manager => Services.Manager;

    public AddressSpaces Spaces => Services.Spaces;

    public IPhysicalMemory Physical => _hardware.PhysicalMemory;

    public AddressSpaceId Space { get; }

    public GuestTask Task { get; }

    public IEnumerable<GuestTask> All => _tasks;

    public int Count => _tasks.Count;

    public GuestTask AddTask(int tid, AddressSpaceId space)
    {
        var group = new ThreadGroup(tid, 0) { AddressSpace = space };
        Array.Fill(group.Limits, new ResourceLimit(ResourceLimit.Infinity, ResourceLimit.Infinity));
        group.Limits[3] = new ResourceLimit(8 << 20, ResourceLimit.Infinity);
        var task = new GuestTask(tid, group, _hardware.CreateCpu().CreateContext(), null!)
        {
            Descriptors = new DescriptorTable(),
            FileSystem = new FileSystemContext(),
            Credentials = Credentials.Of(0, 0),
        };
        _tasks.Add(task);
        return task;
    }

    /// <summary>The successor of the plugin, with nothing of the old one but its state.</summary>
    public Errno Swap()
    {
        Contracts.State.MemoryState state = Spaces.Capture();
        Services = NewServices();
        return Spaces.Restore(state);
    }

    public ulong Map(ulong length, PageAccess access = PageAccess.Read | PageAccess.Write, MapFlags flags = MapFlags.None, ulong address = 0, FileId file = default, long offset = 0, long fileLength = -1)
    {
        Result<ulong> result = TryMap(length, access, flags, address, file, offset, fileLength);
        Assert.Equal(Errno.None, result.Error);
        return result.ValueOrDefault;
    }

    public Result<ulong> TryMap(ulong length, PageAccess access = PageAccess.Read | PageAccess.Write, MapFlags flags = MapFlags.None, ulong address = 0, FileId file = default, long offset = 0, long fileLength = -1)
    {
        if ((flags & MapFlags.MAP_TYPE) == 0)
            flags |= MapFlags.MAP_PRIVATE;
        if (file.IsNone)
            flags |= MapFlags.MAP_ANONYMOUS;
        return Manager.Map(Space, new MapRequest(address, length, access, flags, file, offset, FileLength: fileLength));
    }

    /// <summary>Makes an access as the processor would, faults included.</summary>
    public FaultOutcome Access(ulong address, PageAccess access, GuestTask? task = null)
    {
        task ??= Task;
        for (int i = 0; i < 3; i++)
        {
            if (_hardware.GuestMemory.TryProbe(task.Group.AddressSpace, address, access, out FaultInfo fault))
                return FaultOutcome.Mapped;
            FaultOutcome outcome = Manager.HandleFault(task, fault);
            if (outcome != FaultOutcome.Mapped)
                return outcome;
        }

        throw new InvalidOperationException("The fault comes again and again.");
    }

    public byte Read(ulong address, GuestTask? task = null)
    {
        task ??= Task;
        Assert.Equal(FaultOutcome.Mapped, Access(address, PageAccess.Read, task));
        Assert.True(_hardware.GuestMemory.TryGetSpan(task.Group.AddressSpace, address, PageAccess.Read, out Span<byte> span, out _));
        return span[0];
    }

    public void Write(ulong address, byte value, GuestTask? task = null)
    {
        task ??= Task;
        Assert.Equal(FaultOutcome.Mapped, Access(address, PageAccess.Write, task));
        Assert.True(_hardware.GuestMemory.TryGetSpan(task.Group.AddressSpace, address, PageAccess.Write, out Span<byte> span, out _));
        span[0] = value;
    }

    /// <summary>The regions as offsets from the top of mappings, in pages: <c>-3..-1 rw-</c>.</summary>
    public string Layout()
    {
        var text = new StringBuilder();
        foreach (MemoryRegion region in Spaces.GetRegions(Space))
        {
            if (text.Length > 0)
                text.Append(' ');
            text.Append(CultureInfo.InvariantCulture, $"{Page(region.Start)}..{Page(region.End)}:{Letters(region.Access)}");
        }

        return text.ToString();

        static long Page(ulong address) => ((long)address - (long)Top) / 4096;

        static string Letters(PageAccess access) =>
            $"{((access & PageAccess.Read) != 0 ? 'r' : '-')}{((access & PageAccess.Write) != 0 ? 'w' : '-')}{((access & PageAccess.Execute) != 0 ? 'x' : '-')}";
    }

    public int NextTid() => throw new NotSupportedException();

    public GuestTask? Find(int tid) => _tasks.Find(task => task.Tid == tid);

    public void Add(GuestTask task) => _tasks.Add(task);

    public void Remove(GuestTask task) => _tasks.Remove(task);

    public void ChangeTid(GuestTask task, int tid) => task.Tid = tid;

    public void Dispose() => _hardware.Dispose();

    private MemoryServices NewServices()
    {
        var files = new Slot<IOpenFiles>();
        var control = new Slot<IFileControl>();
        var pages = new Slot<IFilePages>();
        files.Bind(Files);
        control.Bind(Files);
        pages.Bind(Files);
        var memoryFiles = new Slot<IMemoryFiles>();
        memoryFiles.Bind(Files);
        return new MemoryServices(_hardware.PhysicalMemory, _hardware.Mmu, this, files, control, pages, memoryFiles, new StoppedClock(), new NoWaiters());
    }
}

/// <summary>Files that are byte arrays, with their references counted and their pages kept for ever.</summary>
internal sealed class FakeFiles(IPhysicalMemory physical) : IOpenFiles, IFileControl, IFilePages, IMemoryFiles
{
    private readonly Dictionary<long, (byte[] Content, OpenFlags Flags, FileKind Kind)> _files = [];
    private readonly Dictionary<(long File, long Index), FrameNumber> _pages = [];

    /// <summary>The pages that were announced as about to be written, in order.</summary>
    public List<(long File, long Index)> Writes { get; } = [];

    /// <summary>What every file is sealed against.</summary>
    public FileSeals Seals { get; set; }

    /// <summary>What <see cref="BeginWrite"/> answers.</summary>
    public Errno WriteError { get; set; }

    public Dictionary<long, int> References { get; } = [];

    public FileId Add(byte[] content, OpenFlags flags = OpenFlags.O_RDONLY, FileKind kind = FileKind.Regular)
    {
        long id = _files.Count + 1;
        _files.Add(id, (content, flags, kind));
        References[id] = 1;
        return new FileId(id);
    }

    public Result<int> Read(FileId file, Span<byte> destination, long offset = -1, GuestTask? task = null)
    {
        byte[] content = _files[file.Value].Content;
        if (offset >= content.Length)
            return 0;
        int count = Math.Min(destination.Length, content.Length - (int)offset);
        content.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    public Result<NodeAttributes> Stat(FileId file) => new NodeAttributes { Kind = _files[file.Value].Kind, Size = _files[file.Value].Content.Length };

    public Result<OpenFlags> GetFlags(FileId file) => _files[file.Value].Flags;

    public void AddReference(FileId file) => References[file.Value]++;

    public void Release(FileId file) => References[file.Value]--;

    public Result<int> Write(FileId file, ReadOnlySpan<byte> source, long offset = -1, GuestTask? task = null) => throw new NotSupportedException();

    public Result<long> Seek(FileId file, long offset, int whence) => throw new NotSupportedException();

    public Errno ReadDirectory(FileId file, IDirectorySink sink) => throw new NotSupportedException();

    public PollEvents Poll(FileId file, PollEvents interests, GuestTask? task = null) => throw new NotSupportedException();

    public Errno SetFlags(FileId file, OpenFlags flags) => throw new NotSupportedException();

    public Result<long> Control(FileId file, uint request, ulong argument, Span<byte> data, GuestTask? task = null) => throw new NotSupportedException();

    public Errno SetAttributes(GuestTask task, FileId file, in AttributeChange change) => throw new NotSupportedException();

    public Errno Synchronize(FileId file) => throw new NotSupportedException();

    public Result<long> Attach(FileId file, bool mayWrite)
    {
        AddReference(file);
        return file.Value;
    }

    public void Detach(FileId file, bool mayWrite) => Release(file);

    public Result<FrameNumber> GetPage(FileId file, long index, out bool wasRead)
    {
        wasRead = false;
        if (TryFindPage(file, index, out FrameNumber frame))
            return frame;
        byte[] content = _files[file.Value].Content;
        if (index * 4096 >= content.Length)
            return Errno.ENXIO;
        wasRead = true;
        if (!physical.Allocate().TryGet(out frame, out Errno error))
            return error;
        Read(file, physical.GetSpan(frame), index * 4096);
        _pages.Add((file.Value, index), frame);
        physical.AddReference(frame);
        return frame;
    }

    public bool TryFindPage(FileId file, long index, out FrameNumber frame)
    {
        if (!_pages.TryGetValue((file.Value, index), out frame))
            return false;
        physical.AddReference(frame);
        return true;
    }

    public Errno BeginWrite(FileId file, long index)
    {
        Writes.Add((file.Value, index));
        return WriteError;
    }

    public bool IsResident(FileId file, long index) => true;

    public Errno WriteBack(FileId file, long first, long end) => Errno.None;

    public void WriteBackAll()
    {
    }

    public Result<FileId> Create(ReadOnlySpan<byte> name, in NewNode node, FileSeals seals) => throw new NotSupportedException();

    public Result<FileSeals> GetSeals(FileId file) => Seals;

    public Errno AddSeals(FileId file, FileSeals seals) => throw new NotSupportedException();
}

/// <summary>A clock that stands still.</summary>
internal sealed class StoppedClock : IKernelClock
{
    public long Cycles => 0;

    public Result<long> Now(ClockId clock, GuestTask? task = null) => 1_700_000_000_000_000_000;

    public Result<long> Resolution(ClockId clock) => 1;
}

/// <summary>Nobody waits.</summary>
internal sealed class NoWaiters : IWaitQueues
{
    public int Wake(WaitKey key, int most = int.MaxValue) => 0;

    public bool Interrupt(GuestTask task, bool kills = false) => false;

    public void Forget(GuestTask task) => throw new NotSupportedException();

    public void Watch(WaitKey key, HostFileId handle) => throw new NotSupportedException();

    public void Unwatch(WaitKey key) => throw new NotSupportedException();

    public void Subscribe(WaitKey key) => throw new NotSupportedException();

    public void Unsubscribe(WaitKey key) => throw new NotSupportedException();
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Memory.Ipc;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.Memory;

/// <summary>The plugin's objects, put together once a generation.</summary>
internal sealed class MemoryServices
{
    public MemoryServices(IPhysicalMemory physical, IMmu mmu, ITaskTable tasks, Slot<IOpenFiles> files, Slot<IFileControl> control, Slot<IFilePages> pages, Slot<IMemoryFiles> memoryFiles, IKernelClock clock, IWaitQueues waits)
    {
        var table = new SpaceTable();
        var shared = new SharedObjects(physical);
        var backing = new FileBacking(files, control, pages, memoryFiles);
        var commit = new CommitPolicy(physical, tasks);
        var editor = new SpaceEditor(mmu, backing, shared, physical);
        var faults = new FaultResolver(physical, mmu, backing, shared, commit);
        Mappings = new FileMappings(table, editor, shared, mmu);
        Manager = new MemoryManager(table, editor, faults, commit, backing, shared, Mappings);
        Ipc = new IpcServices(new SharedSegments(table, Manager, shared, physical, clock), new SemaphoreSets(tasks, clock, waits), new MessageQueues(clock, waits));
        Spaces = new AddressSpaces(table, editor, faults, mmu, physical, shared, Ipc);
        Residence = new PageResidence(table, editor, faults, commit, backing, shared, mmu, new RegionUses(mmu, physical, backing));
    }

    public MemoryManager Manager { get; }

    public AddressSpaces Spaces { get; }

    public FileMappings Mappings { get; }

    public PageResidence Residence { get; }

    public IpcServices Ipc { get; }

    public static MemoryServices Create(IServiceProvider provider) => new(
        (IPhysicalMemory)provider.GetRequiredService(typeof(IPhysicalMemory)),
        (IMmu)provider.GetRequiredService(typeof(IMmu)),
        (ITaskTable)provider.GetRequiredService(typeof(ITaskTable)),
        (Slot<IOpenFiles>)provider.GetRequiredService(typeof(Slot<IOpenFiles>)),
        (Slot<IFileControl>)provider.GetRequiredService(typeof(Slot<IFileControl>)),
        (Slot<IFilePages>)provider.GetRequiredService(typeof(Slot<IFilePages>)),
        (Slot<IMemoryFiles>)provider.GetRequiredService(typeof(Slot<IMemoryFiles>)),
        (IKernelClock)provider.GetRequiredService(typeof(IKernelClock)),
        (IWaitQueues)provider.GetRequiredService(typeof(IWaitQueues)));
}

using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace EagerMemory;

/// <summary>
/// A memory manager that gives memory when it is asked for and not when it is used. It is built on the product's own, whose package it
/// brings along as a copy of its own, and puts another policy before it.
/// </summary>
public sealed class EagerMemoryPlugin : IKernelPlugin
{
    private readonly MemoryPlugin _inner = new();

    /// <inheritdoc/>
    public PluginManifest Manifest => _inner.Manifest with { Version = new Version(1, 0) };

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        _inner.ConfigureServices(services);
        ServiceDescriptor inner = services.Last(static service => service.ServiceType == typeof(IMemoryManager));
        services.Remove(inner);
        services.AddSingleton<IMemoryManager>(provider => new EagerManager(
            (IMemoryManager)inner.ImplementationFactory!(provider), provider.GetRequiredService<IPhysicalMemory>()));
    }
}

/// <summary>Everything that a program maps for use is there at once, or the call fails with ENOMEM: no program is ended later because memory has run out.</summary>
internal sealed class EagerManager(IMemoryManager inner, IPhysicalMemory memory) : IMemoryManager
{
    private const int MADV_POPULATE_WRITE = 23;
    private const ulong PageSize = 4096;

    // Page tables need frames too: one for 512 pages, and some above those.
    private const long TablePages = 64;

    public Result<ulong> Map(AddressSpaceId space, in MapRequest request)
    {
        // What is only reserved is not had: PROT_NONE, MAP_NORESERVE.
        if ((request.Access & (PageAccess.Read | PageAccess.Write)) == 0 || (request.Flags & MapFlags.MAP_NORESERVE) != 0)
            return inner.Map(space, in request);
        if (!HasRoomFor(request.Length))
            return Errno.ENOMEM;
        return inner.Map(space, request with { Flags = request.Flags | MapFlags.MAP_POPULATE });
    }

    public ulong SetBreak(AddressSpaceId space, ulong address, ulong limit)
    {
        ulong before = inner.SetBreak(space, 0, limit);
        if (address <= before)
            return inner.SetBreak(space, address, limit);
        if (!HasRoomFor(address - before))
            return before; // brk(2): the break stays where it was
        ulong after = inner.SetBreak(space, address, limit);
        ulong start = (before + PageSize - 1) & ~(PageSize - 1);
        ulong end = (after + PageSize - 1) & ~(PageSize - 1);
        if (end > start)
            inner.Advise(space, start, end - start, MADV_POPULATE_WRITE);
        return after;
    }

    public Errno Unmap(AddressSpaceId space, ulong address, ulong length) => inner.Unmap(space, address, length);

    public Errno Protect(AddressSpaceId space, ulong address, ulong length, PageAccess access) => inner.Protect(space, address, length, access);

    public Result<ulong> Remap(AddressSpaceId space, ulong address, ulong oldLength, ulong newLength, uint flags, ulong newAddress) =>
        newLength > oldLength && !HasRoomFor(newLength - oldLength) ? Errno.ENOMEM : inner.Remap(space, address, oldLength, newLength, flags, newAddress);

    public Errno Advise(AddressSpaceId space, ulong address, ulong length, int advice) => inner.Advise(space, address, length, advice);

    public MemoryRegion? FindRegion(AddressSpaceId space, ulong address) => inner.FindRegion(space, address);

    // Copy-on-write after fork, growth of the stack, and what was reserved and opened later still come by faults.
    public FaultOutcome HandleFault(GuestTask task, in FaultInfo fault) => inner.HandleFault(task, in fault);

    private bool HasRoomFor(ulong length)
    {
        ulong pages = (length / PageSize) + 1;
        return pages + (pages / 512) + TablePages <= (ulong)(memory.TotalFrames - memory.UsedFrames);
    }
}

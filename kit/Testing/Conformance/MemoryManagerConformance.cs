using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Testing.Conformance;

/// <summary>What every memory manager answers, whenever its pages come: on demand, or at once. Inherit it and give it a machine with the manager.</summary>
public abstract class MemoryManagerConformance : IDisposable
{
    private const ulong Page = 4096;
    private const ulong HeapLimit = 1 << 30;
    private const PageAccess ReadWrite = PageAccess.Read | PageAccess.Write;
    private const MapFlags Anonymous = MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS;

    private readonly TestKernel _kernel;
    private readonly AddressSpaceId _space;

    /// <param name="kernel">The machine; disposed of with the test.</param>
    protected MemoryManagerConformance(TestKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        _kernel = kernel;
        if (kernel.Task.Group.AddressSpace == default)
            kernel.Task.Group.AddressSpace = FileTestBed.Ok(kernel.Spaces.Create());
        _space = kernel.Task.Group.AddressSpace;
        kernel.Spaces.SetLayout(_space, new AddressSpaceLayout(0x7FFF_0000_0000, 0x7FFF_F000_0000, 8 << 20));
        kernel.Spaces.SetHeapStart(_space, 0x100_0000);
    }

    /// <summary>The machine.</summary>
    protected TestKernel Kernel => _kernel;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        _kernel.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void NewMemoryReadsAsZerosAndKeepsWhatIsWritten()
    {
        ulong address = Map(3 * Page);
        for (ulong offset = 0; offset < 3 * Page; offset += 1000)
            Assert.Equal(0, _kernel.ReadByte(address + offset));
        _kernel.WriteByte(address, 1);
        _kernel.WriteByte(address + (3 * Page) - 1, 2);
        Assert.Equal((1, 2), (_kernel.ReadByte(address), _kernel.ReadByte(address + (3 * Page) - 1)));
    }

    [Fact]
    public void WhatIsNotMappedCannotBeReached()
    {
        ulong address = Map(3 * Page);
        Assert.Equal(Errno.None, _kernel.Memory.Unmap(_space, address + Page, Page));
        Assert.Equal(FaultOutcome.NotMapped, _kernel.Access(address + Page, PageAccess.Read));
        Assert.Equal(FaultOutcome.Mapped, _kernel.Access(address, PageAccess.Write));
        Assert.Equal(FaultOutcome.Mapped, _kernel.Access(address + (2 * Page), PageAccess.Write));
        Assert.Null(_kernel.Memory.FindRegion(_space, address + Page));
        Assert.Equal(Errno.None, _kernel.Memory.Unmap(_space, address, 3 * Page));
        Assert.Equal(Errno.EINVAL, _kernel.Memory.Unmap(_space, address + 1, Page));
    }

    [Fact]
    public void ProtectionHolds()
    {
        ulong address = Map(2 * Page);
        _kernel.WriteByte(address, 7);
        Assert.Equal(Errno.None, _kernel.Memory.Protect(_space, address, Page, PageAccess.Read));
        Assert.Equal(7, _kernel.ReadByte(address));
        Assert.Equal(FaultOutcome.AccessDenied, _kernel.Access(address, PageAccess.Write));
        Assert.Equal(FaultOutcome.AccessDenied, _kernel.Access(address, PageAccess.Execute));
        Assert.Equal(FaultOutcome.Mapped, _kernel.Access(address + Page, PageAccess.Write));
        Assert.Equal(Errno.None, _kernel.Memory.Protect(_space, address, Page, PageAccess.None));
        Assert.Equal(FaultOutcome.AccessDenied, _kernel.Access(address, PageAccess.Read));
        Assert.Equal(Errno.None, _kernel.Memory.Protect(_space, address, Page, ReadWrite));
        Assert.Equal(7, _kernel.ReadByte(address));
        Assert.Equal(Errno.ENOMEM, _kernel.Memory.Protect(_space, 0x1000_0000, Page, PageAccess.Read));
    }

    [Fact]
    public void AFixedMappingTakesThePlaceOfWhatIsThere()
    {
        ulong address = Map(3 * Page);
        _kernel.WriteByte(address + Page, 9);
        var request = new MapRequest(address + Page, Page, ReadWrite, Anonymous | MapFlags.MAP_FIXED);
        Assert.Equal(address + Page, FileTestBed.Ok(_kernel.Memory.Map(_space, in request)));
        Assert.Equal(0, _kernel.ReadByte(address + Page));
        MapRequest careful = request with { Flags = Anonymous | MapFlags.MAP_FIXED_NOREPLACE };
        Assert.Equal(Errno.EEXIST, _kernel.Memory.Map(_space, in careful).Error);
    }

    [Fact]
    public void TheBreakGrowsAndShrinks()
    {
        ulong start = _kernel.Memory.SetBreak(_space, 0, HeapLimit);
        Assert.Equal(start + 10_000, _kernel.Memory.SetBreak(_space, start + 10_000, HeapLimit));
        _kernel.WriteByte(start + 9_999, 5);
        Assert.Equal(start + 100, _kernel.Memory.SetBreak(_space, start + 100, HeapLimit));
        Assert.Equal(FaultOutcome.NotMapped, _kernel.Access(start + 9_999, PageAccess.Read));
        Assert.Equal(start + 10_000, _kernel.Memory.SetBreak(_space, start + 10_000, HeapLimit));
        Assert.Equal(0, _kernel.ReadByte(start + 9_999));
        Assert.Equal(start + 10_000, _kernel.Memory.SetBreak(_space, start + HeapLimit + Page, HeapLimit));
    }

    [Fact]
    public void MovedMemoryKeepsItsContent()
    {
        const uint MREMAP_MAYMOVE = 1;
        ulong address = Map(Page);
        Map(Page); // something may be in the way
        _kernel.WriteByte(address, 3);
        ulong moved = FileTestBed.Ok(_kernel.Memory.Remap(_space, address, Page, 16 * Page, MREMAP_MAYMOVE, 0));
        Assert.Equal((3, 0), (_kernel.ReadByte(moved), _kernel.ReadByte(moved + (15 * Page))));
        Assert.Equal(moved, FileTestBed.Ok(_kernel.Memory.Remap(_space, moved, 16 * Page, Page, 0, 0)));
        Assert.Equal(3, _kernel.ReadByte(moved));
        Assert.Equal(FaultOutcome.NotMapped, _kernel.Access(moved + Page, PageAccess.Read));
    }

    [Fact]
    public void DroppedPagesReadAsZeros()
    {
        const int MADV_DONTNEED = 4;
        ulong address = Map(2 * Page);
        _kernel.WriteByte(address, 1);
        _kernel.WriteByte(address + Page, 2);
        Assert.Equal(Errno.None, _kernel.Memory.Advise(_space, address, Page, MADV_DONTNEED));
        Assert.Equal((0, 2), (_kernel.ReadByte(address), _kernel.ReadByte(address + Page)));
    }

    [Fact]
    public void AForkSharesNothingThatIsWritten()
    {
        ulong address = Map(2 * Page);
        _kernel.WriteByte(address, 1);
        AddressSpaceId copy = FileTestBed.Ok(_kernel.Spaces.Fork(_space));
        _kernel.WriteByte(address, 2);
        _kernel.Task.Group.AddressSpace = copy;
        Assert.Equal(1, _kernel.ReadByte(address));
        _kernel.WriteByte(address, 3);
        _kernel.Task.Group.AddressSpace = _space;
        Assert.Equal(2, _kernel.ReadByte(address));
        _kernel.Spaces.Destroy(copy);
    }

    [Fact]
    public void MemoryIsGivenBack()
    {
        ulong warm = Map(64 * Page);
        _kernel.WriteByte(warm, 1);
        Assert.Equal(Errno.None, _kernel.Memory.Unmap(_space, warm, 64 * Page));
        long before = _kernel.Physical.UsedFrames;
        ulong address = Map(64 * Page);
        for (ulong i = 0; i < 64; i++)
            _kernel.WriteByte(address + (i * Page), 1);
        Assert.True(_kernel.Physical.UsedFrames >= before + 64, "64 pages written take 64 frames");
        Assert.Equal(Errno.None, _kernel.Memory.Unmap(_space, address, 64 * Page));
        Assert.Equal(before, _kernel.Physical.UsedFrames);
    }

    [Fact]
    public void ASuccessorHasTheSameRegionsAndPages()
    {
        ulong address = Map(4 * Page);
        _kernel.WriteByte(address + Page, 42);
        Assert.Equal(Errno.None, _kernel.Memory.Protect(_space, address, Page, PageAccess.Read));
        ulong heap = _kernel.Memory.SetBreak(_space, 0, HeapLimit);
        heap = _kernel.Memory.SetBreak(_space, heap + 5000, HeapLimit);
        IReadOnlyList<MemoryRegion> before = [.. _kernel.Spaces.GetRegions(_space)];
        long frames = _kernel.Physical.UsedFrames;
        _kernel.Swap();
        Assert.Equal(before, _kernel.Spaces.GetRegions(_space));
        Assert.Equal(frames, _kernel.Physical.UsedFrames);
        Assert.Equal(42, _kernel.ReadByte(address + Page));
        Assert.Equal(FaultOutcome.AccessDenied, _kernel.Access(address, PageAccess.Write));
        Assert.Equal(heap, _kernel.Memory.SetBreak(_space, 0, HeapLimit));
    }

    /// <summary>Maps private memory for reading and writing.</summary>
    protected ulong Map(ulong length)
    {
        var request = new MapRequest(0, length, ReadWrite, Anonymous);
        return FileTestBed.Ok(_kernel.Memory.Map(_space, in request));
    }
}

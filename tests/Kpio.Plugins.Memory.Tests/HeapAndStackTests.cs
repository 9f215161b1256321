using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Tests;

public sealed class HeapAndStackTests : IDisposable
{
    private const ulong Page = 4096;
    private const ulong Heap = 0x100_0000;
    private readonly MemoryFixture _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void The_break_moves_by_bytes_and_maps_by_pages()
    {
        Assert.Equal(Heap, Break(0));
        Assert.Equal(Heap + 100, Break(Heap + 100));
        _memory.Write(Heap + 4095, 3);
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(Heap + Page, PageAccess.Write));
        Assert.Equal(Heap + (3 * Page), Break(Heap + (3 * Page)));
        Assert.Equal(3, _memory.Read(Heap + 4095));
        MemoryRegion heap = Assert.Single(_memory.Spaces.GetRegions(_memory.Space));
        Assert.Equal(("[heap]", Heap, Heap + (3 * Page)), (heap.Name, heap.Start, heap.End));
        Assert.Equal(Heap + 1, Break(Heap + 1));
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(Heap + Page, PageAccess.Write));
        Assert.Equal(Heap, Break(Heap));
        Assert.Empty(_memory.Spaces.GetRegions(_memory.Space));
    }

    [Fact]
    public void What_comes_back_after_shrinking_is_zero()
    {
        Break(Heap + (2 * Page));
        _memory.Write(Heap + Page, 9);
        Break(Heap + Page);
        Break(Heap + (2 * Page));
        Assert.Equal(0, _memory.Read(Heap + Page));
    }

    [Fact]
    public void The_break_stays_where_it_cannot_go()
    {
        Break(Heap + Page);
        Assert.Equal(Heap + Page, Break(Heap - 1));
        Assert.Equal(Heap + Page, _memory.Manager.SetBreak(_memory.Space, Heap + (20 * Page), 10 * Page));
        Assert.Equal(Heap + Page, Break(Heap + (1UL << 40)));
        _memory.Map(Page, flags: MapFlags.MAP_FIXED, address: Heap + (8 * Page));
        Assert.Equal(Heap + Page, Break(Heap + (8 * Page)));
        Assert.Equal(Heap + (7 * Page), Break(Heap + (7 * Page)));
    }

    [Fact]
    public void A_stack_grows_on_use_up_to_its_limit()
    {
        ulong end = MemoryFixture.Top + (64 << 20);
        ulong start = _memory.Map(2 * Page, flags: MapFlags.MAP_FIXED | MapFlags.MAP_GROWSDOWN, address: end - (2 * Page));
        _memory.Write(start - (100 * Page), 1);
        Assert.Equal(start - (100 * Page), _memory.Spaces.GetRegions(_memory.Space)[0].Start);
        _memory.Write(end - (8 << 20), 1);
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(end - (8 << 20) - Page, PageAccess.Write));
        _memory.Task.Group.Limits[3] = new ResourceLimit(16 << 20, ResourceLimit.Infinity);
        Assert.Equal(FaultOutcome.Mapped, _memory.Access(end - (8 << 20) - Page, PageAccess.Write));
    }

    [Fact]
    public void A_stack_keeps_its_distance_to_what_lies_below()
    {
        ulong end = MemoryFixture.Top + (64 << 20);
        ulong start = _memory.Map(2 * Page, flags: MapFlags.MAP_FIXED | MapFlags.MAP_GROWSDOWN, address: end - (2 * Page));
        _memory.Map(Page, flags: MapFlags.MAP_FIXED, address: start - (400 * Page));
        Assert.Equal(FaultOutcome.Mapped, _memory.Access(start - (100 * Page), PageAccess.Write));
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(start - (200 * Page), PageAccess.Write));
    }

    [Fact]
    public void Mappings_stay_clear_of_the_guard_below_a_stack()
    {
        _memory.Map(2 * Page, flags: MapFlags.MAP_FIXED | MapFlags.MAP_GROWSDOWN, address: MemoryFixture.Top - (2 * Page));
        Assert.Equal(MemoryFixture.Top - (2 * Page) - (256 * Page) - Page, _memory.Map(Page));
    }

    private ulong Break(ulong address) => _memory.Manager.SetBreak(_memory.Space, address, 256 << 20);
}

using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Memory.Tests;

public sealed class AdviceAndForkTests : IDisposable
{
    private const ulong Page = 4096;
    private const int DontFork = 10;
    private const int DoFork = 11;
    private const int WipeOnFork = 18;
    private readonly MemoryFixture _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void A_child_lacks_what_is_not_for_it_and_sees_zeros_where_it_is_wiped()
    {
        ulong address = _memory.Map(6 * Page);
        for (ulong i = 0; i < 6; i++)
            _memory.Write(address + (i * Page), (byte)(i + 1));
        Advise(address + Page, Page, DontFork);
        Advise(address + (3 * Page), 2 * Page, WipeOnFork);
        GuestTask child = Fork();
        Assert.Equal((1, 3, 6), (_memory.Read(address, child), _memory.Read(address + (2 * Page), child), _memory.Read(address + (5 * Page), child)));
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(address + Page, PageAccess.Read, child));
        Assert.Equal((0, 0), (_memory.Read(address + (3 * Page), child), _memory.Read(address + (4 * Page), child)));
        Assert.Equal((2, 4), (_memory.Read(address + Page), _memory.Read(address + (3 * Page))));
        MemoryUse use = _memory.Spaces.GetUse(child.Group.AddressSpace);
        Assert.Equal((5, 5), (use.Mapped, use.Resident));
    }

    [Fact]
    public void Advice_divides_regions_and_its_opposite_joins_them()
    {
        ulong address = _memory.Map(3 * Page);
        Advise(address + Page, Page, DontFork);
        Assert.Equal("-3..-2:rw- -2..-1:rw- -1..0:rw-", _memory.Layout());
        Advise(address + Page, Page, DoFork);
        Assert.Equal("-3..0:rw-", _memory.Layout());
    }

    [Fact]
    public void Shared_memory_ends_where_it_was_made_to_end()
    {
        ulong address = _memory.Map(2 * Page, flags: MapFlags.MAP_SHARED);
        _memory.Write(address, 1);
        ulong moved = _memory.Manager.Remap(_memory.Space, address, 2 * Page, 4 * Page, 1, 0).ValueOrDefault;
        Assert.Equal(1, _memory.Read(moved));
        Assert.Equal(FaultOutcome.Mapped, _memory.Access(moved + Page, PageAccess.Write));
        Assert.Equal(FaultOutcome.BeyondFile, _memory.Access(moved + (2 * Page), PageAccess.Read));
    }

    [Fact]
    public void Removed_pages_of_shared_memory_go_from_every_space()
    {
        ulong address = _memory.Map(2 * Page, flags: MapFlags.MAP_SHARED);
        _memory.Write(address, 1);
        _memory.Write(address + Page, 2);
        GuestTask child = Fork();
        _memory.Read(address, child);
        long used = _memory.Physical.UsedFrames;
        Advise(address, Page, 9);
        Assert.Equal(used - 1, _memory.Physical.UsedFrames);
        Assert.Equal((0, 2), (_memory.Read(address, child), _memory.Read(address + Page, child)));
    }

    [Fact]
    public void Page_tables_go_with_what_they_served()
    {
        _memory.Write(_memory.Map(Page), 1);
        long used = _memory.Physical.UsedFrames;
        for (ulong i = 1; i <= 20; i++)
        {
            ulong far = 0x10_0000_0000 * i;
            _memory.Map(4 * Page, flags: MapFlags.MAP_FIXED, address: far);
            _memory.Write(far, 1);
            _memory.Write(far + (3 * Page), 1);
        }

        Assert.True(_memory.Physical.UsedFrames >= used + 20 * 4);
        for (ulong i = 1; i <= 20; i++)
        {
            ulong far = 0x10_0000_0000 * i;
            Assert.Equal(Errno.None, _memory.Manager.Unmap(_memory.Space, far, Page));
            Assert.Equal(1, _memory.Read(far + (3 * Page)));
            Assert.Equal(Errno.None, _memory.Manager.Unmap(_memory.Space, far, 4 * Page));
        }

        Assert.Equal(used, _memory.Physical.UsedFrames);
    }

    [Fact]
    public void Forked_and_ended_processes_give_everything_back()
    {
        FileId file = _memory.Files.Add(new byte[8 * (int)Page], OpenFlags.O_RDWR);
        ulong data = _memory.Map(64 * Page);
        ulong shared = _memory.Map(8 * Page, flags: MapFlags.MAP_SHARED);
        ulong mapped = _memory.Map(8 * Page, flags: MapFlags.MAP_SHARED, file: file);
        for (ulong i = 0; i < 64; i++)
            _memory.Write(data + (i * Page), 1);
        _memory.Write(shared, 1);
        for (ulong i = 0; i < 8; i++)
            _memory.Write(mapped + (i * Page), 1);
        long used = _memory.Physical.UsedFrames;
        int references = _memory.Files.References[file.Value];
        for (int round = 0; round < 100; round++)
        {
            GuestTask child = Fork();
            _memory.Write(data + Page, 2, child);
            _memory.Write(shared, 2, child);
            _memory.Write(mapped, 2, child);
            _memory.Spaces.Destroy(child.Group.AddressSpace);
        }

        Assert.Equal(used, _memory.Physical.UsedFrames);
        Assert.Equal(references, _memory.Files.References[file.Value]);
        Assert.Equal((1, 2, 2), (_memory.Read(data + Page), _memory.Read(shared), _memory.Read(mapped)));
    }

    [Fact]
    public void Reservations_of_terabytes_cost_nothing()
    {
        long used = _memory.Physical.UsedFrames;
        ulong none = _memory.Map(1UL << 40, PageAccess.None);
        ulong reserved = _memory.Map(1UL << 44, flags: MapFlags.MAP_NORESERVE);
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, none + (1UL << 39), 16 * Page, PageAccess.Read | PageAccess.Write));
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, none, 1UL << 40, PageAccess.None));
        Advise(reserved, 1UL << 44, 4);
        Assert.Equal(Errno.None, _memory.Manager.Unmap(_memory.Space, reserved + (1UL << 43), 1UL << 40));
        Fork();
        Assert.Equal(Errno.None, _memory.Manager.Unmap(_memory.Space, 0, 1UL << 46));
        Assert.InRange(_memory.Physical.UsedFrames - used, 0, 2);
    }

    private GuestTask Fork()
    {
        Assert.True(_memory.Spaces.Fork(_memory.Space).TryGet(out AddressSpaceId child, out Errno error), error.ToString());
        return _memory.AddTask(100 + _memory.All.Count(), child);
    }

    private void Advise(ulong address, ulong length, int advice) =>
        Assert.Equal(Errno.None, _memory.Manager.Advise(_memory.Space, address, length, advice));
}

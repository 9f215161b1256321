using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Memory.Tests;

public sealed class SharedFileTests : IDisposable
{
    private const ulong Page = 4096;
    private const PageAccess Both = PageAccess.Read | PageAccess.Write;
    private readonly MemoryFixture _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Shared_and_private_mappings_of_a_file_show_one_frame_until_a_private_one_writes()
    {
        FileId file = _memory.Files.Add(new byte[2 * (int)Page], OpenFlags.O_RDWR);
        ulong shared = _memory.Map(2 * Page, Both, MapFlags.MAP_SHARED, file: file);
        ulong copy = _memory.Map(2 * Page, Both, MapFlags.MAP_PRIVATE, file: file);
        long used = _memory.Physical.UsedFrames;
        Assert.Equal((0, 0), (_memory.Read(shared), _memory.Read(copy)));
        Assert.Equal(1, _memory.Physical.UsedFrames - used - 3); // three page tables for the first pages that are touched
        _memory.Write(shared, 5);
        Assert.Equal(5, _memory.Read(copy));
        _memory.Write(copy, 6);
        Assert.Equal((5, 6), (_memory.Read(shared), _memory.Read(copy)));
    }

    [Fact]
    public void The_first_store_to_each_shared_page_is_announced()
    {
        FileId file = _memory.Files.Add(new byte[3 * (int)Page], OpenFlags.O_RDWR);
        ulong address = _memory.Map(3 * Page, Both, MapFlags.MAP_SHARED, file: file);
        _memory.Read(address);
        Assert.Empty(_memory.Files.Writes);
        _memory.Write(address, 1);
        _memory.Write(address + 1, 1);
        _memory.Write(address + (2 * Page), 1);
        Assert.Equal([(file.Value, 0), (file.Value, 2)], _memory.Files.Writes);
        _memory.Services.Mappings.ProtectPages(file.Value, 0, 1);
        _memory.Write(address, 2);
        _memory.Write(address + (2 * Page), 2);
        Assert.Equal((file.Value, 0L), _memory.Files.Writes[^1]);
        Assert.Equal(3, _memory.Files.Writes.Count);
    }

    [Fact]
    public void A_page_that_has_no_room_in_its_file_is_a_bus_error()
    {
        FileId file = _memory.Files.Add(new byte[(int)Page], OpenFlags.O_RDWR);
        ulong address = _memory.Map(Page, Both, MapFlags.MAP_SHARED, file: file);
        _memory.Files.WriteError = Errno.ENOSPC;
        Assert.Equal(FaultOutcome.BeyondFile, _memory.Access(address, PageAccess.Write));
        Assert.Equal(FaultOutcome.Mapped, _memory.Access(address, PageAccess.Read));
        Assert.Equal(FaultOutcome.BeyondFile, _memory.Access(address, PageAccess.Write));
    }

    [Fact]
    public void Pages_cut_off_go_from_every_space_and_copies_where_asked()
    {
        FileId file = _memory.Files.Add(new byte[4 * (int)Page], OpenFlags.O_RDWR);
        ulong shared = _memory.Map(4 * Page, Both, MapFlags.MAP_SHARED, file: file);
        ulong copy = _memory.Map(3 * Page, Both, MapFlags.MAP_PRIVATE, file: file, offset: (long)Page);
        for (ulong i = 0; i < 4; i++)
            _memory.Write(shared + (i * Page), 1);
        _memory.Write(copy, 2);
        _memory.Read(copy + Page);
        _memory.Services.Mappings.UnmapPages(file.Value, 1, long.MaxValue, copies: false);
        Assert.Equal(2, _memory.Spaces.GetUse(_memory.Space).Resident);
        Assert.Equal(2, _memory.Read(copy));
        _memory.Services.Mappings.UnmapPages(file.Value, 1, long.MaxValue, copies: true);
        Assert.Equal(1, _memory.Spaces.GetUse(_memory.Space).Resident);
    }

    [Fact]
    public void What_was_opened_for_reading_never_becomes_writable_in_a_shared_mapping()
    {
        FileId file = _memory.Files.Add(new byte[(int)Page]);
        ulong address = _memory.Map(Page, PageAccess.Read, MapFlags.MAP_SHARED, file: file);
        Assert.Equal(Errno.EACCES, _memory.Manager.Protect(_memory.Space, address, Page, Both));
        Assert.Equal(Errno.EACCES, _memory.TryMap(Page, Both, MapFlags.MAP_SHARED, file: file).Error);
    }

    [Fact]
    public void Pages_that_are_in_memory_are_mapped_with_their_neighbour()
    {
        FileId file = _memory.Files.Add(new byte[64 * (int)Page]);
        ulong first = _memory.Map(64 * Page, PageAccess.Read, file: file);
        for (ulong i = 0; i < 64; i += 2)
            _memory.Read(first + (i * Page));
        long before = _memory.Spaces.GetUse(_memory.Space).Resident;
        Assert.Equal(32, before);
        ulong second = _memory.Map(64 * Page, PageAccess.Read, file: file);
        _memory.Read(second);
        Assert.InRange(_memory.Spaces.GetUse(_memory.Space).Resident - before, 2, 9);
    }

    [Fact]
    public void Locks_count_and_are_not_inherited()
    {
        _memory.Task.Group.Limits[8] = new(4 * Page, 4 * Page);
        _memory.Task.Credentials = Kpio.Contracts.Process.Credentials.Of(1000, 1000);
        ulong address = _memory.Map(8 * Page);
        PageResidence residence = _memory.Services.Residence;
        Assert.Equal(Errno.None, residence.Lock(_memory.Space, address, 4 * Page, onFault: false));
        Assert.Equal(4, _memory.Spaces.GetUse(_memory.Space).Resident);
        Assert.Equal(Errno.None, residence.Lock(_memory.Space, address, 4 * Page, onFault: false));
        Assert.Equal(Errno.ENOMEM, residence.Lock(_memory.Space, address + Page, 4 * Page, onFault: false));
        Assert.Equal(Errno.EAGAIN, _memory.TryMap(Page, flags: MapFlags.MAP_LOCKED).Error);
        Assert.Equal(Errno.EINVAL, _memory.Manager.Advise(_memory.Space, address, Page, 4));
        Assert.Equal(Errno.None, residence.Unlock(_memory.Space, address, 2 * Page));
        Assert.Equal(Errno.None, residence.Lock(_memory.Space, address + (6 * Page), 2 * Page, onFault: true));
        Assert.Equal(4, _memory.Spaces.GetUse(_memory.Space).Resident);
        _memory.Spaces.Fork(_memory.Space).TryGet(out AddressSpaceId child, out _);
        Assert.DoesNotContain(_memory.Spaces.GetRegions(child), region => (region.Flags & MapFlags.MAP_LOCKED) != 0);
        Assert.Equal(Errno.None, residence.LockAll(_memory.Space, 0));
        Assert.DoesNotContain(_memory.Spaces.GetRegions(_memory.Space), region => (region.Flags & MapFlags.MAP_LOCKED) != 0);
    }
}

using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Memory.Tests;

public sealed class MapTests : IDisposable
{
    private const ulong Page = 4096;
    private readonly MemoryFixture _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Mappings_go_downwards_and_join()
    {
        ulong first = _memory.Map(Page);
        ulong second = _memory.Map(2 * Page);
        Assert.Equal(MemoryFixture.Top - Page, first);
        Assert.Equal(first - (2 * Page), second);
        Assert.Equal("-3..0:rw-", _memory.Layout());
    }

    [Fact]
    public void Other_protection_or_flags_do_not_join()
    {
        _memory.Map(Page);
        _memory.Map(Page, PageAccess.Read);
        _memory.Map(Page, PageAccess.Read, MapFlags.MAP_NORESERVE);
        _memory.Map(Page, PageAccess.Read, MapFlags.MAP_NORESERVE | MapFlags.MAP_STACK);
        Assert.Equal("-4..-2:r-- -2..-1:r-- -1..0:rw-", _memory.Layout());
    }

    [Fact]
    public void A_gap_is_filled_from_above()
    {
        ulong address = _memory.Map(10 * Page);
        Assert.Equal(Errno.None, _memory.Manager.Unmap(_memory.Space, address + (2 * Page), 3 * Page));
        Assert.Equal("-10..-8:rw- -5..0:rw-", _memory.Layout());
        Assert.Equal(address + (4 * Page), _memory.Map(Page));
        Assert.Equal(address + (2 * Page), _memory.Map(2 * Page));
        Assert.Equal("-10..0:rw-", _memory.Layout());
    }

    [Fact]
    public void A_hint_is_followed_where_it_is_free()
    {
        Assert.Equal(0x5000_0000UL, _memory.Map(Page, address: 0x5000_0000));
        Assert.Equal(MemoryFixture.Top - Page, _memory.Map(Page, address: 0x5000_0000));
        Assert.Equal(0x6000_0000UL, _memory.Map(Page, address: 0x6000_0123));
    }

    [Fact]
    public void Fixed_replaces_and_noreplace_does_not()
    {
        ulong address = _memory.Map(4 * Page);
        _memory.Write(address + Page, 7);
        Assert.Equal(Errno.EEXIST, _memory.TryMap(Page, flags: MapFlags.MAP_FIXED_NOREPLACE, address: address + Page).Error);
        Assert.Equal(7, _memory.Read(address + Page));
        Assert.Equal(address + Page, _memory.Map(Page, PageAccess.Read, MapFlags.MAP_FIXED, address + Page));
        Assert.Equal(0, _memory.Read(address + Page));
        Assert.Equal("-4..-3:rw- -3..-2:r-- -2..0:rw-", _memory.Layout());
    }

    [Theory]
    [InlineData(0, MapFlags.MAP_PRIVATE, 0, Errno.EINVAL)]
    [InlineData(4096, MapFlags.None, 0, Errno.EINVAL)]
    [InlineData(4096, MapFlags.MAP_PRIVATE | MapFlags.MAP_FIXED, 0x5000_0001, Errno.EINVAL)]
    [InlineData(4096, MapFlags.MAP_PRIVATE | MapFlags.MAP_FIXED, 0x7FFF_FFFF_F000, Errno.ENOMEM)]
    [InlineData(4096, MapFlags.MAP_PRIVATE | MapFlags.MAP_HUGETLB, 0, Errno.ENOMEM)]
    [InlineData(-1, MapFlags.MAP_PRIVATE, 0, Errno.ENOMEM)]
    [InlineData(0x8000_0000_0000, MapFlags.MAP_PRIVATE | MapFlags.MAP_NORESERVE, 0, Errno.ENOMEM)]
    [InlineData(1L << 30, MapFlags.MAP_PRIVATE, 0, Errno.ENOMEM)]
    public void Bad_requests_get_linux_s_error(long length, MapFlags flags, long address, Errno expected)
    {
        Result<ulong> result = _memory.Manager.Map(
            _memory.Space, new MapRequest((ulong)address, (ulong)length, PageAccess.Read | PageAccess.Write, flags | MapFlags.MAP_ANONYMOUS));
        Assert.Equal(expected, result.Error);
        Assert.Equal("", _memory.Layout());
    }

    [Fact]
    public void Reservations_cost_nothing()
    {
        // What Go and the sanitizers do at start: far more than the machine has.
        ulong address = _memory.Map(1UL << 40, PageAccess.None);
        Assert.Equal(FaultOutcome.AccessDenied, _memory.Access(address, PageAccess.Read));
        _memory.Map(1UL << 32, PageAccess.Read | PageAccess.Write, MapFlags.MAP_NORESERVE);
        long before = _memory.Physical.UsedFrames;
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, address, 16 * Page, PageAccess.Read | PageAccess.Write));
        _memory.Write(address, 1);
        Assert.InRange(_memory.Physical.UsedFrames - before, 1, 5);
    }

    [Fact]
    public void Memory_is_zero_and_comes_on_demand()
    {
        long before = _memory.Physical.UsedFrames;
        ulong address = _memory.Map(1000 * Page);
        Assert.Equal(before, _memory.Physical.UsedFrames);
        Assert.Equal(0, _memory.Read(address + (500 * Page)));
        _memory.Write(address + (500 * Page) + 5, 9);
        Assert.Equal(9, _memory.Read(address + (500 * Page) + 5));
        Assert.Equal(1, _memory.Spaces.GetUse(_memory.Space).Resident);
        Assert.Equal(1000, _memory.Spaces.GetUse(_memory.Space).Mapped);
    }

    [Fact]
    public void Use_in_order_brings_several_pages_at_a_fault()
    {
        ulong address = _memory.Map(256 * Page);
        int faults = 0;
        for (ulong i = 0; i < 256; i++)
        {
            (long minor, _) = _memory.Task.PageFaults;
            _memory.Write(address + (i * Page), 1);
            faults += (int)(_memory.Task.PageFaults.Minor - minor);
        }

        Assert.InRange(faults, 2, 20);
        Assert.Equal(256, _memory.Spaces.GetUse(_memory.Space).Resident);
    }

    [Fact]
    public void Unmapping_gives_the_memory_back()
    {
        ulong address = _memory.Map(100 * Page);
        for (ulong i = 0; i < 100; i++)
            _memory.Write(address + (i * Page), 1);
        long used = _memory.Physical.UsedFrames;
        Assert.Equal(Errno.None, _memory.Manager.Unmap(_memory.Space, address + (10 * Page), 50 * Page));
        Assert.Equal(used - 50, _memory.Physical.UsedFrames);
        Assert.Equal(50, _memory.Spaces.GetUse(_memory.Space).Resident);
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(address + (10 * Page), PageAccess.Read));
        Assert.Equal(1, _memory.Read(address + (9 * Page)));
        Assert.Equal(1, _memory.Read(address + (60 * Page)));
        Assert.Equal(Errno.EINVAL, _memory.Manager.Unmap(_memory.Space, address + 1, Page));
        Assert.Equal(Errno.EINVAL, _memory.Manager.Unmap(_memory.Space, address, 0));
    }

    [Fact]
    public void Protection_splits_and_joins_and_acts_at_once()
    {
        ulong address = _memory.Map(4 * Page);
        _memory.Write(address + Page, 5);
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, address + Page, Page, PageAccess.Read));
        Assert.Equal("-4..-3:rw- -3..-2:r-- -2..0:rw-", _memory.Layout());
        Assert.Equal(FaultOutcome.AccessDenied, _memory.Access(address + Page, PageAccess.Write));
        Assert.Equal(5, _memory.Read(address + Page));
        Assert.Equal(FaultOutcome.AccessDenied, _memory.Access(address + Page, PageAccess.Execute));
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, address + Page, Page, PageAccess.None));
        Assert.Equal(FaultOutcome.AccessDenied, _memory.Access(address + Page, PageAccess.Read));
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, address + Page, Page, PageAccess.Read | PageAccess.Write));
        Assert.Equal("-4..0:rw-", _memory.Layout());
        _memory.Write(address + Page, 6);
    }

    [Fact]
    public void Protection_up_to_a_gap_acts_and_is_enomem()
    {
        ulong address = _memory.Map(4 * Page);
        _memory.Manager.Unmap(_memory.Space, address + (2 * Page), Page);
        Assert.Equal(Errno.ENOMEM, _memory.Manager.Protect(_memory.Space, address, 4 * Page, PageAccess.Read));
        Assert.Equal("-4..-2:r-- -1..0:rw-", _memory.Layout());
    }

    [Fact]
    public void The_low_two_gigabytes_can_be_asked_for()
    {
        Assert.Equal(0x4000_0000UL, _memory.Map(Page, flags: MapFlags.MAP_32BIT));
        Assert.Equal(0x4000_1000UL, _memory.Map(Page, flags: MapFlags.MAP_32BIT));
    }

    [Fact]
    public void File_pages_are_private_copies()
    {
        byte[] content = new byte[6000];
        new System.Random(1).NextBytes(content);
        FileId file = _memory.Files.Add(content);
        ulong address = _memory.Map(2 * Page, flags: MapFlags.MAP_PRIVATE, file: file);
        Assert.Equal(content[10], _memory.Read(address + 10));
        Assert.Equal(content[5999], _memory.Read(address + 5999));
        Assert.Equal(0, _memory.Read(address + 6000));
        _memory.Write(address + 10, (byte)~content[10]);
        Assert.Equal((byte)~content[10], _memory.Read(address + 10));
        Assert.Equal(2, _memory.Files.References[file.Value]);
    }

    [Fact]
    public void Behind_a_file_s_end_is_sigbus()
    {
        FileId file = _memory.Files.Add(new byte[100]);
        ulong address = _memory.Map(3 * Page, PageAccess.Read, MapFlags.MAP_SHARED, file: file);
        Assert.Equal(0, _memory.Read(address + 4095));
        Assert.Equal(FaultOutcome.BeyondFile, _memory.Access(address + Page, PageAccess.Read));
    }

    [Fact]
    public void A_program_segment_shows_zeros_behind_its_file_part()
    {
        byte[] content = new byte[3 * 4096];
        Array.Fill(content, (byte)7);
        FileId file = _memory.Files.Add(content);
        ulong address = _memory.Map(3 * Page, file: file, flags: MapFlags.MAP_PRIVATE, fileLength: 5000);
        Assert.Equal(7, _memory.Read(address + 4999));
        Assert.Equal(0, _memory.Read(address + 5000));
        Assert.Equal(0, _memory.Read(address + (2 * Page)));
    }

    [Fact]
    public void References_to_files_follow_the_regions()
    {
        FileId file = _memory.Files.Add(new byte[10 * 4096]);
        ulong address = _memory.Map(10 * Page, PageAccess.Read, MapFlags.MAP_PRIVATE, file: file);
        Assert.Equal(2, _memory.Files.References[file.Value]);
        _memory.Manager.Protect(_memory.Space, address + (3 * Page), Page, PageAccess.None);
        Assert.Equal(4, _memory.Files.References[file.Value]);
        _memory.Manager.Protect(_memory.Space, address + (3 * Page), Page, PageAccess.Read);
        Assert.Equal(2, _memory.Files.References[file.Value]);
        _memory.Manager.Unmap(_memory.Space, address + (4 * Page), Page);
        Assert.Equal(3, _memory.Files.References[file.Value]);
        _memory.Spaces.Destroy(_memory.Space);
        Assert.Equal(1, _memory.Files.References[file.Value]);
    }

    [Theory]
    [InlineData(OpenFlags.O_WRONLY, FileKind.Regular, MapFlags.MAP_PRIVATE, PageAccess.Read, Errno.EACCES)]
    [InlineData(OpenFlags.O_RDONLY, FileKind.Regular, MapFlags.MAP_SHARED, PageAccess.Read | PageAccess.Write, Errno.EACCES)]
    [InlineData(OpenFlags.O_RDONLY, FileKind.Directory, MapFlags.MAP_PRIVATE, PageAccess.Read, Errno.ENODEV)]
    [InlineData(OpenFlags.O_RDONLY, FileKind.Fifo, MapFlags.MAP_PRIVATE, PageAccess.Read, Errno.ENODEV)]
    [InlineData(OpenFlags.O_PATH, FileKind.Regular, MapFlags.MAP_PRIVATE, PageAccess.Read, Errno.EBADF)]
    public void Files_are_mapped_only_as_they_were_opened(OpenFlags flags, FileKind kind, MapFlags map, PageAccess access, Errno expected)
    {
        FileId file = _memory.Files.Add(new byte[10], flags, kind);
        Assert.Equal(expected, _memory.TryMap(Page, access, map, file: file).Error);
        Assert.Equal(1, _memory.Files.References[file.Value]);
    }

    [Fact]
    public void Limits_of_the_process_count()
    {
        _memory.Task.Group.Limits[9] = new ResourceLimit(100 * Page, 100 * Page);
        _memory.Map(90 * Page);
        Assert.Equal(Errno.ENOMEM, _memory.TryMap(20 * Page).Error);
        _memory.Map(10 * Page);
        _memory.Task.Group.Limits[9] = new ResourceLimit(ResourceLimit.Infinity, ResourceLimit.Infinity);
        _memory.Task.Group.Limits[2] = new ResourceLimit(110 * Page, 110 * Page);
        Assert.Equal(Errno.ENOMEM, _memory.TryMap(20 * Page).Error);
        _memory.Map(20 * Page, PageAccess.Read);
    }

    [Fact]
    public void A_program_that_uses_what_it_asks_for_meets_enomem()
    {
        ulong mapped = 0;
        while (_memory.TryMap(1 << 20).TryGet(out ulong address, out Errno error))
        {
            for (ulong offset = 0; offset < 1 << 20; offset += Page)
                Assert.Equal(FaultOutcome.Mapped, _memory.Access(address + offset, PageAccess.Write));
            mapped++;
            Assert.True(mapped < 64, "there is more memory than the machine has");
        }

        Assert.InRange(mapped, 60UL, 63UL);
    }

    [Fact]
    public void Memory_that_is_not_there_at_a_fault_is_the_end()
    {
        ulong address = _memory.Map(100 << 20, flags: MapFlags.MAP_NORESERVE);
        FaultOutcome outcome = FaultOutcome.Mapped;
        for (ulong offset = 0; outcome == FaultOutcome.Mapped && offset < 100 << 20; offset += Page)
            outcome = _memory.Access(address + offset, PageAccess.Write);
        Assert.Equal(FaultOutcome.OutOfMemory, outcome);
    }
}

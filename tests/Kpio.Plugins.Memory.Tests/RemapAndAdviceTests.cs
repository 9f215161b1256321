using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Tests;

public sealed class RemapAndAdviceTests : IDisposable
{
    private const ulong Page = 4096;
    private const uint MayMove = 1;
    private const uint Fixed = 2;
    private const uint DontUnmap = 4;
    private readonly MemoryFixture _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Shrinking_stays_in_place()
    {
        ulong address = _memory.Map(4 * Page);
        Assert.Equal(address, Remap(address, 4 * Page, Page, 0));
        Assert.Equal("-4..-3:rw-", _memory.Layout());
    }

    [Fact]
    public void Growing_takes_the_room_that_is_there()
    {
        ulong address = _memory.Map(4 * Page);
        _memory.Manager.Unmap(_memory.Space, address + Page, 3 * Page);
        _memory.Write(address, 8);
        Assert.Equal(address, Remap(address, Page, 3 * Page, 0));
        Assert.Equal(8, _memory.Read(address));
        Assert.Equal("-4..-1:rw-", _memory.Layout());
    }

    [Fact]
    public void Growing_moves_when_it_may_and_only_then()
    {
        _memory.Map(Page, PageAccess.Read);
        ulong address = _memory.Map(2 * Page);
        _memory.Write(address + Page, 4);
        Assert.Equal(Errno.ENOMEM, _memory.Manager.Remap(_memory.Space, address, 2 * Page, 5 * Page, 0, 0).Error);
        ulong moved = Remap(address, 2 * Page, 5 * Page, MayMove);
        Assert.NotEqual(address, moved);
        Assert.Equal(4, _memory.Read(moved + Page));
        Assert.Equal(0, _memory.Read(moved + (4 * Page)));
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(address, PageAccess.Read));
    }

    [Fact]
    public void A_fixed_target_is_replaced()
    {
        ulong address = _memory.Map(2 * Page);
        _memory.Write(address, 1);
        _memory.Map(4 * Page, PageAccess.Read, MapFlags.MAP_FIXED, 0x5000_0000);
        Assert.Equal(0x5000_1000UL, Remap(address, 2 * Page, 2 * Page, MayMove | Fixed, 0x5000_1000));
        Assert.Equal(1, _memory.Read(0x5000_1000));
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(address, PageAccess.Read));
        Assert.Equal(Errno.EINVAL, _memory.Manager.Remap(_memory.Space, 0x5000_1000, 2 * Page, 2 * Page, MayMove | Fixed, 0x5000_2000).Error);
    }

    [Fact]
    public void Dontunmap_leaves_an_empty_mapping_behind()
    {
        ulong address = _memory.Map(Page);
        _memory.Write(address, 1);
        ulong moved = Remap(address, Page, Page, MayMove | DontUnmap);
        Assert.Equal(1, _memory.Read(moved));
        Assert.Equal(0, _memory.Read(address));
    }

    [Fact]
    public void A_part_of_a_mapping_moves_alone()
    {
        ulong address = _memory.Map(5 * Page);
        _memory.Write(address + (2 * Page), 6);
        ulong moved = Remap(address + (2 * Page), Page, 2 * Page, MayMove);
        Assert.Equal(6, _memory.Read(moved));
        Assert.Equal(FaultOutcome.NotMapped, _memory.Access(address + (2 * Page), PageAccess.Read));
        Assert.Equal(0, _memory.Read(address + (3 * Page)));
    }

    [Theory]
    [InlineData(1, 4096, 4096, 0, Errno.EINVAL)]
    [InlineData(0, 4096, 0, 0, Errno.EINVAL)]
    [InlineData(0, 4096, 4096, Fixed, Errno.EINVAL)]
    [InlineData(0, 4096, 4096, 8, Errno.EINVAL)]
    [InlineData(0, 16 * 4096, 20 * 4096, MayMove, Errno.EFAULT)]
    public void Bad_requests_get_linux_s_error(ulong offset, ulong oldLength, ulong newLength, uint flags, Errno expected)
    {
        ulong address = _memory.Map(Page);
        Assert.Equal(expected, _memory.Manager.Remap(_memory.Space, address + offset, oldLength, newLength, flags, 0x5000_0000).Error);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void Dropped_pages_are_zero_again_and_given_back(int advice)
    {
        ulong address = _memory.Map(4 * Page);
        for (ulong i = 0; i < 4; i++)
            _memory.Write(address + (i * Page), 5);
        long used = _memory.Physical.UsedFrames;
        Assert.Equal(Errno.None, _memory.Manager.Advise(_memory.Space, address + Page, 2 * Page, advice));
        Assert.Equal(used - 2, _memory.Physical.UsedFrames);
        Assert.Equal([5, 0, 0, 5], Enumerable.Range(0, 4).Select(i => (int)_memory.Read(address + ((ulong)i * Page))));
    }

    [Fact]
    public void Dropped_pages_of_a_file_are_read_again()
    {
        FileId file = _memory.Files.Add([1, 2, 3]);
        ulong address = _memory.Map(Page, flags: MapFlags.MAP_PRIVATE, file: file);
        _memory.Write(address, 9);
        Assert.Equal(Errno.EINVAL, _memory.Manager.Advise(_memory.Space, address, Page, 8));
        Assert.Equal(Errno.None, _memory.Manager.Advise(_memory.Space, address, Page, 4));
        Assert.Equal(1, _memory.Read(address));
    }

    [Theory]
    [InlineData(0, 4096, 0, Errno.None)]
    [InlineData(0, 0, 4, Errno.None)]
    [InlineData(1, 4096, 4, Errno.EINVAL)]
    [InlineData(0, 4096, 5, Errno.EINVAL)]
    [InlineData(0, 4096, 100, Errno.EINVAL)]
    [InlineData(0, 8192, 4, Errno.ENOMEM)]
    [InlineData(0, -1, 4, Errno.EINVAL)]
    [InlineData(0, 4096, 14, Errno.None)]
    [InlineData(0, 4096, 22, Errno.None)]
    [InlineData(0, 4096, 23, Errno.None)]
    public void Advice_is_checked_as_linux_does(ulong offset, long length, int advice, Errno expected)
    {
        ulong address = _memory.Map(Page);
        Assert.Equal(expected, _memory.Manager.Advise(_memory.Space, address + offset, (ulong)length, advice));
    }

    private ulong Remap(ulong address, ulong oldLength, ulong newLength, uint flags, ulong target = 0)
    {
        Result<ulong> result = _memory.Manager.Remap(_memory.Space, address, oldLength, newLength, flags, target);
        Assert.Equal(Errno.None, result.Error);
        return result.ValueOrDefault;
    }
}

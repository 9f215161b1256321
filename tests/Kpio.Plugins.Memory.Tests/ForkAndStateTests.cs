using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Tests;

public sealed class ForkAndStateTests : IDisposable
{
    private const ulong Page = 4096;
    private readonly MemoryFixture _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void A_fork_shares_until_one_side_writes()
    {
        ulong address = _memory.Map(10 * Page);
        for (ulong i = 0; i < 10; i++)
            _memory.Write(address + (i * Page), (byte)i);
        long used = _memory.Physical.UsedFrames;
        GuestTask child = Fork();
        Assert.InRange(_memory.Physical.UsedFrames - used, 0, 8);
        _memory.Write(address, 100);
        _memory.Write(address + Page, 101, child);
        Assert.Equal((100, 0), (_memory.Read(address), _memory.Read(address, child)));
        Assert.Equal((1, 101), (_memory.Read(address + Page), _memory.Read(address + Page, child)));
        Assert.Equal(5, _memory.Read(address + (5 * Page), child));
    }

    [Fact]
    public void The_last_user_of_a_page_writes_without_a_copy()
    {
        ulong address = _memory.Map(Page);
        _memory.Write(address, 1);
        GuestTask child = Fork();
        _memory.Spaces.Destroy(child.Group.AddressSpace);
        long used = _memory.Physical.UsedFrames;
        _memory.Write(address, 2);
        Assert.Equal(used, _memory.Physical.UsedFrames);
    }

    [Fact]
    public void Shared_memory_stays_shared()
    {
        ulong address = _memory.Map(4 * Page, flags: MapFlags.MAP_SHARED);
        _memory.Write(address, 1);
        GuestTask child = Fork();
        _memory.Write(address, 2);
        Assert.Equal(2, _memory.Read(address, child));
        _memory.Write(address + Page, 3, child);
        Assert.Equal(3, _memory.Read(address + Page));
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, address, Page, PageAccess.Read));
        Assert.Equal(Errno.None, _memory.Manager.Protect(_memory.Space, address, Page, PageAccess.Read | PageAccess.Write));
        _memory.Write(address, 4);
        Assert.Equal(4, _memory.Read(address, child));
    }

    [Fact]
    public void Shared_memory_goes_with_its_last_mapping()
    {
        long used = _memory.Physical.UsedFrames;
        ulong address = _memory.Map(8 * Page, flags: MapFlags.MAP_SHARED);
        for (ulong i = 0; i < 8; i++)
            _memory.Write(address + (i * Page), 1);
        GuestTask child = Fork();
        _memory.Manager.Unmap(_memory.Space, address, 8 * Page);
        Assert.Equal(1, _memory.Read(address + (7 * Page), child));
        _memory.Spaces.Destroy(child.Group.AddressSpace);
        Assert.InRange(_memory.Physical.UsedFrames - used, 0, 3);
    }

    [Fact]
    public void A_successor_takes_everything_over()
    {
        FileId file = _memory.Files.Add([9, 8, 7]);
        ulong text = _memory.Map(Page, PageAccess.Read, MapFlags.MAP_PRIVATE, file: file);
        ulong data = _memory.Map(4 * Page);
        ulong shared = _memory.Map(2 * Page, flags: MapFlags.MAP_SHARED);
        _memory.Manager.SetBreak(_memory.Space, 0x100_0000 + 500, 1 << 20);
        _memory.Write(data, 1);
        _memory.Write(shared, 2);
        GuestTask child = Fork();
        string layout = _memory.Layout();
        MemoryUse use = _memory.Spaces.GetUse(_memory.Space);

        Assert.Equal(Errno.None, _memory.Swap());

        Assert.Equal(layout, _memory.Layout());
        Assert.Equal(use, _memory.Spaces.GetUse(_memory.Space));
        Assert.Equal(0x100_0000UL + 500, _memory.Manager.SetBreak(_memory.Space, 0, 1 << 20));
        Assert.Equal((9, 1, 2), (_memory.Read(text), _memory.Read(data), _memory.Read(shared)));
        _memory.Write(shared + Page, 5);
        Assert.Equal(5, _memory.Read(shared + Page, child));
        _memory.Write(data, 3);
        Assert.Equal(1, _memory.Read(data, child));
        Assert.Equal(3, _memory.Files.References[file.Value]);
    }

    [Fact]
    public void State_of_another_shape_is_refused()
    {
        MemoryState state = _memory.Spaces.Capture();
        Assert.Equal(Errno.EINVAL, _memory.Spaces.Restore(state with { Version = 99 }));
    }

    [Fact]
    public void A_loader_writes_whatever_the_protection()
    {
        ulong address = _memory.Map(2 * Page, PageAccess.Read | PageAccess.Execute);
        byte[] code = [1, 2, 3, 4];
        Assert.Equal(Errno.None, _memory.Spaces.Write(_memory.Space, address + Page - 2, code));
        Assert.Equal(2, _memory.Read(address + Page - 1));
        Assert.Equal(3, _memory.Read(address + Page));
        Assert.Equal(Errno.EFAULT, _memory.Spaces.Write(_memory.Space, 0x5000_0000, code));
        Assert.Equal(FaultOutcome.AccessDenied, _memory.Access(address, PageAccess.Write));
    }

    private GuestTask Fork()
    {
        Assert.True(_memory.Spaces.Fork(_memory.Space).TryGet(out AddressSpaceId space, out _));
        return _memory.AddTask(3, space);
    }
}

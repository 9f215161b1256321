using System.Globalization;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Platform.X64.Tests;

/// <summary>Machines share a snapshot's frames, and none sees what another writes.</summary>
public sealed class FrameStoreTests
{
    private const long MemoryBytes = 1L << 30;
    private static readonly FrameNumber First = new(1);
    private static readonly FrameNumber Second = new(2);

    [Theory]
    [InlineData(0)]
    [InlineData(FrameStore.UsualLeast)]
    public void WhatOneMachineWritesNoOtherSees(int leastShared)
    {
        MemoryImage image = Image();
        var store = new FrameStore(MemoryBytes, image, leastShared);
        using X64Machine one = Restore(store, image), other = Restore(store, image);
        one.PhysicalMemory.GetSpan(First).Fill(9);
        one.PhysicalMemory.Release(First);
        Assert.True(one.PhysicalMemory.Allocate().TryGet(out FrameNumber again, out _) && again == First);
        Assert.True(one.PhysicalMemory.GetReadOnlySpan(again).IndexOfAnyExcept((byte)0) < 0);
        Assert.True(one.PhysicalMemory.Allocate().TryGet(out FrameNumber fresh, out _));
        one.PhysicalMemory.GetSpan(fresh).Fill(8);
        one.PhysicalMemory.AddReference(Second);
        Check(other.PhysicalMemory);
        using X64Machine third = Restore(store, image);
        Check(third.PhysicalMemory);
        store.Dispose();
        Check(third.PhysicalMemory);
        Assert.Equal(5, image.Frames[1]![0]);
        Assert.Equal(8, one.PhysicalMemory.GetReadOnlySpan(fresh)[0]);
        Assert.Equal(2, one.PhysicalMemory.ReferenceCount(Second));

        static void Check(IPhysicalMemory memory)
        {
            Assert.Equal(2, memory.UsedFrames);
            Assert.True(memory.GetReadOnlySpan(First).IndexOfAnyExcept((byte)5) < 0);
            Assert.True(memory.GetReadOnlySpan(Second).IndexOfAnyExcept((byte)0) < 0);
            Assert.Equal((1, 1, 0), (memory.ReferenceCount(First), memory.ReferenceCount(Second), memory.ReferenceCount(new FrameNumber(3))));
            Assert.True(memory.Allocate().TryGet(out FrameNumber fresh, out _) && fresh == new FrameNumber(3));
            Assert.True(memory.GetReadOnlySpan(fresh).IndexOfAnyExcept((byte)0) < 0);
            memory.Release(fresh);
            memory.Allocate();
            memory.Release(fresh);
        }
    }

    /// <summary>An image is looked at however it comes, and a store serves its own alone.</summary>
    [Fact]
    public void ImageThatCannotBeIsRefused()
    {
        MemoryImage image = Image(), wrong = new() { NextFrame = 2, Free = [1], References = [0, 1], Frames = [null, null] };
        using var store = new FrameStore(MemoryBytes, image, 0);
        using var bad = new FrameStore(MemoryBytes, wrong, 0);
        using var small = new FrameStore(16 * FrameNumber.Size, new() { NextFrame = 40, Free = [], References = new int[40], Frames = new byte[]?[40] }, 0);
        for (int i = 0; i < 2; i++)
        {
            using var machine = new X64Machine(bad, static _ => { });
            Assert.Equal(Errno.EINVAL, ((IMemorySnapshots)machine.PhysicalMemory).Restore(wrong, [], []));
            using var other = new X64Machine(store, static _ => { });
            Assert.Equal(Errno.EBUSY, ((IMemorySnapshots)other.PhysicalMemory).Restore(Image(), [], [First, Second]));
            using var tiny = new X64Machine(small, static _ => { });
            Assert.Equal(Errno.ENOMEM, ((IMemorySnapshots)tiny.PhysicalMemory).Restore(small.Image, [], []));
        }
    }

    [Fact]
    public void MachinesGiveTheirMemoryBack()
    {
        if (!OperatingSystem.IsLinux())
            return;
        MemoryImage image = Image();
        Run(10);
        long before = AddressSpaceBytes();
        Run(200);
        Assert.InRange(AddressSpaceBytes() - before, long.MinValue, 20 * MemoryBytes);

        void Run(int count)
        {
            for (int i = 0; i < count; i++)
            {
                using var store = new FrameStore(MemoryBytes, image, 0);
                using X64Machine machine = Restore(store, image);
                machine.PhysicalMemory.GetSpan(First)[0] = 1;
            }
        }

        static long AddressSpaceBytes() =>
            4096 * long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private static MemoryImage Image()
    {
        byte[] content = new byte[FrameNumber.Size];
        content.AsSpan().Fill(5);
        return new MemoryImage { NextFrame = 3, Free = [], References = [0, 1, 1], Frames = [null, content, null] };
    }

    private static X64Machine Restore(FrameStore store, MemoryImage image)
    {
        var machine = new X64Machine(store, static _ => { });
        Assert.Equal(Errno.None, ((IMemorySnapshots)machine.PhysicalMemory).Restore(image, [], [First, Second]));
        return machine;
    }
}

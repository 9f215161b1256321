using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Platform.X64.Tests;

/// <summary>Memory that one machine leaves to the next, which sees nothing of what was in it.</summary>
public sealed class MemoryPoolTests
{
    private const long MemoryBytes = 64 << 20;

    [Fact]
    public void TheNextMachineSeesNothingOfTheOneBefore()
    {
        using var pool = new MemoryPool();
        for (int round = 0; round < 3; round++)
        {
            using X64Machine machine = new(MemoryBytes, static _ => { }, pool);
            IPhysicalMemory memory = machine.PhysicalMemory;
            Assert.Equal(0, memory.UsedFrames);
            for (uint frame = 1; frame <= 100 * (round + 1); frame++)
            {
                Assert.Equal(0, memory.ReferenceCount(new FrameNumber(frame)));
                Assert.True(memory.Allocate().TryGet(out FrameNumber made, out _) && made.Value == frame);
                Assert.True(memory.GetReadOnlySpan(made).IndexOfAnyExcept((byte)0) < 0);
                memory.GetSpan(made).Fill(0xEE);
                if (frame % 3 == 0)
                    memory.AddReference(made);
            }
        }

        Assert.Equal(1, pool.Count);
    }

    [Fact]
    public void ASnapshotIsPutOverWhatWasThere()
    {
        using var pool = new MemoryPool();
        using (X64Machine before = new(MemoryBytes, static _ => { }, pool))
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.True(before.PhysicalMemory.Allocate().TryGet(out FrameNumber made, out _));
                before.PhysicalMemory.GetSpan(made).Fill(0xEE);
            }
        }

        byte[] content = new byte[FrameNumber.Size];
        content.AsSpan().Fill(5);
        var image = new MemoryImage { NextFrame = 4, Free = [3], References = [0, 1, 1, 0], Frames = [null, content, null, null] };
        using var store = new FrameStore(MemoryBytes, image);
        using var machine = new X64Machine(store, static _ => { }, pool);
        Assert.Equal(0, pool.Count);
        IPhysicalMemory memory = machine.PhysicalMemory;
        Assert.Equal(Errno.None, ((IMemorySnapshots)memory).Restore(image, [], [new FrameNumber(1), new FrameNumber(2)]));
        Assert.True(memory.GetReadOnlySpan(new FrameNumber(1)).IndexOfAnyExcept((byte)5) < 0);
        Assert.True(memory.GetReadOnlySpan(new FrameNumber(2)).IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal(0, memory.ReferenceCount(new FrameNumber(3)));
        for (uint frame = 3; frame < 60; frame++)
        {
            Assert.True(memory.Allocate().TryGet(out FrameNumber made, out _) && made.Value == frame);
            Assert.True(memory.GetReadOnlySpan(made).IndexOfAnyExcept((byte)0) < 0);
        }
    }

    [Fact]
    public void WhatIsKeptIsLimitedAndGivenBack()
    {
        var pool = new MemoryPool();
        X64Machine[] machines = [.. Enumerable.Range(0, Environment.ProcessorCount + 3).Select(_ => new X64Machine(MemoryBytes, static _ => { }, pool))];
        foreach (X64Machine machine in machines)
            machine.Dispose();
        Assert.Equal(Environment.ProcessorCount, pool.Count);

        // One of another size finds none that fits; a large one is not kept.
        using (X64Machine large = new(2 * MemoryBytes, static _ => { }, pool))
        {
            Assert.Equal(Environment.ProcessorCount, pool.Count);
            for (int i = 0; i < 9000; i++)
                large.PhysicalMemory.Allocate();
            machines[0] = new X64Machine(MemoryBytes, static _ => { }, pool);
            Assert.Equal(Environment.ProcessorCount - 1, pool.Count);
        }

        Assert.Equal(Environment.ProcessorCount - 1, pool.Count);
        pool.Dispose();
        Assert.Equal(0, pool.Count);
        machines[0].Dispose();
        Assert.Equal(0, pool.Count);
    }
}

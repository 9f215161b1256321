using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.PluginKit.Tests;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Samples.EagerMemory;

/// <summary>The plugin as such: in the place of the built-in one from the start.</summary>
public sealed class EagerPluginConformance : PluginConformance
{
    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("EagerMemory");
}

/// <summary>It is a memory manager as any other.</summary>
public sealed class EagerConformance() : MemoryManagerConformance(EagerMemoryTests.Kernel())
{
    [Fact]
    public void WhatIsMappedIsThereBeforeItIsUsed()
    {
        ulong address = Map(8 * 4096);
        for (ulong page = 0; page < 8; page++)
            Assert.True(Kernel.IsPresent(address + (page * 4096), PageAccess.Write), $"page {page} comes on demand");
        ulong heap = Kernel.Memory.SetBreak(Kernel.Task.Group.AddressSpace, 0, 1 << 30);
        Kernel.Memory.SetBreak(Kernel.Task.Group.AddressSpace, heap + 20_000, 1 << 30);
        Assert.True(Kernel.IsPresent(heap + 19_999, PageAccess.Write), "the heap comes on demand");
    }

    [Fact]
    public void WhatIsOnlyReservedTakesNoMemory()
    {
        long before = Kernel.Physical.UsedFrames;
        var request = new MapRequest(0, 1UL << 40, PageAccess.None, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_NORESERVE);
        FileTestBed.Ok(Kernel.Memory.Map(Kernel.Task.Group.AddressSpace, in request));
        Assert.InRange(Kernel.Physical.UsedFrames, before, before + 4);
    }

    [Fact]
    public void MoreThanThereIsIsRefusedAtOnce()
    {
        long before = Kernel.Physical.UsedFrames;
        var request = new MapRequest(0, 1UL << 40, PageAccess.Read | PageAccess.Write, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS);
        Assert.Equal(Errno.ENOMEM, Kernel.Memory.Map(Kernel.Task.Group.AddressSpace, in request).Error);
        Assert.Equal(before, Kernel.Physical.UsedFrames);
        ulong heap = Kernel.Memory.SetBreak(Kernel.Task.Group.AddressSpace, 0, 1UL << 41);
        Assert.Equal(heap, Kernel.Memory.SetBreak(Kernel.Task.Group.AddressSpace, heap + (1UL << 40), 1UL << 41));
    }
}

/// <summary>The built-in manager passes the same tests, and gives pages when they are used: the difference is the policy alone.</summary>
public sealed class DemandConformance() : MemoryManagerConformance(new TestKernel())
{
    [Fact]
    public void PagesComeOnDemand() => Assert.False(Kernel.IsPresent(Map(4096)), "the page is there before it is used");
}

/// <summary>Programs, and a swap from the one policy to the other.</summary>
public sealed class EagerMemoryTests
{
    private static readonly PluginSource Plugin = SampleFiles.Plugin("EagerMemory");

    // Maps 100 MiB of a machine with 128 MiB twice; exit code 12 when the second time is ENOMEM, else 0.
    private static readonly byte[] Greedy = AssembledGuest.Make(static guest =>
    {
        for (int i = 0; i < 5; i++)
            guest.Call(39); // getpid
        guest.Call(9, 0, 100 << 20, 3, 0x22, -1, 0);
        guest.Call(9, 0, 100 << 20, 3, 0x22, -1, 0);
        guest.Expect(-12, 0);
        guest.Call(60, 12);
    });

    public static TestKernel Kernel() => new(new KernelFixture { Plugins = [Plugin], Options = new MachineOptions { Deterministic = true, MemoryBytes = 128 << 20 } });

    [Fact]
    public void AProgramThatAsksForTooMuchIsTold()
    {
        Assert.Equal(0, Fixture([]).Run("/run/kpio-test/guest").ExitCode);
        Assert.Equal(12, Fixture([Plugin]).Run("/run/kpio-test/guest").ExitCode);
    }

    [Fact]
    public void ThePolicyChangesWhileAProgramRuns()
    {
        GuestRun run = Fixture([], new PluginSwap(Plugin)).Run("/run/kpio-test/guest");
        Assert.Equal((12, ""), (run.ExitCode, run.ErrorText));
        Assert.Equal(("memory", new Version(1, 0)), (run.Swaps[0].Plugins[0].Name, run.Swaps[0].Plugins[0].To));
    }

    private static KernelFixture Fixture(PluginSource[] plugins, PluginSwap? swap = null) => new()
    {
        Root = Contracts.Vfs.RootKind.Empty,
        Plugins = plugins,
        Options = new MachineOptions { Deterministic = true, MemoryBytes = 128 << 20 },
        Files = new Dictionary<string, byte[]> { ["guest"] = Greedy },
        SwapAfter = swap is null ? 0 : 3,
        Swaps = swap is null ? [] : [swap],
    };
}

using System.Text;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.PluginKit.Tests;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Samples.FailingFiles;

/// <summary>The plugin as such.</summary>
public sealed class FailingPluginConformance : PluginConformance
{
    protected override PluginSource Plugin => FailingTrees.Plugin;
}

/// <summary>Without faults it is a file system as any other.</summary>
public sealed class FailingTmpFsConformance() : FileSystemConformance(FailingTrees.Open(""));

/// <summary>With latency, too, where nobody waits: the tests are no tasks.</summary>
public sealed class SlowTmpFsConformance() : FileSystemConformance(FailingTrees.Open("latency=5ms"));

/// <summary>What fails, how often, and that it is the same each time.</summary>
public sealed class FailingFilesTests
{
    // Writes 100 times ten bytes to a file, reads them back one call after the other, and prints each result's last digit: digits for bytes moved, letters for errors.
    private static readonly byte[] Guest = AssembledGuest.Make(static guest =>
    {
        const int AT_FDCWD = -100, O_RDWR = 2, O_CREAT = 0x40;
        long text = guest.Data("0123456789"u8), buffer = guest.Zeros(64);
        guest.Call(257, AT_FDCWD, guest.Data("/m/file\0"u8), O_RDWR | O_CREAT, 0x1A4);
        for (int i = 0; i < 100; i++)
            guest.Call(18, 3, text, 10, i * 10);
        for (int i = 0; i < 100; i++)
            guest.Call(17, 3, buffer, 10, i * 10);
        guest.Call(74, 3);
    });

    [Theory]
    [InlineData("eio=20%", Errno.EIO, true)]
    [InlineData("enospc=20%", Errno.ENOSPC, false)]
    public void SoManyCallsFailAndNoOthers(string options, Errno expected, bool readsToo)
    {
        TracedCall[] calls = Transfers(Run(options));
        long[] writes = [.. calls.Where(static call => call.Name == "pwrite64").Select(static call => call.Result!.Value)];
        long[] reads = [.. calls.Where(static call => call.Name == "pread64").Select(static call => call.Result!.Value)];
        Assert.InRange(writes.Count(result => result == -(long)expected), 8, 35);
        Assert.All(writes, result => Assert.True(result == 10 || result == -(long)expected, $"{result}"));
        Assert.InRange(reads.Count(result => result == -(long)expected), readsToo ? 8 : 0, readsToo ? 35 : 0);
    }

    [Fact]
    public void ShortTransfersMoveAtLeastAByte()
    {
        long[] results = [.. Transfers(Run("short=50%")).Select(static call => call.Result!.Value)];
        Assert.All(results, static result => Assert.InRange(result, 1, 10));
        Assert.InRange(results.Count(static result => result < 10), 50, 150);
    }

    [Fact]
    public void EachSeedHasItsFaultsAndTheyAreTheSameEachTime()
    {
        const string Options = "eio=10%,enospc=10%,short=30%,latency=1ms..3ms,seed=";
        GuestRun first = Run(Options + "1"), again = Run(Options + "1"), other = Run(Options + "2");
        Assert.Equal(Results(first), Results(again));
        Assert.Equal(first.Cycles, again.Cycles);
        Assert.NotEqual(Results(first), Results(other));
    }

    /// <summary>The dice go over: the same faults in the same cycles, though every plugin is replaced every seven calls.</summary>
    [Fact]
    public void SwapsChangeNoFault()
    {
        const string Options = "eio=10%,enospc=10%,short=30%,latency=1ms..3ms,seed=5";
        GuestRun plain = Run(Options), swapped = Run(Options, swapEvery: 7);
        Assert.True(swapped.Swaps.Count > 10, $"{swapped.Swaps.Count} swaps");
        Assert.Equal(Results(plain), Results(swapped));
        Assert.Equal(plain.Cycles, swapped.Cycles);
    }

    /// <summary>Each of 200 calls takes five milliseconds of the machine's, in which it does nothing: other tasks could.</summary>
    [Fact]
    public void LatencyIsTimeOfTheMachine()
    {
        Assert.InRange(Elapsed("latency=5ms") - Elapsed(""), 1_000_000_000, 1_001_000_000);
        Assert.InRange(Elapsed("latency=1ms..3ms") - Elapsed(""), 300_000_000, 500_000_000);
    }

    [Fact]
    public void ProgramsThatRetryGetEverything()
    {
        GuestRun run = new KernelFixture
        {
            Plugins = [FailingTrees.Plugin],
            Mounts = [FailingTrees.Mount("short=60%")],
        }.Run("busybox", "sh", "-c", "yes 'a line of text' | head -n 20000 >/m/file; md5sum </m/file; sort -u /m/file");
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        string expected = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a line of text\n", 20000)))));
        Assert.Equal($"{expected}  -\na line of text\n", run.OutputText);
    }

    [Fact]
    public void AFullDiskIsTold()
    {
        GuestRun run = new KernelFixture
        {
            Plugins = [FailingTrees.Plugin],
            Mounts = [FailingTrees.Mount("enospc=100%")],
        }.Run("busybox", "cp", "/etc/passwd", "/m/copy");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No space left on device", run.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eio=5")]
    [InlineData("eio=101%")]
    [InlineData("eio=-1%")]
    [InlineData("short=x%")]
    [InlineData("latency=5")]
    [InlineData("latency=5ms..1ms")]
    [InlineData("latency=..5ms")]
    [InlineData("seed=-1")]
    public void WhatCannotBeReadIsNotMounted(string options)
    {
        using var kernel = new TestKernel(new KernelFixture { Plugins = [FailingTrees.Plugin] });
        Assert.Equal(Errno.EINVAL, kernel.Mounts.Mount("failing+tmpfs", FailingTrees.Mount(options).Options, "/m"u8));
    }

    private static GuestRun Run(string options, long swapEvery = 0)
    {
        GuestRun run = new KernelFixture
        {
            Plugins = [FailingTrees.Plugin],
            Mounts = [FailingTrees.Mount(options)],
            Files = new Dictionary<string, byte[]> { ["guest"] = Guest },
            SwapEvery = swapEvery,
        }.Run("/run/kpio-test/guest");
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        return run;
    }

    private static long Elapsed(string options)
    {
        Machine? machine = null;
        new KernelFixture
        {
            Plugins = [FailingTrees.Plugin],
            Mounts = [FailingTrees.Mount(options)],
            Files = new Dictionary<string, byte[]> { ["guest"] = Guest },
            Prepare = made => machine = made,
        }.Run("/run/kpio-test/guest");
        return machine!.Clock.Now(Kpio.Contracts.Process.ClockId.CLOCK_MONOTONIC).ValueOrDefault;
    }

    private static TracedCall[] Transfers(GuestRun run)
    {
        TracedCall[] calls = [.. run.Trace.Where(static call => call.Name is "pwrite64" or "pread64")];
        Assert.Equal(200, calls.Length);
        return calls;
    }

    private static IEnumerable<string> Results(GuestRun run) => run.Trace.Select(static call => $"{call.Name} {call.Result}");
}

/// <summary>Machines with a tree that fails.</summary>
internal static class FailingTrees
{
    public static PluginSource Plugin { get; } = SampleFiles.Plugin("FailingFiles");

    /// <summary>A machine whose root fails as the options say.</summary>
    public static TestKernel Open(string options) => new(new KernelFixture { Plugins = [Plugin] }, "failing+tmpfs", Mount(options).Options);

    /// <summary>A tree in memory at /m.</summary>
    public static MachineMount Mount(string options) => new(
        "failing+tmpfs",
        new MountOptions(null, ReadOnly: false, options.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static option => option.Split('=')).ToDictionary(static pair => pair[0], static pair => pair[1])),
        "/m"u8.ToArray());
}

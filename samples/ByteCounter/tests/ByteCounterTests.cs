using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.PluginKit.Tests;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Samples.ByteCounter;

/// <summary>Version 1 is a plugin and an observer as they must be.</summary>
public sealed class Version1Conformance : ObserverConformance
{
    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("ByteCounter.V1");
}

/// <summary>So is version 2.</summary>
public sealed class Version2Conformance : ObserverConformance
{
    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("ByteCounter.V2");
}

/// <summary>What it counts, and that counts survive: of one version, and from one version to the next.</summary>
public sealed class ByteCounterTests
{
    private const string Folder = "/run/kpio-test";

    private static readonly PluginSource First = SampleFiles.Plugin("ByteCounter.V1");
    private static readonly PluginSource Second = SampleFiles.Plugin("ByteCounter.V2");

    // Ten bytes to the file in two calls, which are read back at once.
    private static readonly byte[] Guest = AssembledGuest.Make(static guest =>
    {
        const int AT_FDCWD = -100, O_RDWR = 2, O_CREAT = 0x40;
        long text = guest.Data("0123456789"u8), buffer = guest.Zeros(64);
        guest.Call(257, AT_FDCWD, guest.Data("file\0"u8), O_RDWR | O_CREAT, 0x1A4);
        guest.Call(1, 3, text, 4);
        guest.Call(1, 3, text, 6);
        for (int i = 0; i < 4; i++)
            guest.Call(39); // getpid: something between
        guest.Call(17, 3, buffer, 64, 0);
        guest.Print("hello\n");
    });

    [Fact]
    public void BytesAreCountedByFile() =>
        Assert.Equal($"kpio: 20 bytes {Folder}/file\nkpio: 6 bytes pipe:[2]\n", Run([First]).ErrorText);

    [Fact]
    public void CountsSurviveASwap()
    {
        GuestRun run = Run([First], every: 2, new PluginSwap(First));
        Assert.True(run.Swaps.Count >= 3, $"{run.Swaps.Count} swaps");
        Assert.Equal($"kpio: 20 bytes {Folder}/file\nkpio: 6 bytes pipe:[2]\n", run.ErrorText);
    }

    [Fact]
    public void Version2TellsReadsFromWrites() =>
        Assert.Equal($"kpio: 0 read, 6 written: pipe:[2]\nkpio: 10 read, 10 written: {Folder}/file\n", Sorted(Run([Second]).ErrorText));

    /// <summary>After the fourth call, between the writes and the read, version 2 comes in with what version 1 had counted; and stays through further swaps.</summary>
    [Fact]
    public void Version2GoesOnFromVersion1()
    {
        GuestRun run = Run([First], every: 4, new PluginSwap(Second));
        Assert.True(run.Swaps.Count >= 2, $"{run.Swaps.Count} swaps");
        Assert.Equal((new Version(1, 0), new Version(2, 0)), (run.Swaps[0].Plugins[0].From, run.Swaps[0].Plugins[0].To));
        Assert.Equal($"kpio: 0 read, 6 written: pipe:[2]\nkpio: 10 read, 0 written, 10 before: {Folder}/file\n", Sorted(run.ErrorText));
    }

    /// <summary>The other way round the counts would be lost: the swap is refused, and version 2 goes on.</summary>
    [Fact]
    public void Version1RefusesWhatVersion2Knows()
    {
        GuestRun run = Run([Second], every: 100, new PluginSwap(First), after: 4);
        Assert.Empty(run.Swaps);
        Assert.Contains("cannot take over the OwnState of version 2", run.ErrorText, StringComparison.Ordinal);
        Assert.Contains($"10 read, 10 written: {Folder}/file\n", run.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>A record of a version to come is refused as a value, not by an exception.</summary>
    [Fact]
    public void ARecordFromTheFutureIsRefused()
    {
        using var kernel = new TestKernel(new KernelFixture { Plugins = [Second] });
        object tracer = kernel.Machine.Plugins[^1].Services.GetService(typeof(Contracts.Plugins.IStatefulService<OwnState>))!;
        var state = new OwnState { Version = 3, Bytes = default };
        Assert.Equal(Errno.EINVAL, ((Contracts.Plugins.IStatefulService<OwnState>)tracer).Restore(state));
    }

    private static string Sorted(string lines) => string.Concat(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(static line => line + "\n"));

    private static GuestRun Run(PluginSource[] plugins, long every = 0, PluginSwap? swap = null, long after = 0) => new KernelFixture
    {
        Root = Contracts.Vfs.RootKind.Empty,
        Plugins = plugins,
        Files = new Dictionary<string, byte[]> { ["guest"] = Guest },
        SwapEvery = after > 0 ? 0 : every,
        SwapAfter = after,
        Swaps = swap is null ? [] : [swap],
    }.Run($"{Folder}/guest");
}

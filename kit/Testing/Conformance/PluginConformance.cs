using Kpio.Contracts.Plugins;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Testing.Conformance;

/// <summary>
/// What every plugin promises, of whatever kind: it can be loaded, programs run with it, and it is replaced by itself while they run without
/// their noticing. Inherit it and say where the plugin is.
/// </summary>
public abstract class PluginConformance
{
    /// <summary>The plugin: its assembly, as a rule, that the test project's build has put beside the tests.</summary>
    protected abstract PluginSource Plugin { get; }

    /// <summary>The machines; one that says more must have <see cref="Plugin"/> among its plugins.</summary>
    protected virtual KernelFixture Fixture => new() { Plugins = [Plugin] };

    /// <summary>The same machines with swaps of the plugin.</summary>
    /// <param name="every">After how many calls, again and again.</param>
    protected virtual KernelFixture FixtureWithSwaps(long every)
    {
        KernelFixture plain = Fixture;
        return new KernelFixture
        {
            Plugins = plain.Plugins,
            Abi = plain.Abi,
            Files = plain.Files,
            Mounts = plain.Mounts,
            Options = plain.Options,
            SwapEvery = every,
            Swaps = [new PluginSwap(Plugin)],
        };
    }

    /// <summary>The manifest says what the plugin is.</summary>
    [Fact]
    public void ItsManifestIsWhole()
    {
        PluginManifest manifest = Plugin.ReadManifest();
        Assert.NotEmpty(manifest.Name);
        Assert.True(ContractVersion.Accepts(manifest.Contract), $"built for contract version {manifest.Contract}");
        Assert.NotEmpty(manifest.Provides);
    }

    /// <summary>A program that uses files, memory and processes ends as it should.</summary>
    [Fact]
    public void AProgramRunsWithIt()
    {
        GuestRun run = Run(Fixture);
        Assert.Equal(0, run.ExitCode);
        Assert.EndsWith("done\n", run.OutputText, StringComparison.Ordinal);
    }

    /// <summary>With swaps a program gives the same output, calls, files and cycles as without.</summary>
    [Fact]
    public void ASwapChangesNothing()
    {
        GuestRun plain = Run(Fixture), swapped = Run(FixtureWithSwaps(40));
        Assert.True(swapped.Swaps.Count >= 3, $"{swapped.Swaps.Count} swaps; {swapped.ErrorText}");
        Assert.Equal(plain.OutputText, swapped.OutputText);
        Assert.Equal(plain.ExitCode, swapped.ExitCode);
        Assert.Equal(plain.Trace.Select(static call => call.ToString()), swapped.Trace.Select(static call => call.ToString()));
        Assert.Equal(plain.Cycles, swapped.Cycles);
        Assert.Equal(plain.Files, swapped.Files);
    }

    /// <summary>Nothing refers to a generation that was replaced: its assembly goes.</summary>
    [Fact]
    public async Task ReplacedGenerationsAreCollected()
    {
        GuestRun run = Run(FixtureWithSwaps(60));
        await Task.WhenAll(run.Swaps.Select(static swap => swap.Completion));
        RetiredState[] states = [.. run.Swaps.SelectMany(static swap => swap.Plugins).Select(static plugin => plugin.Old)];
        Assert.NotEmpty(states);
        Assert.DoesNotContain(RetiredState.Leaked, states);
    }

    /// <summary>Runs the program of these tests.</summary>
    protected static GuestRun Run(KernelFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        const string Path = "/run/kpio-guest";
        var machine = new KernelFixture
        {
            Root = Contracts.Vfs.RootKind.Empty,
            Plugins = fixture.Plugins,
            Abi = fixture.Abi,
            Files = new Dictionary<string, byte[]>(fixture.Files) { ["guest"] = Guest },
            Mounts = fixture.Mounts,
            Options = fixture.Options,
            SwapEvery = fixture.SwapEvery,
            Swaps = fixture.Swaps,
            TimeLimit = fixture.TimeLimit,
            WorkingDirectory = Path,
        };
        return machine.Run($"{Path}/guest");
    }

    /// <summary>Files, a pipe, memory and a child, twenty times over.</summary>
    private static byte[] Guest { get; } = AssembledGuest.Make(static guest =>
    {
        const int AT_FDCWD = -100, O_RDWR = 2, O_CREAT = 0x40, SIGCHLD = 17;
        long name = guest.Data("data\0"u8), text = guest.Data("some text"u8), buffer = guest.Zeros(256), status = guest.Zeros(8), pair = guest.Zeros(8);
        Iced.Intel.Label loop = guest.Code.CreateLabel();
        guest.Code.mov(rbx, 20L);
        guest.Code.Label(ref loop);
        guest.Call(257, AT_FDCWD, name, O_RDWR | O_CREAT, 0x1A4); // openat
        guest.Expect(3, 10);
        guest.Call(1, 3, text, 9); // write
        guest.Expect(9, 11);
        guest.Call(17, 3, buffer, 100, 0); // pread64
        guest.Expect(9, 12);
        guest.Call(5, 3, buffer); // fstat
        guest.Expect(0, 13);
        guest.Call(3, 3); // close
        guest.Call(22, pair); // pipe
        guest.Expect(0, 14);
        guest.Call(9, 0, 16384, 3, 0x22, -1, 0); // mmap
        guest.Code.mov(r12, rax);
        guest.Code.mov(__byte_ptr[r12 + 8192], 7);
        Iced.Intel.Label parent = guest.Code.CreateLabel();
        guest.Call(56, SIGCHLD, 0, 0, 0, 0); // clone, as fork
        guest.Code.test(rax, rax);
        guest.Code.jne(parent);
        guest.Call(1, 4, text, 4);
        guest.Call(231, 3); // exit_group
        guest.Code.Label(ref parent);
        guest.Code.mov(r13, rax);
        guest.Call(0, 3, buffer, 4); // read: waits for the child
        guest.Expect(4, 15);
        guest.Call(61, r13, status, 0, 0); // wait4
        guest.Code.cmp(rax, r13);
        guest.Code.mov(rax, __qword_ptr[(ulong)status]);
        guest.Expect(0x300, 16);
        guest.Call(11, r12, 16384); // munmap
        guest.Expect(0, 17);
        guest.Call(3, 3);
        guest.Call(3, 4);
        guest.Call(1, 1, text, 4);
        guest.Code.dec(rbx);
        guest.Code.jne(loop);
        guest.Print("done\n");
    });
}

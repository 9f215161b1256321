using System.Text;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.PluginKit.Tests;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Samples.SealedFiles;

/// <summary>The plugin as such.</summary>
public sealed class SealedPluginConformance : PluginConformance
{
    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("SealedFiles");
}

/// <summary>The same while files of it are in use: its trees are made again by the new generation, or the old one could not be collected.</summary>
public sealed class SealedMountConformance : PluginConformance
{
    private readonly MachineMount _mount = new("sealed+tmpfs", Vault.Options(null, "the key"), "/sealed"u8.ToArray());

    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("SealedFiles");

    protected override KernelFixture Fixture => new() { Plugins = [Plugin], Mounts = [_mount] };

    protected override KernelFixture FixtureWithSwaps(long every) => new()
    {
        Plugins = [Plugin],
        Mounts = [_mount],
        SwapEvery = every,
        Swaps = [new PluginSwap(Plugin)],
    };
}

/// <summary>On files in memory it is a file system as any other.</summary>
public sealed class SealedTmpFsConformance() : FileSystemConformance(Vault.Open("tmpfs", null));

/// <summary>On a folder of the host too.</summary>
public sealed class SealedHostConformance : FileSystemConformance
{
    private readonly ScratchDirectory _folder;

    public SealedHostConformance()
        : this(new ScratchDirectory())
    {
    }

    private SealedHostConformance(ScratchDirectory folder)
        : base(Vault.Open("host", folder.Path)) => _folder = folder;

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What lies below is encrypted, and only the key opens it.</summary>
public sealed class SealedFilesTests : IDisposable
{
    private readonly ScratchDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WhatLiesBelowIsNotReadable()
    {
        string text = string.Concat(Enumerable.Repeat("a secret that is told again and again; ", 500));
        using (TestKernel kernel = Vault.Open("host", _folder.Path))
            kernel.WriteFile("/file", text);
        byte[] below = File.ReadAllBytes(Path.Combine(_folder.Path, "file"));
        Assert.Equal(text.Length + 32, below.Length);
        Assert.True(below.AsSpan().IndexOf("secret"u8) < 0, "the text is there to be read");

        // Encrypted bytes look like noise: every value is there, none much more often than others, though the text repeats itself.
        int[] counts = new int[256];
        foreach (byte value in below.AsSpan(32))
            counts[value]++;
        Assert.InRange(counts.Max(), 1, text.Length / 256 * 2);

        using TestKernel again = Vault.Open("host", _folder.Path);
        Assert.Equal(text, again.ReadFile("/file"));
    }

    [Fact]
    public void TheSameTextIsOtherBytesInEachFile()
    {
        using (TestKernel kernel = Vault.Open("host", _folder.Path))
        {
            kernel.WriteFile("/a", "the same text");
            kernel.WriteFile("/b", "the same text");
        }

        Assert.NotEqual(File.ReadAllBytes(Path.Combine(_folder.Path, "a"))[32..], File.ReadAllBytes(Path.Combine(_folder.Path, "b"))[32..]);
    }

    [Fact]
    public void AnotherKeyOpensNothing()
    {
        using (TestKernel kernel = Vault.Open("host", _folder.Path))
            kernel.WriteFile("/file", "text");
        using TestKernel other = Vault.Open("host", _folder.Path, "another key");
        Assert.Equal(Errno.EKEYREJECTED, other.TryOpen("/file").Error);
        File.WriteAllText(Path.Combine(_folder.Path, "plain"), "this was never sealed, and is longer than a header");
        Assert.Equal(Errno.EIO, other.TryOpen("/plain").Error);
        Assert.Equal([".", "..", "file", "plain"], other.List("/").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ProgramsSeePlainTextAndTheHostDoesNot()
    {
        byte[] guest = AssembledGuest.Make(static guest =>
        {
            const int AT_FDCWD = -100, O_RDWR = 2, O_CREAT = 0x40;
            guest.Call(257, AT_FDCWD, guest.Data("/vault/note\0"u8), O_RDWR | O_CREAT, 0x1A4);
            guest.Call(1, 3, guest.Data("plain text"u8), 10);
            guest.Call(9, 0, 4096, 1, 1, 3, 0); // mmap, shared
            guest.Call(1, 1, Iced.Intel.AssemblerRegisters.rax, 10);
        });
        using var key = new KeyFile("key");
        var options = new MountOptions(_folder.Path, ReadOnly: false, new Dictionary<string, string> { ["keyfile"] = key.Path });
        GuestRun run = new KernelFixture
        {
            Root = RootKind.Empty,
            Plugins = [Vault.Plugin],
            Mounts = [new MachineMount("sealed+host", options, "/vault"u8.ToArray())],
            Files = new Dictionary<string, byte[]> { ["guest"] = guest },
            SwapEvery = 2,
        }.Run("/run/kpio-test/guest");
        Assert.Equal((0, "plain text", ""), (run.ExitCode, run.OutputText, run.ErrorText));
        Assert.DoesNotContain("plain", Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(_folder.Path, "note"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sealed", "keyfile", Errno.EINVAL)]
    [InlineData("sealed+nothing", "keyfile", Errno.ENODEV)]
    [InlineData("tmpfs+sealed", "keyfile", Errno.ENODEV)]
    [InlineData("sealed+tmpfs", "other", Errno.EINVAL)]
    [InlineData("sealed+proc", "keyfile", Errno.EINVAL)]
    public void WhatCannotBeMountedIsAnError(string type, string option, Errno expected)
    {
        using var kernel = new TestKernel(new KernelFixture { Plugins = [Vault.Plugin] });
        using var key = new KeyFile("key");
        var options = new MountOptions(null, ReadOnly: false, new Dictionary<string, string> { [option] = key.Path });
        Assert.Equal(expected, kernel.Mounts.Mount(type, options, "/m"u8));
    }
}

/// <summary>Machines whose root is sealed.</summary>
internal static class Vault
{
    private static readonly string Keys = MakeFolder();

    public static PluginSource Plugin { get; } = SampleFiles.Plugin("SealedFiles");

    /// <summary>A machine with a sealed root.</summary>
    /// <param name="below">The type below.</param>
    /// <param name="source">What that is mounted of.</param>
    /// <param name="key">What the key file holds. A swap mounts again, and so reads the file again: it stays for as long as the tests run.</param>
    public static TestKernel Open(string below, string? source, string key = "the key") =>
        new(new KernelFixture { Plugins = [Plugin] }, $"sealed+{below}", Options(source, key));

    /// <summary>What a sealed tree is mounted with.</summary>
    public static MountOptions Options(string? source, string key)
    {
        string path = Path.Combine(Keys, Convert.ToHexString(Encoding.UTF8.GetBytes(key)));
        lock (Keys)
            File.WriteAllText(path, key);
        return new MountOptions(source, ReadOnly: false, new Dictionary<string, string> { ["keyfile"] = path });
    }

    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("kpio-keys-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}

/// <summary>A file with a key.</summary>
internal sealed class KeyFile : IDisposable
{
    private readonly ScratchDirectory _folder = new();

    public KeyFile(string key) => Path = _folder.Write("key", key);

    public string Path { get; }

    public void Dispose() => _folder.Dispose();
}

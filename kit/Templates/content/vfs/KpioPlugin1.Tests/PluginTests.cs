using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace KpioPlugin1.Tests;

/// <summary>What every plugin promises.</summary>
public sealed class Conformance : PluginConformance
{
    protected override PluginSource Plugin { get; } = PluginTests.Plugin;
}

/// <summary>What this one does.</summary>
public sealed class PluginTests : IDisposable
{
    private readonly TestKernel _kernel = new(new KernelFixture { Plugins = [Plugin] });

    public PluginTests() => FileTestBed.Ok(_kernel.Mounts.Mount("kpioplugin1", new MountOptions("world", ReadOnly: true), "/mnt"u8));

    public static PluginSource Plugin { get; } = PluginSource.Assembly(Path.Combine(AppContext.BaseDirectory, "KpioPlugin1.dll"));

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void TheFileGreetsTheSource()
    {
        Assert.Equal("hello, world\n", _kernel.ReadFile("/mnt/hello"));
        Assert.Equal([".", "..", "hello"], _kernel.List("/mnt"));
        Assert.Equal(Errno.ENOENT, _kernel.TryStat("/mnt/other").Error);
    }

    [Fact]
    public void NothingCanBeChanged()
    {
        Assert.Equal(Errno.EROFS, _kernel.TryOpen("/mnt/hello", OpenFlags.O_WRONLY).Error);
        Assert.Equal(Errno.EROFS, _kernel.MakeDirectory("/mnt/new"));
        Assert.Equal(Errno.EROFS, _kernel.Remove("/mnt/hello"));
    }

    [Fact]
    public void AnOpenFileGoesOnAfterASwap()
    {
        FileId file = _kernel.Open("/mnt/hello");
        FileTestBed.Ok(_kernel.Files.Read(file, new byte[7]));
        _kernel.Swap();
        Assert.Equal("world\n", _kernel.ReadAll(file));
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.KpioTierA;
using Kpio.Plugins.LinuxAbi.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.LinuxAbi.Tests.Abi;

/// <summary>Layers over the Linux interface: overriding, adding, removing, and arguments by the description.</summary>
public sealed class LayerTests
{
    private const ulong Memory = FakeTask.MemoryStart;

    [Fact]
    public void OverridesAddsAndRemoves()
    {
        ISyscallAbi abi = new Layer(TestAbi.Create());
        GuestTask task = FakeTask.Create(new byte[64]);
        Assert.Equal(4242, Invoke(abi, task, 39).Raw);
        Assert.Equal(2, Invoke(abi, task, 186).Raw); // inherited: gettid
        Assert.Equal(Errno.ENOSYS, Invoke(abi, task, 102).Errno);
        Assert.Equal(SyscallSupport.None, abi.Describe(102)!.Support);
        Assert.Equal(0x1234 + 5 - 7, Invoke(abi, task, 900, 0x1234, 5, unchecked((ulong)-7L)).Raw);
        Assert.Equal("sum", abi.Describe(900)!.Name);
        Assert.Contains(abi.Catalog.Syscalls, s => s.Number == 900);
        Assert.Equal(abi.Catalog.Syscalls.OrderBy(s => s.Number), abi.Catalog.Syscalls);
        Assert.Equal("overridden", abi.Describe(39)!.Note);
    }

    [Fact]
    public void ArgumentsAreConvertedAsTheDescriptionSays()
    {
        ISyscallAbi abi = new Layer(TestAbi.Create());
        byte[] memory = new byte[64];
        GuestTask task = FakeTask.Create(memory);
        "path\0"u8.CopyTo(memory);
        // buffer:In(length) with an int length swallows it: fd, buffer, pointer, string, flags.
        SysResult result = Invoke(abi, task, 901, 0xFFFF_FFFF_FFFF_FFFF, Memory + 8, 0xFFFF_FFFF_0000_0010, Memory + 32, Memory, 0xABCD_0000_0003);
        Assert.Equal(0, result.Raw);
        Assert.Equal(99, BitConverter.ToInt32(memory, 32));
    }

    [Theory]
    [InlineData(typeof(UnknownName))]
    [InlineData(typeof(TooManyParameters))]
    [InlineData(typeof(WrongType))]
    [InlineData(typeof(WrongResult))]
    [InlineData(typeof(BadDescription))]
    public void AMisfitIsSeenWhenTheLayerIsMade(Type type)
    {
        var thrown = Assert.Throws<System.Reflection.TargetInvocationException>(() => Activator.CreateInstance(type, TestAbi.Create()));
        Assert.IsType<InvalidOperationException>(thrown.InnerException);
    }

    [Fact]
    public void TierAIsTheSeedsFortyNineCalls()
    {
        ISyscallAbi abi = TierA();
        Assert.Equal(49, abi.Catalog.Syscalls.Count(s => s.Support != SyscallSupport.None));
        Assert.All(abi.Catalog.Syscalls, s => Assert.Equal(s.Tier == SyscallTier.A, s.Support != SyscallSupport.None));
        GuestTask task = FakeTask.Create(new byte[4096]);
        foreach (SyscallInfo info in abi.Catalog.Syscalls.Where(s => s.Tier != SyscallTier.A))
            Assert.Equal(Errno.ENOSYS, Invoke(abi, task, info.Number).Errno);
        Assert.Equal("kpio-tier-a", abi.Name);
    }

    [Fact]
    public void TierABehavesToTheLetter()
    {
        ISyscallAbi abi = TierA();
        byte[] memory = new byte[4096];
        GuestTask task = FakeTask.Create(memory);
        foreach (uint stub in (uint[])[13, 14, 28, 273, 102, 104, 107, 108])
            Assert.Equal(0, Invoke(abi, task, stub, 1, 2, 3, 4).Raw);
        Assert.Equal(Errno.ENOSYS, Invoke(abi, task, 9, 0, 4096, 3, 2, 0, 0).Errno); // mmap of a file
        Assert.Equal(Errno.EINVAL, Invoke(abi, task, 62, 2, (ulong)Signal.SIGUSR1).Errno);
        Assert.Equal(Errno.EINVAL, Invoke(abi, task, 72, 0, 1030).Errno); // F_DUPFD_CLOEXEC
        Assert.Equal(Errno.EINVAL, Invoke(abi, task, 158, 0x1001).Errno); // ARCH_SET_GS
        Assert.Equal(Errno.EINVAL, Invoke(abi, task, 228, 7, Memory).Errno); // CLOCK_BOOTTIME
        Assert.Equal(0, Invoke(abi, task, 228, 1, Memory).Raw);
        Assert.Equal(Errno.EBADF, Invoke(abi, task, 16, 1, 0x5413, Memory).Errno);
        task.Descriptors.Set(1, new Descriptor(new FileId(9), false));
        Assert.Equal(0, Invoke(abi, task, 16, 1, 0x5413, Memory).Raw);
        Assert.Equal((25, 80), (BitConverter.ToInt16(memory, 0), BitConverter.ToInt16(memory, 2)));
        Assert.Equal(Errno.ENOTTY, Invoke(abi, task, 16, 1, 0x5401, Memory).Errno);
        Assert.Equal(0, Invoke(abi, task, 63, Memory).Raw);
        Assert.Equal("6.1.0-kpio\0", System.Text.Encoding.ASCII.GetString(memory, 130, 11));
        Assert.Equal(Errno.EAGAIN, Invoke(abi, task, 202, Memory, 0, 12345).Errno);
        Assert.Equal(0, Invoke(abi, task, 202, Memory, 1, 1).Raw);
    }

    private static ISyscallAbi TierA()
    {
        var services = new ServiceCollection();
        services.AddSingleton(new Slot<Contracts.Memory.IMemoryManager>());
        services.AddSingleton(new Slot<Contracts.Vfs.IOpenFiles>());
        services.AddSingleton(new Slot<Contracts.Vfs.IPipes>());
        new KpioTierAPlugin().ConfigureServices(services);
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<ISyscallLayer>().Stack(TestAbi.Create());
    }

    private static SysResult Invoke(ISyscallAbi abi, GuestTask task, uint number, ulong a = 0, ulong b = 0, ulong c = 0, ulong d = 0, ulong e = 0, ulong f = 0) =>
        abi.Invoke(task, new SyscallFrame(number, a, b, c, d, e, f));

    [Syscall("getuid", Remove = true)]
    private sealed class Layer(ISyscallAbi below) : LayeredSyscallAbi("test", below)
    {
        [Syscall("getpid", Note = "overridden")]
        private static SysResult Getpid(GuestTask task) => 4242;

        [Syscall(900, "sum", "a:Hex b:UInt c:Int -> Long")]
        private static SysResult Sum(GuestTask task, ulong a, uint b, int c) => (long)a + b + c;

        [Syscall(901, "all", "fd:Fd buffer:In(length) length:Int out:OutStruct(i32) path:Path flags:UInt -> Zero")]
        private static SysResult All(GuestTask task, Fd fd, UserBuffer buffer, UserPointer<int> result, UserString path, uint flags)
        {
            Span<byte> text = stackalloc byte[16];
            bool good = fd.Number == -1
                && buffer.Address == Memory + 8
                && buffer.Length == 0x10
                && path.TryRead(text, out ReadOnlySpan<byte> name, out _)
                && name.SequenceEqual("path"u8)
                && flags == 3;
            int value = good ? 99 : -1;
            return result.TryWrite(in value, out SysResult stop) ? SysResult.Zero : stop;
        }
    }

    private sealed class UnknownName(ISyscallAbi below) : LayeredSyscallAbi("bad", below)
    {
        [Syscall("no_such_call")]
        private static SysResult Call(GuestTask task) => 0;
    }

    private sealed class TooManyParameters(ISyscallAbi below) : LayeredSyscallAbi("bad", below)
    {
        [Syscall("getpid")]
        private static SysResult Call(GuestTask task, int more) => 0;
    }

    private sealed class WrongType(ISyscallAbi below) : LayeredSyscallAbi("bad", below)
    {
        [Syscall("close")]
        private static SysResult Call(GuestTask task, UserString path) => 0;
    }

    private sealed class WrongResult(ISyscallAbi below) : LayeredSyscallAbi("bad", below)
    {
        [Syscall("getpid")]
        private static long Call(GuestTask task) => 0;
    }

    private sealed class BadDescription(ISyscallAbi below) : LayeredSyscallAbi("bad", below)
    {
        [Syscall(900, "x", "fd:Fdd -> Zero")]
        private static SysResult Call(GuestTask task, Fd fd) => 0;
    }
}

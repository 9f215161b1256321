using Kpio.Contracts.Abi;
using Kpio.Kernel;

namespace Kpio.Testing.Conformance;

/// <summary>What every variant of the ABI promises, besides what every plugin does.</summary>
public abstract class SyscallLayerConformance : PluginConformance
{
    /// <inheritdoc/>
    protected override KernelFixture Fixture => Machines(Plugin);

    /// <summary>Each number has one row, in order, and each name one number.</summary>
    [Fact]
    public void TheCatalogIsInOrder()
    {
        using var kernel = new TestKernel(Fixture);
        IReadOnlyList<SyscallInfo> calls = kernel.Abi.Catalog.Syscalls;
        Assert.Equal(calls.Select(static call => call.Number).Distinct().Order(), calls.Select(static call => call.Number));
        Assert.Equal(calls.Count, calls.Select(static call => call.Name).Distinct().Count());
        foreach (SyscallInfo call in calls)
            Assert.Equal(call, kernel.Abi.Describe(call.Number));
        Assert.Null(kernel.Abi.Describe(1023));
    }

    /// <summary>What is not supported in full says in its row what is: tracers and users read it there.</summary>
    [Fact]
    public void EveryPartIsDeclared()
    {
        using var kernel = new TestKernel(Fixture);
        Assert.Empty(kernel.Abi.Catalog.Syscalls
            .Where(static call => call.Support is SyscallSupport.Partial or SyscallSupport.Stub && call.Note.Length == 0)
            .Select(static call => call.Name));
    }

    /// <summary>Numbers of nobody's answer ENOSYS.</summary>
    [Fact]
    public void UnknownNumbersAnswerENOSYS()
    {
        using var kernel = new TestKernel(Fixture);
        Assert.Equal(Contracts.Values.Errno.ENOSYS, kernel.Abi.Invoke(kernel.Task, new SyscallFrame(1023, 0, 0, 0, 0, 0, 0)).Errno);
        Assert.Equal(Contracts.Values.Errno.ENOSYS, kernel.Abi.Invoke(kernel.Task, new SyscallFrame(uint.MaxValue, 0, 0, 0, 0, 0, 0)).Errno);
    }

    /// <summary>Calls with arguments of no sense, of every number that the variant changes or adds, end in a value: an exception would end the program as a defect.</summary>
    [Fact]
    public void SenselessArgumentsAreRefused()
    {
        using var kernel = new TestKernel(Fixture);
        using var plain = new TestKernel();
        Dictionary<uint, SyscallInfo> below = plain.Abi.Catalog.Syscalls.ToDictionary(static call => call.Number);
        foreach (SyscallInfo call in kernel.Abi.Catalog.Syscalls)
        {
            if (below.TryGetValue(call.Number, out SyscallInfo? same) && same.Support == call.Support && same.Note == call.Note)
                continue;
            foreach (ulong value in (ulong[])[0, 1, ulong.MaxValue, 1UL << 63, 0x7FFF_FFFF_F000])
            {
                kernel.Task.Restart.Reset();
                kernel.Abi.Invoke(kernel.Task, new SyscallFrame(call.Number, value, value, value, value, value, value));
            }
        }
    }

    // The same object of the plugin's source in both places: it is found by that.
    private static KernelFixture Machines(PluginSource plugin) => new() { Plugins = [plugin], Abi = plugin };
}

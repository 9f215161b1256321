using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>The Linux ABI's description, read from its sources, without handlers; and the plugin as the kernel loads it.</summary>
internal sealed class Abi : ISyscallAbi
{
    private readonly Dictionary<uint, SyscallInfo> _byNumber;

    public Abi()
    {
        var reader = new AbiReader();
        foreach (string name in (string[])["sets.abi", "structs.abi", "linux-x86_64.abi"])
            reader.Read(Resource(name));
        Catalog = reader.Complete();
        Assert.Empty(reader.Diagnostics);
        _byNumber = Catalog.Syscalls.ToDictionary(info => info.Number);
    }

    public string Name => "linux";

    public AbiCatalog Catalog { get; }

    public SysResult Invoke(GuestTask task, in SyscallFrame frame) => throw new NotSupportedException();

    public SyscallInfo? Describe(uint number) => _byNumber.GetValueOrDefault(number);

    /// <summary>The plugin's service, made as the plugin host makes it.</summary>
    public static ITracerFactory Factory(ISyscallAbi abi)
    {
        var slot = new Slot<ISyscallAbi>();
        slot.Bind(abi);
        var services = new ServiceCollection();
        services.AddSingleton(slot);
        services.AddSingleton<IKernelClock>(new FakeClock());
        services.AddSingleton<ITaskTable>(new NoTasks());
        new TracingPlugin().ConfigureServices(services);
        return services.BuildServiceProvider().GetRequiredService<ITracerFactory>();
    }

    public static string Resource(string name)
    {
        using Stream stream = typeof(Abi).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"no resource {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Counts one cycle for each question.</summary>
    /// <summary>No tasks: only a tracer that takes another's calls over asks for them.</summary>
    private sealed class NoTasks : ITaskTable
    {
        public IEnumerable<GuestTask> All => [];

        public int Count => 0;

        public int NextTid() => throw new NotSupportedException();

        public GuestTask? Find(int tid) => null;

        public void Add(GuestTask task) => throw new NotSupportedException();

        public void Remove(GuestTask task) => throw new NotSupportedException();

        public void ChangeTid(GuestTask task, int tid) => throw new NotSupportedException();
    }

    private sealed class FakeClock : IKernelClock
    {
        private long _cycles;

        public long Cycles => ++_cycles;

        public Result<long> Now(ClockId clock, GuestTask? task = null) => 0L;

        public Result<long> Resolution(ClockId clock) => 1L;
    }
}

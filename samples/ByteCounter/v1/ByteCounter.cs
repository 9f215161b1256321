using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace ByteCounter;

/// <summary>The plugin, version 1.</summary>
public sealed class ByteCounterPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("byte-counter", new Version(1, 0), new Version(0, 1), [typeof(ISyscallObserver)], [typeof(IVfsMounts), typeof(ISyscallAbi)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<ByteTracer>();
        services.AddSingleton<ISyscallObserver>(static provider => provider.GetRequiredService<ByteTracer>());
        services.AddSingleton<IStatefulService<OwnState>>(static provider => provider.GetRequiredService<ByteTracer>());
    }
}

/// <summary>Counts the bytes that read and write calls move, by the file's path. Prints the counts when the last task has ended.</summary>
internal sealed class ByteTracer(Slot<IVfsMounts> mounts, Slot<ISyscallAbi> abi, ITaskTable tasks, IUserReport report)
    : ISyscallObserver, ITaskObserver, IStatefulService<OwnState>
{
    private const int StateVersion = 1;

    private static readonly string[] Calls = ["read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev"];

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private SyscallSet? _interests;

    // The catalog of the ABI is there when all plugins are: not yet in the constructor.
    public SyscallSet Interests => _interests ??= FindCalls();

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
    }

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        // A call that failed has moved nothing, and one that closed the descriptor meanwhile has no file any more.
        if (!result.IsCompleted || result.Raw <= 0 || !task.Descriptors.TryGet((int)frame.Argument0, out Descriptor descriptor))
            return;
        string path = mounts.Current.GetPath(task, descriptor.File).TryGet(out byte[]? bytes, out _) ? Encoding.UTF8.GetString(bytes) : "?";
        _counts[path] = _counts.GetValueOrDefault(path) + result.Raw;
    }

    public void OnExec(GuestTask task)
    {
    }

    public void OnSignal(GuestTask task, in SignalInfo signal)
    {
    }

    public void OnEnd(GuestTask task, int status)
    {
        foreach (GuestTask other in tasks.All)
        {
            if (other != task && other.State < TaskState.Zombie)
                return;
        }

        foreach ((string path, long count) in _counts)
            report.Write($"{count} bytes {path}");
    }

    public OwnState Capture()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(_counts.Count);
        foreach ((string path, long count) in _counts)
        {
            writer.Write(path);
            writer.Write(count);
        }

        writer.Flush();
        return new OwnState { Version = StateVersion, Bytes = bytes.ToArray() };
    }

    public Errno Restore(OwnState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        using var reader = new BinaryReader(new MemoryStream(state.Bytes.ToArray()));
        for (int i = reader.ReadInt32(); i > 0; i--)
            _counts.Add(reader.ReadString(), reader.ReadInt64());
        return Errno.None;
    }

    private SyscallSet FindCalls()
    {
        var set = new SyscallSet();
        foreach (SyscallInfo call in abi.Current.Catalog.Syscalls)
        {
            if (Array.IndexOf(Calls, call.Name) >= 0)
                set.Add(call.Number);
        }

        return set;
    }
}

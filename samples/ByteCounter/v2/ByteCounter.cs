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

/// <summary>The plugin, version 2: it tells bytes read from bytes written, and goes on with what version 1 had counted.</summary>
public sealed class ByteCounterPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("byte-counter", new Version(2, 0), new Version(0, 1), [typeof(ISyscallObserver)], [typeof(IVfsMounts), typeof(ISyscallAbi)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<ByteTracer>();
        services.AddSingleton<ISyscallObserver>(static provider => provider.GetRequiredService<ByteTracer>());
        services.AddSingleton<IStatefulService<OwnState>>(static provider => provider.GetRequiredService<ByteTracer>());
    }
}

/// <summary>Counts the bytes that are read and written, by the file's path. Prints the counts when the last task has ended.</summary>
internal sealed class ByteTracer(Slot<IVfsMounts> mounts, Slot<ISyscallAbi> abi, ITaskTable tasks, IUserReport report)
    : ISyscallObserver, ITaskObserver, IStatefulService<OwnState>
{
    // Version 1 had one number for each file: what it counted is neither read nor written here.
    private const int StateVersion = 2;
    private const int TotalsVersion = 1;

    private static readonly string[] Reads = ["read", "readv", "pread64", "preadv"];
    private static readonly string[] Writes = ["write", "writev", "pwrite64", "pwritev"];

    private readonly SortedDictionary<string, Count> _counts = new(StringComparer.Ordinal);
    private SyscallSet? _interests;

    // The catalog of the ABI is there when all plugins are: not yet in the constructor.
    public SyscallSet Interests => _interests ??= FindCalls();

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
    }

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        // A call that failed has moved nothing, and one that closed the descriptor meanwhile has no file any more.
        if (info is null || !result.IsCompleted || result.Raw <= 0 || !task.Descriptors.TryGet((int)frame.Argument0, out Descriptor descriptor))
            return;
        string path = mounts.Current.GetPath(task, descriptor.File).TryGet(out byte[]? bytes, out _) ? Encoding.UTF8.GetString(bytes) : "?";
        Count count = _counts.GetValueOrDefault(path);
        _counts[path] = Array.IndexOf(Reads, info.Name) >= 0
            ? count with { Read = count.Read + result.Raw }
            : count with { Written = count.Written + result.Raw };
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

        foreach ((string path, Count count) in _counts)
            report.Write(count.Before == 0 ? $"{count.Read} read, {count.Written} written: {path}" : $"{count.Read} read, {count.Written} written, {count.Before} before: {path}");
    }

    public OwnState Capture()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(_counts.Count);
        foreach ((string path, Count count) in _counts)
        {
            writer.Write(path);
            writer.Write(count.Read);
            writer.Write(count.Written);
            writer.Write(count.Before);
        }

        writer.Flush();
        return new OwnState { Version = StateVersion, Bytes = bytes.ToArray() };
    }

    public Errno Restore(OwnState state)
    {
        if (state.Version is not (StateVersion or TotalsVersion))
            return Errno.EINVAL;
        using var reader = new BinaryReader(new MemoryStream(state.Bytes.ToArray()));
        for (int i = reader.ReadInt32(); i > 0; i--)
        {
            string path = reader.ReadString();
            _counts.Add(path, state.Version == TotalsVersion
                ? new Count(0, 0, reader.ReadInt64())
                : new Count(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()));
        }

        return Errno.None;
    }

    private SyscallSet FindCalls()
    {
        var set = new SyscallSet();
        foreach (SyscallInfo call in abi.Current.Catalog.Syscalls)
        {
            if (Array.IndexOf(Reads, call.Name) >= 0 || Array.IndexOf(Writes, call.Name) >= 0)
                set.Add(call.Number);
        }

        return set;
    }

    /// <summary>What is counted of a file, in bytes.</summary>
    /// <param name="Read">Read under version 2.</param>
    /// <param name="Written">Written under version 2.</param>
    /// <param name="Before">Moved either way under version 1.</param>
    private readonly record struct Count(long Read, long Written, long Before);
}

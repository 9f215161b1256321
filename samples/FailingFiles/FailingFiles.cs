using System.Globalization;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace FailingFiles;

/// <summary>The plugin.</summary>
public sealed class FailingFilesPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("failing-files", new Version(1, 0), new Version(0, 1), [typeof(IFileSystemType)], []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<IFileSystemType, FailingType>();
}

/// <summary>Mounted as <c>failing+BELOW,eio=5%,enospc=1%,short=20%,latency=2ms,seed=7:SOURCE:TARGET</c>.</summary>
internal sealed class FailingType : IStackedFileSystemType
{
    public string Name => "failing";

    public Result<IFileSystem> Stack(MountRequest request, IFileSystem below, FileSystemState? own)
    {
        if (below is not IFileContent content || Faults.Parse(request.Options) is not { } faults)
            return Errno.EINVAL;
        var dice = new Dice(faults.Seed);
        if (own is not null && (own is not OpaqueTreeState state || !dice.TryRestore(state)))
            return Errno.EINVAL;
        return new FailingTree(below, content, faults, dice);
    }
}

/// <summary>How often what goes wrong, of a million times each.</summary>
/// <param name="Seed">The seed of the dice.</param>
/// <param name="Io">EIO of reads, writes and fsync.</param>
/// <param name="NoSpace">ENOSPC of writes and new names.</param>
/// <param name="Short">Reads and writes that move a part of the bytes.</param>
/// <param name="LeastLatency">The least time of a read or write in nanoseconds.</param>
/// <param name="MostLatency">The most.</param>
internal sealed record Faults(ulong Seed, int Io, int NoSpace, int Short, long LeastLatency, long MostLatency)
{
    public const int Always = 1_000_000;

    /// <summary>Reads the mount's options; null when one of them cannot be read. Options of the tree below are left to it.</summary>
    public static Faults? Parse(IReadOnlyDictionary<string, string> options)
    {
        ulong seed = 0;
        (long Least, long Most) latency = default;
        if (options.TryGetValue("seed", out string? text) && !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed))
            return null;
        if (options.TryGetValue("latency", out text) && !TryReadTimes(text, out latency))
            return null;
        return TryReadShare(options, "eio", out int io) && TryReadShare(options, "enospc", out int noSpace) && TryReadShare(options, "short", out int cut)
            ? new Faults(seed, io, noSpace, cut, latency.Least, latency.Most)
            : null;
    }

    private static bool TryReadShare(IReadOnlyDictionary<string, string> options, string name, out int share)
    {
        share = 0;
        if (!options.TryGetValue(name, out string? text))
            return true;
        if (!text.EndsWith('%') || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) || percent > 100)
            return false;
        share = (int)Math.Round(percent * (Always / 100));
        return true;
    }

    /// <summary>A time, or two with <c>..</c> between them: a number with s, ms, us or ns.</summary>
    private static bool TryReadTimes(string text, out (long Least, long Most) times)
    {
        int dots = text.IndexOf("..", StringComparison.Ordinal);
        times = default;
        if (!TryReadTime(dots < 0 ? text : text[..dots], out long least) || !TryReadTime(dots < 0 ? text : text[(dots + 2)..], out long most) || most < least)
            return false;
        times = (least, most);
        return true;
    }

    private static bool TryReadTime(string text, out long nanoseconds)
    {
        (string digits, double unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 1e6),
            _ when text.EndsWith("us", StringComparison.Ordinal) => (text[..^2], 1e3),
            _ when text.EndsWith("ns", StringComparison.Ordinal) => (text[..^2], 1.0),
            _ when text.EndsWith('s') => (text[..^1], 1e9),
            _ => ("", 0.0),
        };
        bool isTime = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * unit < 1e18;
        nanoseconds = isTime ? (long)(number * unit) : 0;
        return isTime;
    }
}

/// <summary>Random numbers from a seed (SplitMix64): one after the other, so that their state is all there is to hand over.</summary>
internal sealed class Dice(ulong state)
{
    private const int StateVersion = 1;
    private ulong _state = state;

    /// <summary>Whether something happens that happens in so many of a million cases. Without a chance no number is drawn.</summary>
    public bool Falls(int share) => share > 0 && (int)(Next() % Faults.Always) < share;

    /// <summary>A number between two, both counted in.</summary>
    public long Between(long least, long most) => least == most ? least : least + (long)(Next() % (ulong)(most - least + 1));

    public OpaqueTreeState Capture() => new(StateVersion, BitConverter.GetBytes(_state));

    public bool TryRestore(OpaqueTreeState state)
    {
        if (state.Version != StateVersion || state.Bytes.Length != sizeof(ulong))
            return false;
        _state = BitConverter.ToUInt64(state.Bytes.Span);
        return true;
    }

    private ulong Next()
    {
        ulong value = _state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

/// <summary>A tree that is the one below, most of the time.</summary>
internal sealed class FailingTree(IFileSystem below, IFileContent content, Faults faults, Dice dice)
    : IStackedFileSystem, IFileContent, IFileSystemNames, ISlowContent, IStatefulFileSystem
{
    private readonly IFileSystemNames? _names = below as IFileSystemNames;

    public IFileSystem Below => below;

    public NodeId Root => below.Root;

    public FileSystemStatistics Statistics => below.Statistics;

    public FileSystemState Capture() => dice.Capture();

    public long LatencyOf(NodeId node, int length, bool isWrite) => dice.Between(faults.LeastLatency, faults.MostLatency);

    public Result<int> Read(NodeId node, long offset, Span<byte> destination) =>
        dice.Falls(faults.Io) ? Errno.EIO : content.Read(node, offset, destination[..Cut(destination.Length)]);

    public Result<int> Write(NodeId node, long offset, ReadOnlySpan<byte> source)
    {
        if (dice.Falls(faults.Io))
            return Errno.EIO;
        return dice.Falls(faults.NoSpace) ? Errno.ENOSPC : content.Write(node, offset, source[..Cut(source.Length)]);
    }

    public Errno Synchronize(NodeId node) => dice.Falls(faults.Io) ? Errno.EIO : content.Synchronize(node);

    public Result<NodeId> Create(NodeId directory, ReadOnlySpan<byte> name, in NewNode node)
    {
        if (_names is null)
            return Errno.EROFS;
        return dice.Falls(faults.NoSpace) ? Errno.ENOSPC : _names.Create(directory, name, in node);
    }

    public Result<NodeId> CreateUnnamed(NodeId directory, in NewNode node)
    {
        if (_names is null)
            return Errno.EROFS;
        return dice.Falls(faults.NoSpace) ? Errno.ENOSPC : _names.CreateUnnamed(directory, in node);
    }

    public Errno Link(NodeId directory, ReadOnlySpan<byte> name, NodeId node)
    {
        if (_names is null)
            return Errno.EROFS;
        return dice.Falls(faults.NoSpace) ? Errno.ENOSPC : _names.Link(directory, name, node);
    }

    public Errno Remove(NodeId directory, ReadOnlySpan<byte> name, bool isDirectory) => _names?.Remove(directory, name, isDirectory) ?? Errno.EROFS;

    public Errno Rename(NodeId sourceDirectory, ReadOnlySpan<byte> sourceName, NodeId targetDirectory, ReadOnlySpan<byte> targetName, uint flags) =>
        _names?.Rename(sourceDirectory, sourceName, targetDirectory, targetName, flags) ?? Errno.EROFS;

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name) => below.Lookup(directory, name);

    public Result<NodeLocation> Locate(NodeId node) => below.Locate(node);

    public Errno ReadDirectory(NodeId directory, long offset, IDirectorySink sink) => below.ReadDirectory(directory, offset, sink);

    public Result<byte[]> ReadLink(NodeId node) => below.ReadLink(node);

    public Result<NodeAttributes> GetAttributes(NodeId node) => below.GetAttributes(node);

    public Errno SetAttributes(NodeId node, in AttributeChange change) => below.SetAttributes(node, in change);

    public Errno Open(NodeId node, OpenFlags flags) => content.Open(node, flags);

    public void Close(NodeId node) => content.Close(node);

    /// <summary>How many bytes are moved of so many: all, or at least one of them. None would be the end of the file.</summary>
    private int Cut(int length) => length > 1 && dice.Falls(faults.Short) ? (int)dice.Between(1, length - 1) : length;
}

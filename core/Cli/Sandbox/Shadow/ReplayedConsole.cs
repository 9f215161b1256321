using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Cli.Sandbox.Shadow;

/// <summary>
/// The standard streams of a shadow: what the live machine has read comes again, what is written is compared with what that one has written, and
/// goes nowhere.
/// </summary>
internal sealed class ReplayedConsole(IHostConsole live, List<StreamUse> uses, List<StreamAnswer> answers) : IHostConsole
{
    private readonly Dictionary<(HostFileId Stream, bool IsRead), Queue<StreamUse>> _uses =
        uses.GroupBy(static use => (use.Stream, use.IsRead)).ToDictionary(static group => group.Key, static group => new Queue<StreamUse>(group));

    private readonly Queue<StreamAnswer> _answers = new(answers);

    /// <summary>The first write that is not the live machine's, in words; null for none.</summary>
    public string? Difference { get; private set; }

    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        // What the live machine has not read yet nobody knows: for the shadow the input ends there.
        if (Next(stream, isRead: true) is not { } use)
            return 0;
        if (!use.Answer.TryGet(out _, out Errno error))
            return error;
        int count = Math.Min(use.Bytes.Length, destination.Length);
        use.Bytes.AsSpan(0, count).CopyTo(destination);
        return count;
    }

    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        if (Next(stream, isRead: false) is not { } use)
        {
            Difference ??= $"{Name(stream)} gets {source.Length} bytes more";
            return source.Length;
        }

        if (!source.SequenceEqual(use.Bytes))
            Difference ??= $"{Name(stream)} gets other bytes: {Show(use.Bytes)} live, {Show(source)} in the shadow";
        return use.Answer;
    }

    // The live machine's streams, asked and not changed.
    public PollEvents Poll(HostFileId stream, PollEvents interests) => live.Poll(stream, interests);

    public Result<NodeAttributes> Stat(HostFileId stream) =>
        _answers.TryDequeue(out StreamAnswer? answer) && answer.Stream == stream && answer.Attributes is { } attributes ? attributes : live.Stat(stream);

    public Result<long> Seek(HostFileId stream, long offset, int whence) =>
        _answers.TryDequeue(out StreamAnswer? answer) && answer.Stream == stream && answer.Position is { } position ? position : Errno.ESPIPE;

    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => Errno.ENOTTY;

    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size) => live.TryGetTerminalSize(stream, out size);

    private StreamUse? Next(HostFileId stream, bool isRead) =>
        _uses.TryGetValue((stream, isRead), out Queue<StreamUse>? queue) && queue.TryDequeue(out StreamUse? use) ? use : null;

    private static string Name(HostFileId stream) => stream.Value == 2 ? "standard output" : "standard error";

    private static string Show(ReadOnlySpan<byte> bytes)
    {
        const int Most = 32;
        var text = new System.Text.StringBuilder("\"");
        foreach (byte letter in bytes[..Math.Min(bytes.Length, Most)])
            text.Append(letter is >= 0x20 and < 0x7F ? (char)letter : '.');
        return text.Append(bytes.Length > Most ? "…\"" : "\"").ToString();
    }
}

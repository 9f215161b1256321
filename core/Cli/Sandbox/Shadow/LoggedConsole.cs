using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Cli.Sandbox.Shadow;

/// <summary>The standard streams of the live machine: the host's, with a log of what came and went.</summary>
internal sealed class LoggedConsole(IHostConsole below, StreamLog log) : IHostConsole
{
    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        Result<int> answer = below.Read(stream, destination);
        byte[] bytes = answer.TryGet(out int count, out _) ? destination[..count].ToArray() : [];
        log.Add(new StreamUse(stream, IsRead: true, bytes, answer));
        return answer;
    }

    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        Result<int> answer = below.Write(stream, source);
        log.Add(new StreamUse(stream, IsRead: false, source.ToArray(), answer));
        return answer;
    }

    public PollEvents Poll(HostFileId stream, PollEvents interests) => below.Poll(stream, interests);

    public Result<NodeAttributes> Stat(HostFileId stream)
    {
        Result<NodeAttributes> answer = below.Stat(stream);
        log.Add(new StreamAnswer(stream, answer, null));
        return answer;
    }

    public Result<long> Seek(HostFileId stream, long offset, int whence)
    {
        Result<long> answer = below.Seek(stream, offset, whence);
        log.Add(new StreamAnswer(stream, null, answer));
        return answer;
    }

    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => below.TerminalSettings(stream, request, data);

    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size) => below.TryGetTerminalSize(stream, out size);
}

using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;

namespace Kpio.Cli.Running;

/// <summary>
/// Standard error as a writer: every write goes out at once, so that lines keep their order with what the guest prints. Cheaper at
/// start than the base library's, which sets a terminal up.
/// </summary>
internal sealed class ErrorWriter : TextWriter
{
    private static readonly HostFileId StandardError = new(3);
    private readonly IHostConsole _console;
    private readonly IHostWaiter _waiter;
    private readonly IHostTerminal? _terminal;

    public ErrorWriter(IHostConsole console, IHostWaiter waiter, IHostTerminal? terminal = null)
    {
        _console = console;
        _waiter = waiter;
        _terminal = terminal;
        CoreNewLine = ['\n'];
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void WriteLine(string? value) => Write(string.Concat(value, "\n").AsSpan());

    public override void WriteLine(ReadOnlySpan<char> buffer) => Write(string.Concat(buffer, "\n").AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        // A terminal that is the machine's console shows bytes as they are: a new line is only that.
        if (_terminal is IHostTerminalControl { IsTaken: true } && _terminal.IsBehind(StandardError))
            buffer = buffer.ToString().Replace("\n", "\r\n", StringComparison.Ordinal);
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(buffer.Length)];
        ReadOnlySpan<byte> rest = bytes.AsSpan(0, Encoding.UTF8.GetBytes(buffer, bytes));
        while (rest.Length > 0)
        {
            if (_console.Write(StandardError, rest).TryGet(out int count, out Errno error))
                rest = rest[count..];
            else if (error == Errno.EAGAIN)
                _waiter.Wait([StandardError], 10_000_000);
            else
                return; // Nobody reads standard error any more: there is nowhere to say so.
        }
    }
}

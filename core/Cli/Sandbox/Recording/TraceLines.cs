using System.Text;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>Takes a tracer's lines, for somebody who looks at them right after each event.</summary>
internal sealed class TraceLines : TextWriter
{
    private readonly List<string> _lines = [];
    private readonly StringBuilder _part = new();

    /// <summary>One without lines; nothing of it needs to be given back.</summary>
    public static TraceLines Begin() => new();

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Whether there is no line since the last time.</summary>
    public bool IsEmpty => _lines.Count == 0;

    /// <summary>The lines since the last time.</summary>
    public string[] Take()
    {
        if (_lines.Count == 0)
            return [];
        string[] lines = [.. _lines];
        _lines.Clear();
        return lines;
    }

    public override void Write(char value) => Write([value]);

    public override void Write(ReadOnlySpan<char> buffer)
    {
        for (int end = buffer.IndexOf('\n'); end >= 0; end = buffer.IndexOf('\n'))
        {
            _part.Append(buffer[..end]);
            _lines.Add(_part.ToString());
            _part.Clear();
            buffer = buffer[(end + 1)..];
        }

        _part.Append(buffer);
    }
}

using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Tracing;
using Kpio.Kernel;

namespace Kpio.Cli.Testing.Running;

/// <summary>The normalised trace of a machine, in memory.</summary>
internal sealed class TraceText : TextWriter
{
    private readonly StringBuilder _text = new();
    private readonly int _mostCharacters;
    private readonly Action _overflowed;
    private readonly ITracer _tracer;

    /// <summary>Begins the trace of a machine that has not run yet.</summary>
    public TraceText(Machine machine, int mostCharacters, Action overflowed)
    {
        _mostCharacters = mostCharacters;
        _overflowed = overflowed;
        const string Format = "normalized";
        ITracerFactory factory = machine.Slots.Tracers.Current.First(static factory => factory.Formats.Contains(Format));
        _tracer = factory.Create(Format, this, TraceTarget.File, SyscallSet.All())!;
        machine.Observers.Add(_tracer);
    }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>The trace, when the machine has ended.</summary>
    public byte[] Finish()
    {
        _tracer.Flush();
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.Length <= _mostCharacters - _text.Length)
            _text.Append(buffer);
        else
            _overflowed();
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void WriteLine() => Write("\n");

    public override void WriteLine(string? value)
    {
        Write(value);
        Write("\n");
    }

    public override void WriteLine(ReadOnlySpan<char> buffer)
    {
        Write(buffer);
        Write("\n");
    }
}

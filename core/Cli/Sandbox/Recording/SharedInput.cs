namespace Kpio.Cli.Sandbox.Recording;

/// <summary>Standard input that several machines read, each from its beginning: what one has read of the host's is kept for the others. From any thread.</summary>
internal sealed class SharedInput(Stream source)
{
    private readonly object _lock = new();
    private readonly List<byte> _read = [];
    private readonly byte[] _buffer = new byte[65536];
    private bool _hasEnded;

    /// <summary>Reads from a position; waits for the host's when nothing is there yet, and answers 0 at the end.</summary>
    public int Read(int position, Span<byte> destination)
    {
        lock (_lock)
        {
            while (position >= _read.Count && !_hasEnded)
            {
                int count = source.Read(_buffer);
                _hasEnded = count <= 0;
                _read.AddRange(_buffer.AsSpan(0, Math.Max(count, 0)));
            }

            int length = Math.Min(destination.Length, _read.Count - position);
            for (int i = 0; i < length; i++)
                destination[i] = _read[position + i];
            return length;
        }
    }
}

using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>A pipe's bytes and ends. The ring starts small and grows to the capacity as it fills.</summary>
internal sealed class Pipe
{
    private const int FirstBuffer = 4096;

    public required ulong Inode { get; init; }

    /// <summary>The mount of a fifo's node; null for a pipe without a name.</summary>
    public Mount? Mount { get; init; }

    public NodeId Node { get; init; }

    public FileTime Time { get; init; }

    public uint User { get; init; }

    public uint Group { get; init; }

    public int Capacity { get; set; }

    public byte[] Buffer { get; set; } = [];

    public int Start { get; set; }

    public int Count { get; set; }

    public bool HadWriter { get; set; }

    public bool HadReader { get; set; }

    /// <summary>The open files that can read; an open file for both is in both lists.</summary>
    public List<OpenFile> Readers { get; } = [];

    public List<OpenFile> Writers { get; } = [];

    public int Free => Math.Max(0, Capacity - Count);

    public int Take(Span<byte> destination)
    {
        int length = Math.Min(destination.Length, Count);
        int first = Math.Min(length, Buffer.Length - Start);
        Buffer.AsSpan(Start, first).CopyTo(destination);
        Buffer.AsSpan(0, length - first).CopyTo(destination[first..]);
        Start += length;
        if (Start >= Buffer.Length)
            Start -= Buffer.Length;
        Count -= length;
        if (Count == 0)
            Start = 0;
        return length;
    }

    public int Put(ReadOnlySpan<byte> source)
    {
        int length = Math.Min(source.Length, Free);
        if (Count + length > Buffer.Length)
            Resize(Math.Min(Capacity, Math.Max(FirstBuffer, Math.Max(Buffer.Length * 2, Count + length))));
        int end = Start + Count;
        if (end >= Buffer.Length)
            end -= Buffer.Length;
        int first = Math.Min(length, Buffer.Length - end);
        source[..first].CopyTo(Buffer.AsSpan(end));
        source[first..length].CopyTo(Buffer);
        Count += length;
        return length;
    }

    /// <summary>Sets the capacity; EBUSY when what is unread would not fit.</summary>
    public Errno SetCapacity(int capacity)
    {
        if (capacity < Count)
            return Errno.EBUSY;
        if (capacity < Buffer.Length)
            Resize(capacity);
        Capacity = capacity;
        return Errno.None;
    }

    private void Resize(int length)
    {
        var buffer = new byte[length];
        int count = Count;
        int start = Start;
        for (int done = 0; done < count;)
        {
            int run = Math.Min(count - done, Buffer.Length - start);
            Buffer.AsSpan(start, run).CopyTo(buffer.AsSpan(done));
            done += run;
            start = 0;
        }

        Buffer = buffer;
        Start = 0;
    }
}

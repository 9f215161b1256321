using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Checkpoint;

/// <summary>Writes a snapshot into a file and reads it from one that may be anybody's: every error is a line for the user.</summary>
public static class CheckpointFile
{
    private const long MostSection = int.MaxValue - 64;

    /// <summary>Writes a snapshot at a stream's beginning, which can be sought.</summary>
    /// <param name="file">The stream.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="compresses">Whether sections are compressed.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(Stream file, MachineSnapshot snapshot, bool compresses = true)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(snapshot);
        var header = new StateWriter(snapshot.Shapes);
        header.Write(snapshot.Header);
        file.Position = CheckpointFormat.HeadSize;
        Section[] sections =
        [
            WriteSection(file, SectionKind.Header, compresses, output => output.Write(header.Bytes)),
            WriteSection(file, SectionKind.State, compresses, output => output.Write(snapshot.State)),
            WriteSection(file, SectionKind.Blocks, compresses, output => WriteBlocks(output, snapshot.Blocks)),
            WriteSection(file, SectionKind.Frames, compresses, output => WriteFrames(output, snapshot.Memory)),
            WriteSection(file, SectionKind.Pages, compresses, output => WritePages(output, snapshot.Memory)),
        ];
        file.Position = 0;
        file.Write(CheckpointFormat.MakeHead(sections, ContractVersion.Current));
    }

    /// <summary>Reads a snapshot.</summary>
    /// <exception cref="SnapshotException">It is none, damaged, or of a version that is not read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static MachineSnapshot Read(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Position = 0;
        IReadOnlyList<Section> sections = CheckpointFormat.ReadHead(file, static contract => ContractVersion.Accepts(contract));
        foreach (Section section in sections)
            CheckDigest(file, section);
        try
        {
            byte[] bytes = ReadWhole(file, sections[0]);
            SnapshotHeader header = new StateReader(new StateShapes(), bytes, [], static () => throw Damaged(), memory: null).Read<SnapshotHeader>();
            if (header.Options is null || header.Notes is null)
                throw Damaged();
            byte[] state = ReadWhole(file, sections[1]);
            List<byte[]> blocks = ReadBlocks(ReadWhole(file, sections[2]));
            MemoryImage memory = ReadFrames(ReadWhole(file, sections[3]), file, sections[4]);
            return new MachineSnapshot(header, memory, state, blocks) { IsStored = true };
        }
        catch (Exception e) when (e is EndOfStreamException or not (SnapshotException or OutOfMemoryException or IOException))
        {
            throw new SnapshotException("its sections are damaged", e);
        }
    }

    private static SnapshotException Damaged() => new("its sections are damaged");

    private static Section WriteSection(Stream file, SectionKind kind, bool compresses, Action<Stream> write)
    {
        long start = file.Position;
        using var stored = new DigestingStream(file);
        long length;
        if (compresses)
        {
            using var deflate = new DeflateStream(stored, CompressionLevel.Fastest, leaveOpen: true);
            using var counted = new DigestingStream(deflate);
            write(counted);
            length = counted.Count;
        }
        else
        {
            write(stored);
            length = stored.Count;
        }

        return new Section(kind, compresses, start, stored.Count, length, stored.Digest);
    }

    private static void WriteBlocks(Stream output, IReadOnlyList<byte[]> blocks)
    {
        foreach (byte[] block in blocks)
        {
            WriteNumber(output, (uint)block.Length);
            output.Write(block);
        }
    }

    private static void WriteFrames(Stream output, MemoryImage memory)
    {
        WriteNumber(output, memory.NextFrame);
        WriteNumber(output, (uint)memory.Free.Count);
        foreach (uint frame in memory.Free)
            WriteNumber(output, frame);
        foreach (int references in memory.References)
            WriteNumber(output, (uint)references);
    }

    private static void WritePages(Stream output, MemoryImage memory)
    {
        for (int i = 0; i < memory.Frames.Count; i++)
        {
            if (memory.Frames[i] is not { } page)
                continue;
            WriteNumber(output, (uint)i);
            output.Write(page);
        }
    }

    private static void WriteNumber(Stream output, uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        output.Write(bytes);
    }

    private static void CheckDigest(Stream file, Section section)
    {
        using var part = new PartStream(file, section.Start, section.StoredLength);
        if (!SHA256.HashData(part).AsSpan().SequenceEqual(section.Digest))
            throw new SnapshotException($"its section {section.Kind} is damaged");
    }

    private static Stream Open(Stream file, Section section)
    {
        var part = new PartStream(file, section.Start, section.StoredLength);
        return section.IsCompressed ? new DeflateStream(part, CompressionMode.Decompress) : part;
    }

    private static byte[] ReadWhole(Stream file, Section section)
    {
        // Nothing that DEFLATE writes is smaller than a thousandth of what it stands for: a length beyond that is no length.
        if (section.Length > MostSection || section.Length > (section.StoredLength + 1) * 1100)
            throw Damaged();
        using Stream stream = Open(file, section);
        byte[] bytes = new byte[section.Length];
        stream.ReadExactly(bytes);
        return stream.ReadByte() < 0 ? bytes : throw Damaged();
    }

    private static List<byte[]> ReadBlocks(byte[] bytes)
    {
        var blocks = new List<byte[]>();
        for (int position = 0; position < bytes.Length;)
        {
            if (bytes.Length - position < 4)
                throw Damaged();
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position));
            position += 4;
            if (length > bytes.Length - position)
                throw Damaged();
            blocks.Add(bytes[position..(position + (int)length)]);
            position += (int)length;
        }

        return blocks;
    }

    private static MemoryImage ReadFrames(byte[] bytes, Stream file, Section pages)
    {
        if (bytes.Length < 8)
            throw Damaged();
        uint next = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        uint freeCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        if (next == 0 || bytes.Length != 8 + (4 * ((long)next + freeCount)))
            throw Damaged();
        uint[] free = new uint[freeCount];
        for (int i = 0; i < free.Length; i++)
            free[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8 + (4 * i)));
        int[] references = new int[next];
        for (int i = 0; i < references.Length; i++)
            references[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8 + (4 * (i + free.Length))));
        return new MemoryImage { NextFrame = next, Free = free, References = references, Frames = ReadPages(file, pages, next) };
    }

    private static byte[]?[] ReadPages(Stream file, Section section, uint next)
    {
        const int EntrySize = 4 + FrameNumber.Size;
        byte[]?[] frames = new byte[]?[next];
        if (section.Length % EntrySize != 0 || section.Length / EntrySize >= next)
            throw Damaged();
        using Stream stream = Open(file, section);
        byte[] number = new byte[4];
        for (long left = section.Length / EntrySize; left > 0; left--)
        {
            stream.ReadExactly(number);
            uint frame = BinaryPrimitives.ReadUInt32LittleEndian(number);
            if (frame == 0 || frame >= next || frames[frame] is not null)
                throw Damaged();
            stream.ReadExactly(frames[frame] = new byte[FrameNumber.Size]);
        }

        return stream.ReadByte() < 0 ? frames : throw Damaged();
    }
}

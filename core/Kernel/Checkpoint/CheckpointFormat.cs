using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// The outer form of a checkpoint file (docs/checkpoint.md): what it is, its versions and its length, a table of sections with the digest of each,
/// and the digest of all of that; then the sections. Numbers are little-endian.
/// </summary>
internal static class CheckpointFormat
{
    /// <summary>The version of the form that is written and read.</summary>
    public const ushort Version = 1;

    public const int PrefixSize = 24;
    public const int EntrySize = 56;
    public const int DigestSize = SHA256.HashSizeInBytes;

    /// <summary>How many sections there are, in this order.</summary>
    public const int SectionCount = 5;

    /// <summary>What every checkpoint begins with: it is no text, and a transfer that changes ends of lines shows.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'K', (byte)'P', (byte)'I', (byte)'O', (byte)'\r', (byte)'\n', 0x1A];

    /// <summary>Where the first section begins.</summary>
    public const int HeadSize = PrefixSize + (SectionCount * EntrySize) + DigestSize;

    /// <summary>Makes the head of a file.</summary>
    public static byte[] MakeHead(IReadOnlyList<Section> sections, Version contract)
    {
        byte[] head = new byte[HeadSize];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(10), (ushort)contract.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(12), (ushort)contract.Minor);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(14), SectionCount);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), HeadSize + sections.Sum(static section => section.StoredLength));
        for (int i = 0; i < SectionCount; i++)
        {
            Span<byte> entry = head.AsSpan(PrefixSize + (i * EntrySize), EntrySize);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)sections[i].Kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], sections[i].IsCompressed ? 1u : 0);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], sections[i].StoredLength);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], sections[i].Length);
            sections[i].Digest.CopyTo(entry[24..]);
        }

        SHA256.HashData(head.AsSpan(0, HeadSize - DigestSize), head.AsSpan(HeadSize - DigestSize));
        return head;
    }

    /// <summary>Reads the head of a file.</summary>
    /// <exception cref="SnapshotException">It is no checkpoint, of another version, or damaged.</exception>
    public static IReadOnlyList<Section> ReadHead(Stream file, Func<Version, bool> accepts)
    {
        byte[] head = new byte[HeadSize];
        int length = file.ReadAtLeast(head, HeadSize, throwOnEndOfStream: false);
        if (length < Magic.Length || !head.AsSpan(0, Magic.Length).SequenceEqual(Magic))
            throw new SnapshotException("it is no checkpoint of KPIO");
        if (length < PrefixSize)
            throw new SnapshotException("it is cut off in its head");
        int version = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(8));
        if (version != Version)
            throw new SnapshotException($"it has format {version}, and this version of KPIO reads format {Version}");
        var contract = new Version(BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(10)), BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(12)));
        if (!accepts(contract))
            throw new SnapshotException($"its records have version {contract} of the contracts, which this version of KPIO does not read");
        if (length < HeadSize)
            throw new SnapshotException("it is cut off in its head");
        if (BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(14)) != SectionCount || !SHA256.HashData(head.AsSpan(0, HeadSize - DigestSize)).AsSpan().SequenceEqual(head.AsSpan(HeadSize - DigestSize)))
            throw new SnapshotException("its head is damaged");
        long whole = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(16));
        if (file.Length != whole)
            throw new SnapshotException(file.Length < whole ? $"it is cut off: {file.Length} of {whole} bytes are there" : $"it is longer than it should be: {file.Length} bytes instead of {whole}");
        return ReadTable(head, whole);
    }

    private static List<Section> ReadTable(byte[] head, long whole)
    {
        var sections = new List<Section>();
        long start = HeadSize;
        for (int i = 0; i < SectionCount; i++)
        {
            ReadOnlySpan<byte> entry = head.AsSpan(PrefixSize + (i * EntrySize), EntrySize);
            uint compression = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
            var section = new Section(
                (SectionKind)BinaryPrimitives.ReadUInt32LittleEndian(entry),
                compression == 1,
                start,
                BinaryPrimitives.ReadInt64LittleEndian(entry[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[16..]),
                entry[24..].ToArray());
            if (section.Kind != (SectionKind)(i + 1) || compression > 1 || section.Length < 0 || section.StoredLength < 0 || section.StoredLength > whole - start
                || (compression == 0 && section.Length != section.StoredLength))
            {
                throw new SnapshotException("its head is damaged");
            }

            start += section.StoredLength;
            sections.Add(section);
        }

        return start == whole ? sections : throw new SnapshotException("its head is damaged");
    }
}

/// <summary>What a section holds.</summary>
internal enum SectionKind : uint
{
    /// <summary>What is known of the machine (<see cref="Contracts.State.SnapshotHeader"/>).</summary>
    Header = 1,

    /// <summary>The records.</summary>
    State,

    /// <summary>Their large arrays, each behind its length.</summary>
    Blocks,

    /// <summary>Which frames are in use, and how often, and the order of the free ones.</summary>
    Frames,

    /// <summary>The frames that are not all zeros, each behind its number.</summary>
    Pages,
}

/// <summary>A section's entry in the table.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="IsCompressed">Whether it is stored with DEFLATE (RFC 1951).</param>
/// <param name="Start">Where it begins.</param>
/// <param name="StoredLength">Its bytes in the file.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Digest">The SHA-256 of its bytes in the file.</param>
internal sealed record Section(SectionKind Kind, bool IsCompressed, long Start, long StoredLength, long Length, byte[] Digest);

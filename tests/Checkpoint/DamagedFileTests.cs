using System.Buffers.Binary;
using System.Security.Cryptography;
using Kpio.Kernel.Checkpoint;
using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary>What a file says may be anything: it is refused in a line, or makes a machine; nothing else happens.</summary>
public sealed class DamagedFileTests
{
    private const int PrefixSize = 24;
    private const int EntrySize = 56;
    private const int Sections = 5;
    private const int HeadSize = PrefixSize + (Sections * EntrySize) + 32;
    private static readonly Lazy<byte[]> Whole = new(static () => Make(compresses: false));

    /// <summary>Any byte that is changed is noticed.</summary>
    [Fact]
    public void ChangedBytesAreNoticed()
    {
        var random = new Random(4711);
        byte[] compressed = Make(compresses: true);
        for (int i = 0; i < 300; i++)
        {
            byte[] file = (byte[])(i % 2 == 0 ? Whole.Value : compressed).Clone();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int place = i % 3 == 0 ? random.Next(HeadSize) : random.Next(file.Length);
                file[place] ^= (byte)random.Next(1, 256);
            }

            Refused(file);
        }
    }

    /// <summary>So is a file that was cut off, wherever, or has something behind it.</summary>
    [Fact]
    public void OtherLengthsAreNoticed()
    {
        var random = new Random(4712);
        for (int i = 0; i < 60; i++)
            Refused(Whole.Value[..(i < 20 ? i * 20 : random.Next(Whole.Value.Length))]);
        Refused([.. Whole.Value, 0]);
    }

    [Fact]
    public void OtherFilesAndVersionsAreNamed()
    {
        Assert.Equal("it is no checkpoint of KPIO", Refused("#!/bin/sh\necho this is something else\n"u8.ToArray()));
        Assert.Equal("it is no checkpoint of KPIO", Refused([]));
        byte[] newer = (byte[])Whole.Value.Clone();
        newer[8] = 2;
        Assert.Equal("it has format 2, and this version of KPIO reads format 1", Refused(newer));
        byte[] contract = (byte[])Whole.Value.Clone();
        contract[10] = 9;
        Assert.Contains("version 9.1 of the contracts", Refused(contract), StringComparison.Ordinal);
    }

    /// <summary>Somebody who changes a file and its digests too gets no further than a line, or a machine that is made of contract data alone.</summary>
    [Fact]
    public void ForgedFilesDoNoHarm()
    {
        var random = new Random(4713);
        int refused = 0;
        for (int i = 0; i < 150; i++)
        {
            byte[] file = (byte[])Whole.Value.Clone();
            int section = i % 3 == 2 ? 3 : 1;
            (int start, int length) = Place(file, section);
            for (int change = random.Next(1, 4); change > 0; change--)
                file[start + random.Next(length)] ^= (byte)random.Next(1, 256);
            MakeDigestsRight(file);
            refused += IsRefused(file) ? 1 : 0;
        }

        Assert.InRange(refused, 50, 150);
    }

    /// <summary>Page tables that lead out of the machine's memory, or that two spaces share, are not taken.</summary>
    [Fact]
    public void ForgedPageTablesAreRefused()
    {
        var random = new Random(4714);
        (int start, int length) = Place(Whole.Value, 4);
        int changed = 0;
        for (int page = 0; page < length / 4100; page++)
        {
            // A table has entries with few bits: those that say present, user and accessed, and no address above the memory.
            Span<byte> bytes = Whole.Value.AsSpan(start + (page * 4100) + 4, 4096);
            int entry = FindEntry(bytes);
            if (entry < 0)
                continue;
            byte[] file = (byte[])Whole.Value.Clone();
            BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(start + (page * 4100) + 4 + entry), 0x67 | ((ulong)random.Next(1 << 30) << 12));
            MakeDigestsRight(file);
            Assert.Equal("its frames are damaged", Refused(file));
            changed++;
        }

        Assert.True(changed > 3, $"{changed} tables");

        static int FindEntry(ReadOnlySpan<byte> page)
        {
            int found = -1;
            for (int i = 0; i < 4096; i += 8)
            {
                ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(page[i..]);
                if (entry == 0)
                    continue;
                if ((entry & 5) != 5 || (entry & ~(1UL << 63)) >> 12 is 0 or >= 1 << 18 || (entry & 0xF80) != 0)
                    return -1;
                found = i;
            }

            return found;
        }
    }

    private static byte[] Make(bool compresses)
    {
        MachineSnapshot? kept = null;
        var runner = new RelayRunner { FirstCalls = 150, WritesScratch = false, Carry = snapshot => kept = snapshot, Growth = 1000 };
        using var scratch = new ScratchDirectory();
        runner.Run(new ProgramRun("/bin/busybox", "sh", "-c", "sleep 0.1 & seq 1 200 | sort | tail -n 1; echo x >/tmp/f; cat /tmp/f; wait"), scratch);
        using var file = new MemoryStream();
        CheckpointFile.Write(file, kept!, compresses);
        return file.ToArray();
    }

    private static string Refused(byte[] file)
    {
        string? message = Problem(file);
        Assert.NotNull(message);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static bool IsRefused(byte[] file)
    {
        string? message = Problem(file);
        Assert.DoesNotContain("\n", message ?? "", StringComparison.Ordinal);
        return message is not null;
    }

    private static string? Problem(byte[] file)
    {
        try
        {
            new RelayRunner { FirstCalls = 1 }.TryRestore(CheckpointFile.Read(new MemoryStream(file)));
            return null;
        }
        catch (SnapshotException e)
        {
            return e.Message;
        }
    }

    private static (int Start, int Length) Place(byte[] file, int section)
    {
        int start = HeadSize;
        for (int i = 0; i < section; i++)
            start += (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(PrefixSize + (i * EntrySize) + 8));
        return (start, (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(PrefixSize + (section * EntrySize) + 8)));
    }

    private static void MakeDigestsRight(byte[] file)
    {
        for (int i = 0; i < Sections; i++)
        {
            (int start, int length) = Place(file, i);
            SHA256.HashData(file.AsSpan(start, length), file.AsSpan(PrefixSize + (i * EntrySize) + 24));
        }

        SHA256.HashData(file.AsSpan(0, HeadSize - 32), file.AsSpan(HeadSize - 32));
    }
}

using System.Buffers.Binary;
using System.Globalization;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Kernel.Debugging;
using Kpio.Kernel.Hosting;

namespace Kpio.Debugger.Cores;

/// <summary>
/// Writes core files (core(5)) named <c>core.PID</c> into a folder of the host: ELF with notes and the process's memory, sparse where it has
/// none. Files that are mapped and unchanged are named and, but for the page with an ELF header, left out, as Linux does by default.
/// </summary>
public sealed class CoreFolder : ICoreWriter
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const int MostSegments = 0xFFFE;
    private const uint PT_LOAD = 1;
    private const uint PT_NOTE = 4;
    private const int PageSize = 4096;

    private readonly string _folder;
    private readonly KernelSlots _slots;
    private readonly Action<string> _report;

    public CoreFolder(string folder, KernelSlots slots, Action<string> report)
    {
        _folder = folder;
        _slots = slots;
        _report = report;
    }

    /// <inheritdoc/>
    public bool Write(GuestTask task, in SignalInfo info, IReadOnlyList<GuestTask> threads, DebugMemory memory)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(memory);
        string path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"core.{task.Group.Pid}"));
        IReadOnlyList<MemoryRegion> regions = memory.RegionsOf(task);
        if (regions.Count >= MostSegments)
        {
            _report($"{path}: not written: the process has {regions.Count} mappings");
            return false;
        }

        using var notes = new CoreNotes();
        notes.AddProcess(task, in info, memory, FilesOf(task, regions));
        foreach (GuestTask thread in threads.Skip(1))
            notes.AddThread(thread, in info);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, options);
            WriteFile(file, task, regions, notes.ToArray(), memory);
            _report($"{path}: the core of process {task.Group.Pid}, which {info.Signal} ends");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _report($"{path}: not written: {e.Message.ReplaceLineEndings(" ")}");
            return false;
        }
    }

    private List<(MemoryRegion Region, byte[] Path)> FilesOf(GuestTask task, IReadOnlyList<MemoryRegion> regions)
    {
        var files = new List<(MemoryRegion, byte[])>();
        foreach (MemoryRegion region in regions)
        {
            if (!region.File.IsNone && _slots.Mounts.Current.GetPath(task, region.File).TryGet(out byte[]? path, out _))
                files.Add((region, path));
        }

        return files;
    }

    private static void WriteFile(FileStream file, GuestTask task, IReadOnlyList<MemoryRegion> regions, byte[] notes, DebugMemory memory)
    {
        long headers = HeaderSize + ((long)SegmentSize * (regions.Count + 1));
        long position = (headers + notes.Length + PageSize - 1) & -PageSize;
        byte[] start = new byte[headers];
        WriteHeader(start, regions.Count + 1);
        WriteSegment(start.AsSpan(HeaderSize), PT_NOTE, 0, (ulong)headers, 0, (ulong)notes.Length, 0, 4);
        var content = new List<(MemoryRegion Region, long Position, ulong Length)>();
        for (int i = 0; i < regions.Count; i++)
        {
            MemoryRegion region = regions[i];
            ulong length = LengthOf(task, region, memory);
            uint flags = ((region.Access & PageAccess.Read) != 0 ? 4u : 0) | ((region.Access & PageAccess.Write) != 0 ? 2u : 0) | ((region.Access & PageAccess.Execute) != 0 ? 1u : 0);
            WriteSegment(start.AsSpan(HeaderSize + (SegmentSize * (i + 1))), PT_LOAD, flags, (ulong)position, region.Start, length, region.End - region.Start, PageSize);
            content.Add((region, position, length));
            position += (long)length;
        }

        file.Write(start);
        file.Write(notes);
        file.SetLength(position);
        byte[] page = new byte[PageSize];
        foreach ((MemoryRegion region, long offset, ulong length) in content)
        {
            for (ulong done = 0; done < length; done += PageSize)
            {
                if (!memory.IsPresent(task, region.Start + done) || memory.Read(task, region.Start + done, page) < PageSize)
                    continue;
                file.Position = offset + (long)done;
                file.Write(page);
            }
        }
    }

    /// <summary>How much of a region goes into the file: all that the process may have changed, up to the last page that is there.</summary>
    private static ulong LengthOf(GuestTask task, MemoryRegion region, DebugMemory memory)
    {
        ulong last = 0;
        bool isChanged = region.File.IsNone;
        for (ulong page = region.Start; page < region.End; page += PageSize)
        {
            if (!memory.IsPresent(task, page))
                continue;
            last = page + PageSize - region.Start;
            isChanged |= memory.IsChanged(task, page);
        }

        if (isChanged)
            return last;
        Span<byte> magic = stackalloc byte[4];
        bool isHeader = region.Offset == 0 && memory.Read(task, region.Start, magic) == magic.Length && magic.SequenceEqual("\u007fELF"u8);
        return isHeader ? (ulong)PageSize : 0;
    }

    private static void WriteHeader(Span<byte> header, int segments)
    {
        "\u007fELF"u8.CopyTo(header);
        header[4] = 2; // 64-bit
        header[5] = 1; // little-endian
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], 4); // ET_CORE
        BinaryPrimitives.WriteUInt16LittleEndian(header[18..], 62); // EM_X86_64
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[52..], HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[54..], SegmentSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[56..], (ushort)segments);
    }

    private static void WriteSegment(Span<byte> segment, uint type, uint flags, ulong offset, ulong address, ulong fileSize, ulong memorySize, ulong alignment)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(segment, type);
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], flags);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], fileSize);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], memorySize);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], alignment);
    }
}

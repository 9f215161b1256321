using System.Text;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.PageCache;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>Pages of mapped files: what a mapping writes is what read(2) sees, and the other way round, before and after a swap.</summary>
public sealed class PageCacheTests
{
    private const int Page = 4096;

    [Theory]
    [InlineData("tmpfs")]
    [InlineData("overlay")]
    [InlineData("host")]
    public void WhatAMappingWritesGoesToTheFileAndOver(string type)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.Path, "below"), "from the host");
        var physical = new Frames();
        var mappings = new Mappings();
        using var machine = new TestMachine(physical: physical, mappings: mappings);
        machine.WithRoot(type, type == "tmpfs" ? null : directory.Path);
        if (type == "tmpfs")
            machine.WriteFile("/below", "from the host");
        FileId file = machine.Open("/below", OpenFlags.O_RDWR);
        FilePages pages = machine.Parts.Core.Pages;
        long mapped = TestMachine.Ok(pages.Attach(file, mayWrite: true));
        Assert.Equal(mapped, TestMachine.Ok(pages.Attach(file, mayWrite: false)));
        FrameNumber frame = TestMachine.Ok(pages.GetPage(file, 0, out bool wasRead));
        Assert.True(wasRead);
        Assert.Equal("from the host\0", Encoding.ASCII.GetString(physical.GetSpan(frame)[..14]));
        Assert.Equal(Errno.ENXIO, pages.GetPage(file, 1, out _).Error);

        TestMachine.Ok(pages.BeginWrite(file, 0));
        "FROM"u8.CopyTo(physical.GetSpan(frame));
        Assert.Equal("FROM the host", machine.ReadAll(file));
        TestMachine.Ok(machine.Files.Write(file, "mine"u8, 9));
        Assert.Equal("FROM the mine", Encoding.ASCII.GetString(physical.GetSpan(frame)[..13]));

        machine.Swap();
        pages = machine.Parts.Core.Pages;
        Assert.True(pages.TryFindPage(file, 0, out FrameNumber after));
        Assert.Equal(frame, after);
        "from"u8.CopyTo(physical.GetSpan(frame));
        TestMachine.Ok(machine.Files.Seek(file, 0, 0));
        Assert.Equal("from the mine", machine.ReadAll(file));

        TestMachine.Ok(machine.Control.SetAttributes(machine.Task, file, new AttributeChange { Size = 4 }));
        Assert.Equal(0, physical.GetSpan(frame)[4]);
        TestMachine.Ok(machine.Control.SetAttributes(machine.Task, file, new AttributeChange { Size = 3 * Page }));
        TestMachine.Ok(machine.Control.SetAttributes(machine.Task, file, new AttributeChange { Size = 5 }));
        Assert.Equal([(mapped, 1L), (mapped, 1L)], mappings.Unmapped);

        pages.Detach(file, mayWrite: true);
        pages.Detach(file, mayWrite: false);
        physical.Release(frame);
        physical.Release(after);
        Assert.Equal(0, physical.Used);
        TestMachine.Ok(machine.Files.Seek(file, 0, 0));
        Assert.Equal("from\0", machine.ReadAll(file));
        if (type == "host")
            Assert.Equal("from\0", File.ReadAllText(Path.Combine(directory.Path, "below")));
        machine.Files.Release(file);
    }

    [Fact]
    public void FilesWithoutANameKeepTheirSealsOverASwap()
    {
        using var machine = new TestMachine(physical: new Frames(), mappings: new Mappings());
        machine.WithRoot("tmpfs");
        int shown = machine.Mounts.Mounts.Count;
        FileId file = TestMachine.Ok(machine.Parts.MemoryFiles.Create("memfd:x"u8, new NewNode(FileKind.Regular, 0x1FF, 0, 0), FileSeals.None));
        TestMachine.Ok(machine.Files.Write(file, "content"u8));
        TestMachine.Ok(machine.Parts.MemoryFiles.AddSeals(file, FileSeals.F_SEAL_GROW));
        machine.Swap();
        Assert.Equal(FileSeals.F_SEAL_GROW, TestMachine.Ok(machine.Parts.MemoryFiles.GetSeals(file)));
        Assert.Equal(Errno.EPERM, machine.Files.Write(file, "more"u8).Error);
        TestMachine.Ok(machine.Files.Seek(file, 0, 0));
        Assert.Equal("content", machine.ReadAll(file));
        Assert.Equal(shown, machine.Mounts.Mounts.Count);
    }

    private sealed class Mappings : IFileMappings
    {
        public List<(long Object, long First)> Unmapped { get; } = [];

        public void UnmapPages(long fileObject, long first, long end, bool copies) => Unmapped.Add((fileObject, first));

        public void ProtectPages(long fileObject, long first, long end)
        {
        }
    }

    private sealed class Frames : IPhysicalMemory
    {
        private readonly Dictionary<uint, (byte[] Bytes, int References)> _frames = [];
        private uint _next = 1;

        public int Used => _frames.Count;

        public long TotalFrames => 1000;

        public long UsedFrames => _frames.Count;

        public Result<FrameNumber> Allocate()
        {
            _frames.Add(_next, (new byte[Page], 1));
            return new FrameNumber(_next++);
        }

        public void AddReference(FrameNumber frame) => Change(frame, 1);

        public void Release(FrameNumber frame) => Change(frame, -1);

        public int ReferenceCount(FrameNumber frame) => _frames[frame.Value].References;

        public Span<byte> GetSpan(FrameNumber frame) => _frames[frame.Value].Bytes;

        public ReadOnlySpan<byte> GetReadOnlySpan(FrameNumber frame) => _frames[frame.Value].Bytes;

        private void Change(FrameNumber frame, int by)
        {
            (byte[] bytes, int references) = _frames[frame.Value];
            if (references + by == 0)
                _frames.Remove(frame.Value);
            else
                _frames[frame.Value] = (bytes, references + by);
        }
    }
}

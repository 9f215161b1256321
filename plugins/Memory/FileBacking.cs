using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Memory;

/// <summary>Files under mappings: whether one may be mapped so, the references that regions hold, and pages from the VFS's page cache.</summary>
internal sealed class FileBacking
{
    /// <summary>st_rdev of /dev/zero: major 1, minor 5. Mapped it is anonymous memory (null(4)).</summary>
    private const ulong ZeroDevice = (1 << 8) | 5;

    private readonly Slot<IOpenFiles> _files;
    private readonly Slot<IFileControl> _control;
    private readonly Slot<IFilePages> _pages;
    private readonly Slot<IMemoryFiles> _memoryFiles;

    public FileBacking(Slot<IOpenFiles> files, Slot<IFileControl> control, Slot<IFilePages> pages, Slot<IMemoryFiles> memoryFiles)
    {
        _memoryFiles = memoryFiles;
        _files = files;
        _control = control;
        _pages = pages;
    }

    /// <summary>
    /// Checks a file for mmap(2). <paramref name="isZero"/> tells that it stands for anonymous memory, <paramref name="mayWrite"/> that a
    /// shared mapping of it may be writable.
    /// </summary>
    public Errno Check(FileId file, PageAccess access, bool isShared, out bool isZero, out bool mayWrite)
    {
        isZero = false;
        mayWrite = false;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out error))
            return error;
        if ((flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        OpenFlags mode = flags & OpenFlags.O_ACCMODE;
        mayWrite = isShared && mode == OpenFlags.O_RDWR;
        if (mode == OpenFlags.O_WRONLY || (isShared && (access & PageAccess.Write) != 0 && !mayWrite))
            return Errno.EACCES;
        if (mayWrite && IsSealed(file))
        {
            if ((access & PageAccess.Write) != 0)
                return Errno.EPERM;
            mayWrite = false;
        }

        isZero = attributes is { Kind: FileKind.CharacterDevice, SpecialDevice: ZeroDevice };
        return attributes.Kind == FileKind.Regular || isZero ? Errno.None : Errno.ENODEV;
    }

    /// <summary>A region of the file begins to be; answers the file's number in the page cache.</summary>
    public Result<long> Attach(FileId file, bool mayWrite) => _pages.Current.Attach(file, mayWrite);

    /// <summary>A region was divided or copied: its file has one more.</summary>
    public void Attach(MemoryRegion region)
    {
        if (!region.File.IsNone)
            _pages.Current.Attach(region.File, region.MayWrite);
    }

    /// <summary>A region is gone.</summary>
    public void Detach(MemoryRegion region)
    {
        if (!region.File.IsNone)
            _pages.Current.Detach(region.File, region.MayWrite);
    }

    /// <summary>The frame of the page at an address of a region, with a reference; BeyondFile when the file has no such page or it cannot be read.</summary>
    public FaultOutcome GetPage(MemoryRegion region, ulong address, out FrameNumber frame, out bool wasRead) =>
        _pages.Current.GetPage(region.File, Pages.IndexIn(region, address), out wasRead).TryGet(out frame, out Errno error) ? FaultOutcome.Mapped : OutcomeOf(error);

    /// <summary>The same when that needs no reading.</summary>
    public bool TryFindPage(MemoryRegion region, ulong address, out FrameNumber frame) =>
        _pages.Current.TryFindPage(region.File, Pages.IndexIn(region, address), out frame);

    /// <summary>Whether the file's page at an address of a region counts as being in memory.</summary>
    public bool HasPage(MemoryRegion region, ulong address) => _pages.Current.IsResident(region.File, Pages.IndexIn(region, address));

    /// <summary>A page of a shared region is about to become writable.</summary>
    public FaultOutcome BeginWrite(MemoryRegion region, ulong address)
    {
        Errno error = _pages.Current.BeginWrite(region.File, Pages.IndexIn(region, address));
        return error == Errno.None ? FaultOutcome.Mapped : OutcomeOf(error);
    }

    /// <summary>Writes what a region changed back (msync(2)).</summary>
    public Errno WriteBack(MemoryRegion region, ulong start, ulong end) =>
        _pages.Current.WriteBack(region.File, Pages.IndexIn(region, start), Pages.IndexIn(region, end));

    /// <summary>Makes a hole in the file of a shared region (madvise(2), MADV_REMOVE).</summary>
    public Errno PunchHole(MemoryRegion region, ulong start, ulong end) =>
        _control.Current.PunchHole(region.File, Pages.IndexIn(region, start), Pages.IndexIn(region, end));

    private bool IsSealed(FileId file) =>
        _memoryFiles.Current.GetSeals(file).TryGet(out FileSeals seals, out _) && (seals & (FileSeals.F_SEAL_WRITE | FileSeals.F_SEAL_FUTURE_WRITE)) != 0;

    private static FaultOutcome OutcomeOf(Errno error) => error == Errno.ENOMEM ? FaultOutcome.OutOfMemory : FaultOutcome.BeyondFile;
}

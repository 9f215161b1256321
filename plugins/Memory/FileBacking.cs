using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Memory;

/// <summary>Files under mappings: whether one may be mapped so, its references, and its pages.</summary>
internal sealed class FileBacking
{
    /// <summary>st_rdev of /dev/zero: major 1, minor 5. Mapped it is anonymous memory (null(4)).</summary>
    private const ulong ZeroDevice = (1 << 8) | 5;

    private readonly Slot<IOpenFiles> _files;
    private readonly Slot<IFileControl> _control;

    public FileBacking(Slot<IOpenFiles> files, Slot<IFileControl> control)
    {
        _files = files;
        _control = control;
    }

    /// <summary>Checks a file for mmap(2) or mprotect(2); <paramref name="isZero"/> tells that it stands for anonymous memory.</summary>
    public Errno Check(FileId file, PageAccess access, bool isShared, out bool isZero)
    {
        isZero = false;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out error))
            return error;
        if ((flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        OpenFlags mode = flags & OpenFlags.O_ACCMODE;
        if (mode == OpenFlags.O_WRONLY || (isShared && (access & PageAccess.Write) != 0 && mode != OpenFlags.O_RDWR))
            return Errno.EACCES;
        isZero = attributes is { Kind: FileKind.CharacterDevice, SpecialDevice: ZeroDevice };
        return attributes.Kind == FileKind.Regular || isZero ? Errno.None : Errno.ENODEV;
    }

    public void AddReference(FileId file)
    {
        if (!file.IsNone)
            _files.Current.AddReference(file);
    }

    public void Release(FileId file)
    {
        if (!file.IsNone)
            _files.Current.Release(file);
    }

    /// <summary>Fills a page from the file; false when the page lies wholly behind its end, or cannot be read.</summary>
    public bool TryReadPage(MemoryRegion region, long offset, Span<byte> page)
    {
        long wanted = Math.Min(page.Length, region.FileEnd - offset);
        int done = 0;
        while (done < wanted)
        {
            if (!_files.Current.Read(region.File, page[done..(int)wanted], offset + done).TryGet(out int count, out _))
                return false;
            if (count == 0)
                break;
            done += count;
        }

        return done > 0;
    }
}

using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// The page cache: pages of regular files as frames, shared by every mapping of the file and seen by read(2) and write(2) at once. A
/// file has pages here while anything maps it. The VFS keeps the pages; the memory manager puts them into address spaces and tells
/// here what it does with them.
/// </summary>
public interface IFilePages
{
    /// <summary>
    /// A mapping of the file begins, or is divided in two: adds a reference to the open file and answers the number under which the file
    /// is known as long as it is mapped (the same for every open file of one inode). ENODEV for files without pages.
    /// </summary>
    /// <param name="file">The open file.</param>
    /// <param name="mayWrite">Whether the mapping is shared and may become writable.</param>
    Result<long> Attach(FileId file, bool mayWrite);

    /// <summary>The opposite of <see cref="Attach"/>, called when the mapping's pages are out of the page tables. With the last mapping that may write, what was written goes to the file.</summary>
    void Detach(FileId file, bool mayWrite);

    /// <summary>
    /// The frame of a page, read from the file when it is not there yet (<paramref name="wasRead"/>); the caller gets a reference. Zeros
    /// follow the file's last byte. ENXIO for a page wholly behind the end, ENOMEM, or the error of the file system.
    /// </summary>
    Result<FrameNumber> GetPage(FileId file, long index, out bool wasRead);

    /// <summary>The frame of a page when it is there already; the caller gets a reference.</summary>
    bool TryFindPage(FileId file, long index, out FrameNumber frame);

    /// <summary>
    /// Whether a page counts as being in memory (mincore(2)): it is there, or the file has data in it. What the host keeps of its files in
    /// memory depends on what ran before, and is not asked for.
    /// </summary>
    bool IsResident(FileId file, long index);

    /// <summary>A page that is there is about to become writable in a shared mapping: reserves the space for it in the file and sets the file's times. ENOSPC, EDQUOT, EROFS.</summary>
    Errno BeginWrite(FileId file, long index);

    /// <summary>Writes what mappings changed in a range of pages to the file (msync(2)); <paramref name="end"/> is exclusive.</summary>
    Errno WriteBack(FileId file, long first, long end);

    /// <summary>Writes what mappings changed in any file (sync(2), and the machine's end).</summary>
    void WriteBackAll();
}

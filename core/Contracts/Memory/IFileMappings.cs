namespace Kpio.Contracts.Memory;

/// <summary>
/// What the page cache asks of the memory manager. Files are named by the number that <see cref="Vfs.IFilePages.Attach"/> gave them, pages by
/// their position in the file divided by 4096; ends are exclusive.
/// </summary>
public interface IFileMappings
{
    /// <summary>Takes pages of a file out of every address space: the file became shorter, or has a hole there now. Private copies go too when <paramref name="copies"/>.</summary>
    void UnmapPages(long fileObject, long first, long end, bool copies);

    /// <summary>Takes write access from pages of a file in every shared mapping, so that the next write is told to <see cref="Vfs.IFilePages.BeginWrite"/>.</summary>
    void ProtectPages(long fileObject, long first, long end);
}

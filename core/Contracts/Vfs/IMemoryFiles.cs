using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Files that live in memory and have no name (memfd_create(2)), and what can be sealed of files in memory (fcntl(2), F_ADD_SEALS).</summary>
public interface IMemoryFiles
{
    /// <summary>Makes an empty file without a place in the tree, open for reading and writing, with one reference. /proc shows it as <c>/NAME (deleted)</c>. ENFILE.</summary>
    /// <param name="name">What it is shown as.</param>
    /// <param name="node">Its permissions and owner.</param>
    /// <param name="seals">The seals that it has from the start.</param>
    Result<FileId> Create(ReadOnlySpan<byte> name, in NewNode node, FileSeals seals);

    /// <summary>A file's seals; EINVAL for files that can have none.</summary>
    Result<FileSeals> GetSeals(FileId file);

    /// <summary>Adds seals. EPERM when the file is sealed against that or not open for writing; EBUSY to seal writing while a shared mapping may write.</summary>
    Errno AddSeals(FileId file, FileSeals seals);
}

/// <summary>fcntl(2)'s seals by Linux's values.</summary>
[Flags]
public enum FileSeals : uint
{
#pragma warning disable CS1591 // fcntl(2) documents each.
    None = 0,
    F_SEAL_SEAL = 1,
    F_SEAL_SHRINK = 2,
    F_SEAL_GROW = 4,
    F_SEAL_WRITE = 8,
    F_SEAL_FUTURE_WRITE = 16,
#pragma warning restore CS1591
}

/// <summary>For trees whose files can be sealed. The VFS keeps to the seals; the tree keeps them.</summary>
public interface ISealedContent
{
    /// <summary>A regular file's seals; EINVAL for files that can have none.</summary>
    Result<FileSeals> GetSeals(NodeId node);

    /// <summary>Adds seals; what forbids that was checked.</summary>
    void AddSeals(NodeId node, FileSeals seals);
}

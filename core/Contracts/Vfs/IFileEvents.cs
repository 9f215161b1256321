using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>How bytes are moved between a file and several pieces of memory (readv(2)).</summary>
public enum TransferKind : byte
{
    /// <summary>As a stream: in as many reads or writes as suit the memory.</summary>
    Stream,

    /// <summary>All pieces together are one read or write: a message.</summary>
    Whole,

    /// <summary>Each piece is a read or write of its own, made in one go.</summary>
    Each,
}

/// <summary>What a task that reads, writes or waits for files has to know of them.</summary>
public interface IFileEvents
{
    /// <summary>
    /// The key that is woken when the file's readiness, as <paramref name="task"/> sees it, may have changed: the file's own for most,
    /// that of the process's signals for signalfd(2).
    /// </summary>
    WaitKey KeyOf(FileId file, GuestTask task);

    /// <summary>How a read, or a write, may be taken apart.</summary>
    TransferKind TransferOf(FileId file, bool isWrite);
}

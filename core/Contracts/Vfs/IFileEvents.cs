using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>What a task that waits for files has to know of them.</summary>
public interface IFileEvents
{
    /// <summary>
    /// The key that is woken when the file's readiness, as <paramref name="task"/> sees it, may have changed: the file's own for most,
    /// that of the process's signals for signalfd(2).
    /// </summary>
    WaitKey KeyOf(FileId file, GuestTask task);
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Files that are no more than a descriptor for something else of the kernel's. Each comes with one reference; <c>flags</c> may hold O_NONBLOCK.</summary>
public interface ISpecialFiles
{
    /// <summary>A counter (eventfd(2)); a semaphore is read one by one.</summary>
    Result<FileId> CreateCounter(ulong value, bool isSemaphore, OpenFlags flags);
}

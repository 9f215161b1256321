using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// For trees whose files take time, besides <see cref="IFileContent"/>: the call that reads or writes waits before its first byte is moved, while
/// other tasks run. A plugin itself never waits. Pages of mapped files, programs that are loaded and copy_file_range(2) do not wait,
/// nor do files with O_NONBLOCK; a signal interrupts the wait as one for a pipe.
/// </summary>
public interface ISlowContent
{
    /// <summary>How long a call takes before its bytes are moved, in nanoseconds of the machine's time; 0 for no time. Asked once for each call.</summary>
    long LatencyOf(NodeId node, int length, bool isWrite);
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Of what sort the receiver of a file's signals is; the values of F_OWNER_… (fcntl(2), F_SETOWN_EX).</summary>
public enum FileOwnerKind : byte
{
    /// <summary>One thread.</summary>
    Thread,

    /// <summary>A process.</summary>
    Process,

    /// <summary>A process group.</summary>
    Group,
}

/// <summary>Who gets a file's signals (fcntl(2), F_SETOWN).</summary>
/// <param name="Kind">Of what sort it is.</param>
/// <param name="Id">The tid, pid or process group; 0 for nobody.</param>
public readonly record struct FileOwner(FileOwnerKind Kind, int Id);

/// <summary>Signals instead of waiting: an open file tells its owner that it became ready (fcntl(2), O_ASYNC). The Vfs plugin.</summary>
public interface IFileSignals
{
    /// <summary>
    /// Begins or ends to send signals, and sets or clears O_ASYNC with it; <paramref name="descriptor"/> is the number that they tell
    /// (si_fd). EOPNOTSUPP for a file that sends none, ENOTTY for a terminal that was hung up.
    /// </summary>
    Errno SetAsync(GuestTask task, FileId file, int descriptor, bool isOn);

    /// <summary>Who gets the signals; nobody when the process has gone.</summary>
    Result<FileOwner> GetOwner(FileId file);

    /// <summary>Says who gets the signals, with what <paramref name="task"/> may send. ESRCH when there is no such thread, process or group.</summary>
    Errno SetOwner(GuestTask task, FileId file, FileOwner owner);

    /// <summary>The signal that is sent; none for a SIGIO that tells nothing of the file (F_GETSIG).</summary>
    Result<Signal> GetSignal(FileId file);

    /// <summary>Sets which signal is sent (F_SETSIG).</summary>
    Errno SetSignal(FileId file, Signal signal);
}

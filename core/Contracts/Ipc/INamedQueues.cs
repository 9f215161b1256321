using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.Ipc;

/// <summary>POSIX message queues (mq_overview(7)): named, with priorities, and open files. As everywhere nothing waits here: EAGAIN, and the caller waits for the file's key.</summary>
public interface INamedQueues
{
    /// <summary>
    /// Opens a queue, or makes one with <paramref name="limits"/> (null: the usual ones) when <paramref name="flags"/> has O_CREAT. The
    /// name comes without a slash. ENOENT, EEXIST, EACCES, EINVAL, ENAMETOOLONG, ENOSPC, EMFILE (mq_open(2)).
    /// </summary>
    Result<FileId> Open(GuestTask task, ReadOnlySpan<byte> name, OpenFlags flags, uint mode, NamedQueueLimits? limits);

    /// <summary>Takes the name away; the queue goes with the last open file of it. ENOENT, EPERM, ENAMETOOLONG.</summary>
    Errno Unlink(GuestTask task, ReadOnlySpan<byte> name);

    /// <summary>Adds a message behind those of its priority. EAGAIN when there is no room, EBADF when the file is no queue open for writing.</summary>
    /// <param name="file">The open queue.</param>
    /// <param name="message">The message, which the queue keeps.</param>
    /// <param name="priority">0 to 32767.</param>
    /// <param name="notice">The notice that is due now, for the caller to send; null for none.</param>
    Errno Send(FileId file, byte[] message, uint priority, out NamedQueueNotice? notice);

    /// <summary>Takes the oldest message of the highest priority. EAGAIN when there is none, EBADF when the file is no queue open for reading.</summary>
    Result<byte[]> Receive(FileId file, out uint priority);

    /// <summary>A queue's limits and how many messages it holds. EBADF when the file is no queue.</summary>
    Result<NamedQueueStatus> GetStatus(FileId file);

    /// <summary>Asks for a notice at the next message into the empty queue, or with null takes the process's own wish back. EBUSY, EBADF (mq_notify(3)).</summary>
    Errno Notify(GuestTask task, FileId file, NamedQueueNotice? notice);
}

/// <summary>What a queue holds at most.</summary>
/// <param name="Messages">Messages.</param>
/// <param name="MessageSize">Bytes of one message.</param>
public readonly record struct NamedQueueLimits(long Messages, long MessageSize);

/// <summary>What is known of an open queue.</summary>
/// <param name="Limits">What it holds at most.</param>
/// <param name="Messages">How many messages it holds.</param>
/// <param name="CanRead">Whether the file is open for reading.</param>
/// <param name="CanWrite">Whether the file is open for writing.</param>
public readonly record struct NamedQueueStatus(NamedQueueLimits Limits, long Messages, bool CanRead, bool CanWrite);

/// <summary>Who is told of a message, and how.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Signal">The signal, or 0 for a registration without one (SIGEV_NONE).</param>
/// <param name="Value">What goes along with it.</param>
public sealed record NamedQueueNotice(int Pid, int Signal, ulong Value);

using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>
/// What open files of one sort do. One object serves all of them; what differs from file to file is in <see cref="OpenFile"/>. Access
/// modes are checked before it is called. What a driver leaves out answers as Linux does for files that lack the operation.
/// </summary>
internal abstract class FileDriver
{
    public abstract OpenFileKind Kind { get; }

    /// <summary>Reads at the position, or at <paramref name="offset"/> when that is not negative. <paramref name="task"/> is who reads; null for the kernel.</summary>
    public virtual Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task) => Errno.EINVAL;

    public virtual Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task) => Errno.EINVAL;

    public virtual Result<long> Seek(OpenFile file, long offset, int whence) => Errno.ESPIPE;

    public virtual Errno ReadDirectory(OpenFile file, IDirectorySink sink) => Errno.ENOTDIR;

    public virtual PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task) =>
        interests & (PollEvents.POLLIN | PollEvents.POLLOUT | PollEvents.POLLRDNORM | PollEvents.POLLWRNORM);

    /// <summary>How a read, or a write, may be taken apart.</summary>
    public virtual TransferKind TransferOf(OpenFile file, bool isWrite) => TransferKind.Stream;

    /// <summary>Whether the file can be watched by an epoll file; the others are always ready.</summary>
    public virtual bool CanPoll(OpenFile file) => false;

    /// <summary>Adds the handles of the host whose readiness is the file's, when nobody wakes its key for it.</summary>
    public virtual void AddHostHandles(OpenFile file, List<HostFileId> handles)
    {
    }

    /// <summary>What /proc/self/fd shows of a file that lies in no tree; null for the drivers whose files are told by their attributes.</summary>
    public virtual byte[]? ShownName(OpenFile file) => null;

    /// <summary>The key that is woken when the readiness may have changed; drivers wake the file's own.</summary>
    public virtual WaitKey KeyOf(OpenFile file, GuestTask task) => new(WaitKind.File, (ulong)file.Id.Value);

    public virtual Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task) => Errno.ENOTTY;

    public virtual Errno Synchronize(OpenFile file) => Errno.EINVAL;

    public virtual Result<NodeAttributes> Stat(OpenFile file) =>
        file.Mount is { } mount ? mount.Tree.GetAttributes(file.Node) : Errno.EBADF;

    /// <summary>
    /// Whether the file sends signals when it becomes ready (O_ASYNC), and to whom when nobody has said: nobody, a group, or the process that
    /// asks (its id is filled in then). EOPNOTSUPP for those that do not, as Linux's files without the operation.
    /// </summary>
    public virtual Result<FileOwner> SendsSignals(OpenFile file) => Errno.EOPNOTSUPP;

    /// <summary>The last reference was dropped.</summary>
    public virtual void Close(OpenFile file)
    {
    }
}

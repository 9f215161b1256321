using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>dup(2), dup2(2), dup3(2), pipe(2).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>A pipe's buffer when nobody chose another (pipe(7)).</summary>
    private const int DefaultPipeCapacity = 65536;

    private SysResult Dup(GuestTask task, Fd fd) => Duplicate(task, fd, 0, closeOnExec: false);

    private SysResult Duplicate(GuestTask task, Fd fd, int minimum, bool closeOnExec)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        _files.Current.AddReference(file);
        return Install(task, file, closeOnExec, minimum);
    }

    private SysResult Dup2(GuestTask task, Fd oldfd, Fd newfd)
    {
        // Equal numbers are no operation for dup2 and an error for dup3.
        if (oldfd == newfd)
            return TryGetFile(task, oldfd, out _) ? newfd.Number : Errno.EBADF;
        return Dup3(task, oldfd, newfd, 0);
    }

    private SysResult Dup3(GuestTask task, Fd oldfd, Fd newfd, uint flags)
    {
        if ((flags & ~O_CLOEXEC) != 0 || oldfd == newfd)
            return Errno.EINVAL;
        if ((uint)newfd.Number >= DescriptorLimit(task) || !TryGetFile(task, oldfd, out FileId file))
            return Errno.EBADF;
        _files.Current.AddReference(file);
        _descriptors.Current.Replace(task.Descriptors, newfd.Number, new Descriptor(file, (flags & O_CLOEXEC) != 0));
        return newfd.Number;
    }

    private SysResult Pipe(GuestTask task, UserPointer<PipeFds> pipefd) => Pipe2(task, pipefd, 0);

    private SysResult Pipe2(GuestTask task, UserPointer<PipeFds> pipefd, uint flags)
    {
        if ((flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0)
            return Errno.EINVAL;
        bool closeOnExec = (flags & O_CLOEXEC) != 0;
        Result<(FileId Read, FileId Write)> made = _pipes.Current.Create(task, (OpenFlags)(flags & (O_NONBLOCK | O_DIRECT)), DefaultPipeCapacity);
        if (!made.TryGet(out (FileId Read, FileId Write) pipe, out Errno error))
            return error;
        return InstallPair(task, pipe.Read, pipe.Write, closeOnExec, pipefd);
    }

    /// <summary>Gives two files just made their numbers and tells the guest.</summary>
    private SysResult InstallPair(GuestTask task, FileId first, FileId second, bool closeOnExec, UserPointer<PipeFds> pipefd)
    {
        SysResult read = Install(task, first, closeOnExec);
        if (read.IsError)
        {
            _files.Current.Release(second);
            return read;
        }

        SysResult write = Install(task, second, closeOnExec);
        if (write.IsError)
        {
            Close(task, new Fd((int)read.Raw));
            return write;
        }

        var numbers = new PipeFds();
        numbers.fds[0] = (int)read.Raw;
        numbers.fds[1] = (int)write.Raw;
        if (pipefd.TryWrite(in numbers, out SysResult stop))
            return SysResult.Zero;
        Close(task, new Fd((int)read.Raw));
        Close(task, new Fd((int)write.Raw));
        return stop;
    }
}

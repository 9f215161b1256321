using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>Signals of files: F_SETFL with O_ASYNC, F_SETOWN and F_SETOWN_EX of fcntl(2), and what ioctl(2) has of the same.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult SetStatusFlags(GuestTask task, Fd fd, FileId file, OpenFlags flags)
    {
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags before, out Errno error))
            return error;
        if (((before ^ flags) & OpenFlags.O_ASYNC) != 0)
        {
            error = _fileSignals.Current.SetAsync(task, file, fd.Number, (flags & OpenFlags.O_ASYNC) != 0);
            if (error is not (Errno.None or Errno.EOPNOTSUPP))
                return error;
        }

        return _control.Current.SetFlags(file, flags);
    }

    /// <summary>FIOASYNC: other than F_SETFL it says when a file sends no signals.</summary>
    private SysResult SetAsync(GuestTask task, Fd fd, FileId file, ulong argument)
    {
        if (!new UserPointer<int>(task, argument).TryRead(out int on, out SysResult stop))
            return stop;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        if ((flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        if ((flags & OpenFlags.O_ASYNC) != 0 == (on != 0))
            return SysResult.Zero;
        error = _fileSignals.Current.SetAsync(task, file, fd.Number, on != 0);
        return error == Errno.EOPNOTSUPP ? Errno.ENOTTY : error;
    }

    private SysResult GetOwner(FileId file)
    {
        if (!_fileSignals.Current.GetOwner(file).TryGet(out FileOwner owner, out Errno error))
            return error;
        return (long)(owner.Kind == FileOwnerKind.Group ? -owner.Id : owner.Id);
    }

    private SysResult SetOwner(GuestTask task, FileId file, int who)
    {
        if (who == int.MinValue)
            return Errno.EINVAL;
        FileOwner owner = who < 0 ? new FileOwner(FileOwnerKind.Group, -who) : new FileOwner(FileOwnerKind.Process, who);
        return _fileSignals.Current.SetOwner(task, file, owner);
    }

    private SysResult GetOwner(FileId file, UserPointer<FOwnerEx> pointer)
    {
        if (!_fileSignals.Current.GetOwner(file).TryGet(out FileOwner owner, out Errno error))
            return error;
        var answer = new FOwnerEx { type = (int)owner.Kind, pid = owner.Id };
        return pointer.TryWrite(in answer, out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult SetOwner(GuestTask task, FileId file, UserPointer<FOwnerEx> pointer)
    {
        if (!pointer.TryRead(out FOwnerEx wanted, out SysResult stop))
            return stop;
        if (wanted.type is < (int)FileOwnerKind.Thread or > (int)FileOwnerKind.Group)
            return Errno.EINVAL;
        return _fileSignals.Current.SetOwner(task, file, new FileOwner((FileOwnerKind)wanted.type, wanted.pid));
    }

    /// <summary>FIOSETOWN, FIOGETOWN and their older names, which sockets alone know.</summary>
    private SysResult SocketOwner(GuestTask task, FileId file, uint request, ulong argument)
    {
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out _) || attributes.Kind != FileKind.Socket)
            return Errno.ENOTTY;
        var pointer = new UserPointer<int>(task, argument);
        SysResult stop;
        if (request is FIOSETOWN or SIOCSPGRP)
            return pointer.TryRead(out int who, out stop) ? SetOwner(task, file, who) : stop;
        if (!_fileSignals.Current.GetOwner(file).TryGet(out FileOwner owner, out Errno error))
            return error;
        return pointer.TryWrite(owner.Kind == FileOwnerKind.Group ? -owner.Id : owner.Id, out stop) ? SysResult.Zero : stop;
    }
}

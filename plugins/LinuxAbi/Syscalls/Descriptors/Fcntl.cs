using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>fcntl(2); its locks are in the other parts.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Fcntl(GuestTask task, Fd fd, int command, ulong argument)
    {
        if (!task.Descriptors.TryGet(fd.Number, out Descriptor descriptor))
            return Errno.EBADF;
        FileId file = descriptor.File;
        switch (command)
        {
            case F_DUPFD or F_DUPFD_CLOEXEC:
                if (argument >= DescriptorLimit(task) || argument > int.MaxValue)
                    return Errno.EINVAL;
                return Duplicate(task, fd, (int)argument, command == F_DUPFD_CLOEXEC);
            case F_GETFD:
                return descriptor.CloseOnExec ? (long)FD_CLOEXEC : 0;
            case F_SETFD:
                task.Descriptors.Set(fd.Number, descriptor with { CloseOnExec = (argument & FD_CLOEXEC) != 0 });
                return SysResult.Zero;
            case F_GETFL:
                return _control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error) ? (long)flags : error;
            case F_SETFL:
                return SetStatusFlags(task, fd, file, (OpenFlags)(uint)argument);
            case F_GETLK or F_OFD_GETLK:
                return GetLock(task, file, new UserPointer<Flock>(task, argument), command == F_OFD_GETLK);
            case F_SETLK or F_SETLKW or F_OFD_SETLK or F_OFD_SETLKW:
                return SetLock(task, file, new UserPointer<Flock>(task, argument), command is F_OFD_SETLK or F_OFD_SETLKW, command is F_SETLKW or F_OFD_SETLKW);
            case F_GETPIPE_SZ:
                return SysResult.From(_pipes.Current.Size(task, file, 0));
            case F_SETPIPE_SZ:
                return SysResult.From(_pipes.Current.Size(task, file, Math.Max(1, (uint)argument)));
            case F_ADD_SEALS:
                return (argument & ~(ulong)AllSeals) != 0 ? Errno.EINVAL : _memoryFiles.Current.AddSeals(file, (FileSeals)(uint)argument);
            case F_GET_SEALS:
                return _memoryFiles.Current.GetSeals(file).TryGet(out FileSeals seals, out error) ? (long)seals : error;
            case F_GETLEASE:
                return _leases.Current.GetLease(file).TryGet(out LeaseKind lease, out error) ? (long)lease : error;
            case F_SETLEASE:
                return argument > F_UNLCK ? Errno.EINVAL : _leases.Current.SetLease(task, file, fd.Number, (LeaseKind)argument);
            case F_NOTIFY:
                return _leases.Current.Notify(task, file, fd.Number, (uint)argument);
            case F_GETOWN:
                return GetOwner(file);
            case F_SETOWN:
                return SetOwner(task, file, (int)argument);
            case F_GETOWN_EX:
                return GetOwner(file, new UserPointer<FOwnerEx>(task, argument));
            case F_SETOWN_EX:
                return SetOwner(task, file, new UserPointer<FOwnerEx>(task, argument));
            case F_GETSIG:
                return _fileSignals.Current.GetSignal(file).TryGet(out Signal signal, out error) ? (long)signal : error;
            case F_SETSIG:
                return argument > SignalNumbers.Count ? Errno.EINVAL : _fileSignals.Current.SetSignal(file, (Signal)argument);
            default:
                return Errno.EINVAL;
        }
    }
}

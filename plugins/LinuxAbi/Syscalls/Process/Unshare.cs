using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>unshare(2) and kcmp(2): what tasks share.</summary>
internal sealed partial class LinuxSyscalls
{
    private const CloneFlags OfThreads = CloneFlags.CLONE_THREAD | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_VM;

    private const CloneFlags Unshareable = CloneFlagSets.Namespaces | OfThreads | CloneFlags.CLONE_FS | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SYSVSEM;

    private const int KCMP_FILE = 0, KCMP_VM = 1, KCMP_FILES = 2, KCMP_FS = 3, KCMP_SIGHAND = 4, KCMP_IO = 5, KCMP_SYSVSEM = 6;

    private SysResult Unshare(GuestTask task, ulong flags)
    {
        var wanted = (CloneFlags)flags;
        if ((wanted & ~Unshareable) != 0)
            return Errno.EINVAL;
        if ((wanted & OfThreads) != 0 && task.Group.Threads.Count > 1)
            return Errno.EINVAL;
        if ((wanted & CloneFlagSets.Namespaces) != 0)
            return task.Credentials.IsPrivileged || (wanted & CloneFlags.CLONE_NEWUSER) != 0 ? Errno.EINVAL : Errno.EPERM;
        if ((wanted & CloneFlags.CLONE_FS) != 0 && task.FileSystem.Sharers > 1)
        {
            FileSystemContext own = task.FileSystem.Copy(_files.Current);
            task.FileSystem.Leave(_files.Current);
            task.FileSystem = own;
        }

        if ((wanted & CloneFlags.CLONE_FILES) != 0 && task.Descriptors.Sharers > 1)
        {
            DescriptorTable own = _descriptors.Current.Copy(task.Descriptors);
            _descriptors.Current.Leave(task.Descriptors);
            task.Descriptors = own;
        }

        if ((wanted & CloneFlags.CLONE_SYSVSEM) != 0 && task.SemaphoreUndo is not null)
            _semaphoreUndo.Current.Leave(task); // what it owed alone is put right now, as if it had ended

        return SysResult.Zero;
    }

    private SysResult Kcmp(GuestTask task, int pid1, int pid2, int type, ulong index1, ulong index2)
    {
        if (_tasks.Find(pid1) is not { State: < TaskState.Zombie } first || _tasks.Find(pid2) is not { State: < TaskState.Zombie } second)
            return Errno.ESRCH;
        if (!MayAccess(task, first) || !MayAccess(task, second))
            return Errno.EPERM;
        switch (type)
        {
            case KCMP_FILE:
                if (!TryGetOpenFile(first, index1, out long one) || !TryGetOpenFile(second, index2, out long other))
                    return Errno.EBADF;
                return Order(one.CompareTo(other));
            case KCMP_VM:
                return Order(first.Group.AddressSpace.PageTableRoot.CompareTo(second.Group.AddressSpace.PageTableRoot));
            case KCMP_FILES:
                return OrderOf(first.Descriptors, second.Descriptors, first, second);
            case KCMP_FS:
                return OrderOf(first.FileSystem, second.FileSystem, first, second);
            case KCMP_SIGHAND:
                return OrderOf(first.Group.SignalActions, second.Group.SignalActions, first, second);
            case KCMP_SYSVSEM:
                return Order((first.SemaphoreUndo?.Id ?? 0).CompareTo(second.SemaphoreUndo?.Id ?? 0));
            case KCMP_IO:
                // Nothing is kept until a process uses it, as with Linux's tasks that never did.
                return SysResult.Zero;
            default:
                return Errno.EINVAL;
        }
    }

    private static bool TryGetOpenFile(GuestTask task, ulong fd, out long file)
    {
        file = 0;
        if (fd > int.MaxValue || !task.Descriptors.TryGet((int)fd, out Descriptor descriptor))
            return false;
        file = descriptor.File.Value;
        return true;
    }

    /// <summary>0 for equal, 1 for less, 2 for greater.</summary>
    private static SysResult Order(int comparison) => comparison == 0 ? 0 : comparison < 0 ? 1 : 2;

    private static SysResult OrderOf(object first, object second, GuestTask one, GuestTask other) =>
        ReferenceEquals(first, second) ? SysResult.Zero : Order(one.Tid.CompareTo(other.Tid));
}

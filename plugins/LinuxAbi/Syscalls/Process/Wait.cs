using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>wait4(2) and waitid(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const WaitOptions FamilyOptions = WaitOptions.WNOTHREAD | WaitOptions.WALL | WaitOptions.WCLONE;

    private SysResult Wait4(GuestTask task, int pid, UserPointer<int> status, int options, UserPointer<Rusage> usage)
    {
        var wanted = (WaitOptions)options;
        if ((wanted & ~(WaitOptions.WNOHANG | WaitOptions.WUNTRACED | WaitOptions.WCONTINUED | FamilyOptions)) != 0)
            return Errno.EINVAL;
        if (pid == int.MinValue)
            return Errno.ESRCH;
        WaitRequest request = pid switch
        {
            -1 => new WaitRequest(WaitTarget.Any, 0, wanted | WaitOptions.WEXITED),
            < 0 => new WaitRequest(WaitTarget.ProcessGroup, -pid, wanted | WaitOptions.WEXITED),
            0 => new WaitRequest(WaitTarget.ProcessGroup, task.Group.ProcessGroup, wanted | WaitOptions.WEXITED),
            _ => new WaitRequest(WaitTarget.Pid, pid, wanted | WaitOptions.WEXITED),
        };
        SysResult result = _children.Current.Wait(task, in request, out ChildStatus child);
        if (child.Pid == 0)
            return result;
        if (!status.IsNull && !status.TryWrite(child.WaitStatus, out SysResult stop))
            return stop;
        return usage.IsNull || usage.TryWrite(ToRusage(child.Usage), out stop) ? result : stop;
    }

    private SysResult Waitid(GuestTask task, int type, int id, UserPointer<Siginfo> info, int options, UserPointer<Rusage> usage)
    {
        var wanted = (WaitOptions)options;
        const WaitOptions Changes = WaitOptions.WEXITED | WaitOptions.WUNTRACED | WaitOptions.WCONTINUED;
        if ((wanted & ~(WaitOptions.WNOHANG | WaitOptions.WNOWAIT | Changes | FamilyOptions)) != 0 || (wanted & Changes) == 0)
            return Errno.EINVAL;
        WaitTarget target;
        switch (type)
        {
            case P_ALL:
                target = WaitTarget.Any;
                break;
            case P_PID when id > 0:
                target = WaitTarget.Pid;
                break;
            case P_PGID when id >= 0:
                target = WaitTarget.ProcessGroup;
                id = id == 0 ? task.Group.ProcessGroup : id;
                break;
            case P_PIDFD when id >= 0:
                target = WaitTarget.Pid;
                if (!TryGetProcess(task, new Fd(id), out FileId file, out id, out Errno error))
                    return error == Errno.ESRCH ? Errno.ECHILD : error;
                bool isPolled = (wanted & WaitOptions.WNOHANG) == 0
                    && _control.Current.GetFlags(file).TryGet(out OpenFlags fileFlags, out _) && (fileFlags & OpenFlags.O_NONBLOCK) != 0;
                if (isPolled)
                    return WaitPolled(task, id, info, wanted, usage);
                break;
            default:
                return Errno.EINVAL;
        }

        return WaitFor(task, new WaitRequest(target, id, wanted), info, usage, out _);
    }

    /// <summary>A descriptor with O_NONBLOCK answers EAGAIN where another one would wait.</summary>
    private SysResult WaitPolled(GuestTask task, int pid, UserPointer<Siginfo> info, WaitOptions options, UserPointer<Rusage> usage)
    {
        SysResult result = WaitFor(task, new WaitRequest(WaitTarget.Pid, pid, options | WaitOptions.WNOHANG), info, usage, out int found);
        return result.IsCompleted && !result.IsError && found == 0 ? Errno.EAGAIN : result;
    }

    private SysResult WaitFor(GuestTask task, in WaitRequest request, UserPointer<Siginfo> info, UserPointer<Rusage> usage, out int found)
    {
        SysResult result = _children.Current.Wait(task, in request, out ChildStatus child);
        found = child.Pid;
        if (!result.IsCompleted || result.IsError)
            return result;
        if (child.Pid != 0 && !usage.IsNull && !usage.TryWrite(ToRusage(child.Usage), out SysResult stop))
            return stop;
        return info.IsNull || WriteChildInfo(task, info.Address, in child, out stop) ? SysResult.Zero : stop;
    }

    /// <summary>The kernel writes these six fields and leaves the rest of siginfo_t alone; without a change they are all 0.</summary>
    private static bool WriteChildInfo(GuestTask task, ulong address, in ChildStatus child, out SysResult stop)
    {
        Span<int> head = [child.Pid != 0 ? (int)Signal.SIGCHLD : 0, 0, (int)child.Code];
        Span<int> tail = [child.Pid, (int)child.User, child.Status];
        return new UserBuffer(task, address, 12).TryWrite(System.Runtime.InteropServices.MemoryMarshal.AsBytes(head), out stop)
            && new UserBuffer(task, address + 16, 12).TryWrite(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tail), out stop);
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>set_tid_address(2), set_robust_list(2), get_robust_list(2), rseq(2), membarrier(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong RobustListHeadSize = 24;

    private SysResult SetTidAddress(GuestTask task, ulong tidptr)
    {
        task.ClearChildTid = tidptr;
        return task.Tid;
    }

    private SysResult SetRobustList(GuestTask task, ulong head, ulong length)
    {
        if (length != RobustListHeadSize)
            return Errno.EINVAL;
        task.RobustListHead = head;
        return SysResult.Zero;
    }

    private SysResult GetRobustList(GuestTask task, int pid, UserPointer<ulong> head, UserPointer<ulong> length)
    {
        GuestTask? target = pid == 0 ? task : _tasks.Find(pid);
        if (target is null)
            return Errno.ESRCH;
        if (target.Group != task.Group && !task.Credentials.IsPrivileged)
            return Errno.EPERM;
        ulong address = target.RobustListHead;
        ulong size = RobustListHeadSize;
        return length.TryWrite(in size, out SysResult stop) && head.TryWrite(in address, out stop) ? SysResult.Zero : stop;
    }

    /// <summary>The area must be 32 bytes, or as many as AT_RSEQ_FEATURE_SIZE says with its alignment; Linux 6.1 knows the 32 alone.</summary>
    private SysResult Rseq(GuestTask task, ulong rseq, uint length, int flags, ulong signature)
    {
        const uint Size = 32;
        uint wanted = (uint)signature;
        if ((flags & RSEQ_FLAG_UNREGISTER) != 0)
        {
            if ((flags & ~RSEQ_FLAG_UNREGISTER) != 0 || task.RseqAddress != rseq || task.RseqAddress == 0 || length != Size)
                return Errno.EINVAL;
            if (task.RseqSignature != wanted)
                return Errno.EPERM;
            if (!WriteRseqIds(task, rseq, 0, uint.MaxValue, out SysResult fault))
                return fault;
            task.RseqAddress = 0;
            task.RseqSignature = 0;
            return SysResult.Zero;
        }

        if (flags != 0)
            return Errno.EINVAL;
        if (task.RseqAddress != 0)
        {
            if (task.RseqAddress != rseq || length != Size)
                return Errno.EINVAL;
            return task.RseqSignature != wanted ? Errno.EPERM : Errno.EBUSY;
        }

        if (rseq == 0 || (rseq & (Size - 1)) != 0 || length != Size)
            return Errno.EINVAL;
        if (!new UserBuffer(task, rseq, length).IsInUserSpace)
            return Errno.EFAULT;
        if (!WriteRseqIds(task, rseq, 0, 0, out SysResult stop))
            return stop;
        task.RseqAddress = rseq;
        task.RseqSignature = wanted;
        return SysResult.Zero;
    }

    private static bool WriteRseqIds(GuestTask task, ulong rseq, uint start, uint cpu, out SysResult stop) =>
        new UserPointer<uint>(task, rseq).TryWrite(in start, out stop) && new UserPointer<uint>(task, rseq + 4).TryWrite(in cpu, out stop);

    private SysResult Membarrier(GuestTask task, int command, uint flags, int cpu)
    {
        const int Private = MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE;
        const int Registrations = MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
            | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;
        const int Supported = MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | Private | Registrations;
        if (flags != 0)
            return Errno.EINVAL;
        if (command == MEMBARRIER_CMD_QUERY)
            return Supported;
        bool single = command > 0 && (command & (command - 1)) == 0;
        if (!single || (command & Supported) == 0)
            return Errno.EINVAL;
        if ((command & Registrations) != 0)
            task.Group.Sharing.MembarrierRegistrations |= command;
        // Each command of a process's own needs its registration, which is the next bit.
        return (command & Private) != 0 && (task.Group.Sharing.MembarrierRegistrations & (command << 1)) == 0 ? Errno.EPERM : SysResult.Zero;
    }
}

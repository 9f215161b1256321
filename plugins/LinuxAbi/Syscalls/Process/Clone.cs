using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>fork(2), vfork(2), clone(2), clone3(2): different ways to ask the process manager for the same thing.</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong CSIGNAL = 0xFF;
    private const ulong SmallestCloneArguments = 64; // CLONE_ARGS_SIZE_VER0
    private const ulong PageSize = 4096;

    private SysResult Fork(GuestTask task) => _processes.Current.Clone(task, new CloneRequest(CloneFlags.None, Signal.SIGCHLD));

    private SysResult Vfork(GuestTask task) =>
        _processes.Current.Clone(task, new CloneRequest(CloneFlags.CLONE_VM | CloneFlags.CLONE_VFORK, Signal.SIGCHLD));

    private SysResult Clone(GuestTask task, ulong flags, ulong stack, UserPointer<int> parentTid, UserPointer<int> childTid, ulong tls)
    {
        // The kernel takes the low half alone: what came after 2009 needs clone3.
        var wanted = (CloneFlags)((uint)flags & ~CSIGNAL);
        bool wantsPidFd = (wanted & CloneFlags.CLONE_PIDFD) != 0;
        if (wantsPidFd && (wanted & (CloneFlags.CLONE_PARENT_SETTID | CloneFlags.CLONE_DETACHED)) != 0)
            return Errno.EINVAL; // the descriptor is written where the tid would be
        return _processes.Current.Clone(task, new CloneRequest(
            wanted, (Signal)(flags & CSIGNAL), stack, parentTid.Address, childTid.Address, tls, wantsPidFd ? parentTid.Address : 0));
    }

    private SysResult Clone3(GuestTask task, UserPointer<CloneArgs> arguments, ulong size)
    {
        if (!TryReadCloneArguments(arguments, size, out CloneArgs wanted, out SysResult stop))
            return stop;
        var flags = (CloneFlags)wanted.flags;
        const CloneFlags Highest = CloneFlags.CLONE_INTO_CGROUP;
        if ((ulong)flags >= (ulong)Highest << 1 || (flags & (CloneFlags.CLONE_DETACHED | (CloneFlags)(CSIGNAL & ~(ulong)CloneFlags.CLONE_NEWTIME))) != 0)
            return Errno.EINVAL;
        if ((flags & CloneFlags.CLONE_INTO_CGROUP) == 0 && wanted.cgroup > int.MaxValue)
            return Errno.EINVAL;
        if (wanted.exit_signal > SignalNumbers.Count)
            return Errno.EINVAL;
        if ((flags & (CloneFlags.CLONE_THREAD | CloneFlags.CLONE_PARENT)) != 0 && wanted.exit_signal != 0)
            return Errno.EINVAL;
        if (wanted.stack == 0 ? wanted.stack_size != 0 : wanted.stack_size == 0 || !new UserBuffer(task, wanted.stack, wanted.stack_size).IsInUserSpace)
            return Errno.EINVAL;
        if (!TryReadSetTid(task, in wanted, out int tid, out stop))
            return stop;
        return _processes.Current.Clone(task, new CloneRequest(
            flags,
            (Signal)wanted.exit_signal,
            wanted.stack + wanted.stack_size,
            wanted.parent_tid,
            wanted.child_tid,
            wanted.tls,
            (flags & CloneFlags.CLONE_PIDFD) != 0 ? wanted.pidfd : 0,
            tid));
    }

    /// <summary>Copies as much of the structure as the guest knows; fields that this kernel does not know must be 0 (copy_struct_from_user).</summary>
    private static bool TryReadCloneArguments(UserPointer<CloneArgs> arguments, ulong size, out CloneArgs value, out SysResult stop)
    {
        value = default;
        stop = size > PageSize ? Errno.E2BIG : Errno.EINVAL;
        if (size is > PageSize or < SmallestCloneArguments)
            return false;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<CloneArgs>(ref value));
        int known = (int)Math.Min(size, (ulong)bytes.Length);
        if (!arguments.Task.Memory.TryRead(arguments.Task, arguments.Address, bytes[..known], out stop))
            return false;
        if (size <= (ulong)bytes.Length)
            return true;
        Span<byte> rest = stackalloc byte[(int)PageSize];
        rest = rest[..(int)(size - (ulong)bytes.Length)];
        if (!arguments.Task.Memory.TryRead(arguments.Task, arguments.Address + (ulong)bytes.Length, rest, out stop))
            return false;
        stop = Errno.E2BIG;
        return !rest.ContainsAnyExcept((byte)0);
    }

    /// <summary>set_tid holds an id for each pid namespace; the machine has one.</summary>
    private static bool TryReadSetTid(GuestTask task, in CloneArgs wanted, out int tid, out SysResult stop)
    {
        const int HighestId = 4_194_304;
        tid = 0;
        stop = Errno.EINVAL;
        if ((wanted.set_tid == 0) != (wanted.set_tid_size == 0) || wanted.set_tid_size > 1)
            return false;
        if (wanted.set_tid_size == 0)
            return true;
        if (!new UserPointer<int>(task, wanted.set_tid).TryRead(out tid, out stop))
            return false;
        stop = Errno.EINVAL;
        return tid is > 0 and < HighestId;
    }
}

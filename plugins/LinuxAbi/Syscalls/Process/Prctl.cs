using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>prctl(2) and personality(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const int NameLength = 16; // TASK_COMM_LEN, the NUL included
    private const ulong DefaultTimerSlack = 50_000;
    private const long SUID_DUMP_USER = 1;
    private const int PR_TIMING_STATISTICAL = 0;
    private const ulong KeepCaps = 0x10; // SECBIT_KEEP_CAPS
    private const ulong KeepCapsLocked = 0x20;
    private const ulong PR_SYS_DISPATCH_OFF = 0;
    private const ulong PR_SYS_DISPATCH_ON = 1;
    private const int LastCapability = CAP_CHECKPOINT_RESTORE;

    private SysResult Prctl(GuestTask task, int option, ulong argument2, ulong argument3, ulong argument4, ulong argument5)
    {
        ThreadGroup group = task.Group;
        bool restIsZero = argument3 == 0 && argument4 == 0 && argument5 == 0;
        switch (option)
        {
            case PR_SET_NAME:
                return SetName(task, argument2);
            case PR_GET_NAME:
                Span<byte> name = stackalloc byte[NameLength];
                name.Clear();
                task.Name.AsSpan(0, Math.Min(task.Name.Length, NameLength - 1)).CopyTo(name);
                return task.Memory.TryWrite(task, argument2, name, out SysResult stop) ? SysResult.Zero : stop;
            case PR_SET_DUMPABLE:
                return argument2 > 1 ? Errno.EINVAL : Keep(group, PR_SET_DUMPABLE, argument2);
            case PR_GET_DUMPABLE:
                return Kept(group, PR_SET_DUMPABLE, SUID_DUMP_USER);
            case PR_SET_PDEATHSIG:
                return SetParentDeathSignal(task, argument2);
            case PR_GET_PDEATHSIG:
                return WriteInt(task, argument2, (long)task.ParentDeathSignal);
            case PR_SET_KEEPCAPS:
                if (argument2 > 1)
                    return Errno.EINVAL;
                return (SecureBits(group) & KeepCapsLocked) != 0 ? Errno.EPERM : Keep(group, PR_SET_KEEPCAPS, argument2);
            case PR_GET_KEEPCAPS:
                return Kept(group, PR_SET_KEEPCAPS, 0);
            case PR_SET_NO_NEW_PRIVS:
                return argument2 != 1 || !restIsZero ? Errno.EINVAL : Keep(group, PR_SET_NO_NEW_PRIVS, 1);
            case PR_GET_NO_NEW_PRIVS:
                return argument2 != 0 || !restIsZero ? Errno.EINVAL : Kept(group, PR_SET_NO_NEW_PRIVS, 0);
            case PR_SET_CHILD_SUBREAPER:
                group.IsSubreaper = argument2 != 0;
                return SysResult.Zero;
            case PR_GET_CHILD_SUBREAPER:
                return WriteInt(task, argument2, group.IsSubreaper ? 1 : 0);
            case PR_SET_TIMERSLACK:
                return Keep(group, PR_SET_TIMERSLACK, (long)argument2 <= 0 ? DefaultTimerSlack : argument2);
            case PR_GET_TIMERSLACK:
                return Kept(group, PR_SET_TIMERSLACK, (long)DefaultTimerSlack);
            case PR_SET_THP_DISABLE:
                return restIsZero ? Keep(group, PR_SET_THP_DISABLE, argument2 != 0 ? 1UL : 0) : Errno.EINVAL;
            case PR_GET_THP_DISABLE:
                return argument2 != 0 || !restIsZero ? Errno.EINVAL : Kept(group, PR_SET_THP_DISABLE, 0);
            case PR_GET_SECUREBITS:
                return (long)SecureBits(group);
            case PR_SET_SECUREBITS:
                return SetSecureBits(task, argument2);
            case PR_GET_TIMING:
                return PR_TIMING_STATISTICAL;
            case PR_SET_TIMING:
                return argument2 == PR_TIMING_STATISTICAL ? SysResult.Zero : Errno.EINVAL;
            case PR_CAPBSET_READ:
                if (argument2 > LastCapability)
                    return Errno.EINVAL;
                return (Kept(group, PR_CAPBSET_DROP, 0) >> (int)argument2 & 1) == 0 ? 1 : 0;
            case PR_CAPBSET_DROP:
                if (!task.Credentials.IsPrivileged)
                    return Errno.EPERM;
                return argument2 > LastCapability
                    ? Errno.EINVAL
                    : Keep(group, PR_CAPBSET_DROP, (ulong)Kept(group, PR_CAPBSET_DROP, 0) | 1UL << (int)argument2);
            case PR_CAP_AMBIENT:
                return AmbientCapability(argument2, argument3, argument4 == 0 && argument5 == 0);
            case PR_GET_SECCOMP:
                return SysResult.Zero;
            case PR_GET_TSC:
                const long Enabled = 1; // PR_TSC_ENABLE
                return WriteInt(task, argument2, Enabled);
            case PR_SET_SYSCALL_USER_DISPATCH:
                return SetUserDispatch(task, argument2, argument3, argument4, argument5);
            case PR_GET_TID_ADDRESS:
                return new UserPointer<ulong>(task, argument2).TryWrite(task.ClearChildTid, out stop) ? SysResult.Zero : stop;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>The bits of capabilities(7), among which PR_SET_KEEPCAPS has its own.</summary>
    private static ulong SecureBits(ThreadGroup group) =>
        (ulong)Kept(group, PR_SET_SECUREBITS, 0) & ~KeepCaps | (Kept(group, PR_SET_KEEPCAPS, 0) != 0 ? KeepCaps : 0);

    // Each bit has its lock beside it: what is locked is not changed, and stays locked.
    private static SysResult SetSecureBits(GuestTask task, ulong wanted)
    {
        const ulong AllLocks = 0xAA;
        const ulong All = 0xFF;
        ulong old = SecureBits(task.Group);
        ulong locks = old & AllLocks;
        if (!task.Credentials.IsPrivileged || (wanted & ~All) != 0 || (locks >> 1 & (old ^ wanted)) != 0 || (locks & ~wanted) != 0)
            return Errno.EPERM;
        Keep(task.Group, PR_SET_KEEPCAPS, (wanted & KeepCaps) != 0 ? 1UL : 0);
        return Keep(task.Group, PR_SET_SECUREBITS, wanted);
    }

    private static SysResult SetUserDispatch(GuestTask task, ulong mode, ulong start, ulong length, ulong selector)
    {
        switch (mode)
        {
            case PR_SYS_DISPATCH_OFF:
                if (start != 0 || length != 0 || selector != 0)
                    return Errno.EINVAL;
                task.UserDispatch = null;
                return SysResult.Zero;
            case PR_SYS_DISPATCH_ON:
                // A range that is empty, but for none at all, or that runs over the end of the address space.
                if (start != 0 && start + length <= start)
                    return Errno.EINVAL;
                if (selector >= UserBuffer.AddressLimit)
                    return Errno.EFAULT;
                task.UserDispatch = new UserDispatch(start, length, selector);
                return SysResult.Zero;
            default:
                return Errno.EINVAL;
        }
    }

    private static SysResult SetParentDeathSignal(GuestTask task, ulong signal)
    {
        if (signal > SignalNumbers.Count)
            return Errno.EINVAL;
        task.ParentDeathSignal = (Signal)signal;
        return SysResult.Zero;
    }

    private static SysResult SetName(GuestTask task, ulong address)
    {
        Span<byte> buffer = stackalloc byte[NameLength - 1];
        int length = 0;
        while (length < buffer.Length)
        {
            if (!task.Memory.TryRead(task, address + (ulong)length, buffer.Slice(length, 1), out SysResult stop))
                return stop;
            if (buffer[length] == 0)
                break;
            length++;
        }

        task.Name = buffer[..length].ToArray();
        return SysResult.Zero;
    }

    private static SysResult AmbientCapability(ulong operation, ulong capability, bool restIsZero)
    {
        const ulong IsSet = 1;
        const ulong Raise = 2;
        const ulong Lower = 3;
        const ulong ClearAll = 4;
        if (!restIsZero)
            return Errno.EINVAL;
        if (operation == ClearAll)
            return capability == 0 ? SysResult.Zero : Errno.EINVAL;
        if (capability > LastCapability || operation is not (IsSet or Raise or Lower))
            return Errno.EINVAL;
        // Nothing is inheritable, so nothing can be raised, and nothing is set.
        return operation == Raise ? Errno.EPERM : SysResult.Zero;
    }

    private static SysResult Keep(ThreadGroup group, int key, ulong value)
    {
        group.ProcessControls[key] = value;
        return SysResult.Zero;
    }

    private static long Kept(ThreadGroup group, int key, long otherwise) =>
        group.ProcessControls.TryGetValue(key, out ulong value) ? (long)value : otherwise;

    private static SysResult WriteInt(GuestTask task, ulong address, long value) =>
        new UserPointer<int>(task, address).TryWrite((int)value, out SysResult stop) ? SysResult.Zero : stop;

    private SysResult Personality(GuestTask task, ulong persona)
    {
        const uint Ask = 0xFFFF_FFFF;
        uint old = task.Group.Personality;
        if ((uint)persona != Ask)
            task.Group.Personality = (uint)persona;
        return old;
    }
}

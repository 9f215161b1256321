using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>process_vm_readv(2) and process_vm_writev(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult ProcessVmReadv(
        GuestTask task, int pid, UserPointer<Iovec> local, ulong localCount, UserPointer<Iovec> remote, ulong remoteCount, ulong flags) =>
        TransferOther(task, pid, local, localCount, remote, remoteCount, flags, writes: false);

    private SysResult ProcessVmWritev(
        GuestTask task, int pid, UserPointer<Iovec> local, ulong localCount, UserPointer<Iovec> remote, ulong remoteCount, ulong flags) =>
        TransferOther(task, pid, local, localCount, remote, remoteCount, flags, writes: true);

    private SysResult TransferOther(
        GuestTask task, int pid, UserPointer<Iovec> local, ulong localCount, UserPointer<Iovec> remote, ulong remoteCount, ulong flags, bool writes)
    {
        if (flags != 0)
            return Errno.EINVAL;
        if (!TryGetSegments(local, localCount, out ReadOnlySpan<Iovec> shared, out long total, out SysResult stop))
            return stop;
        if (total == 0)
            return SysResult.Zero;
        if (remoteCount > IOV_MAX)
            return Errno.EINVAL;

        // The two vectors are needed side by side, and there is one buffer for vectors.
        Iovec[] here = shared.ToArray();
        var there = new Iovec[remoteCount];
        if (remoteCount > 0 && !task.Memory.TryRead(task, remote.Address, System.Runtime.InteropServices.MemoryMarshal.AsBytes(there.AsSpan()), out stop))
            return stop;
        long wanted = 0;
        foreach (Iovec segment in there)
        {
            if ((long)segment.iov_len < 0)
                return Errno.EINVAL;
            wanted = Math.Min(long.MaxValue / 2, wanted + (long)segment.iov_len);
        }

        if (wanted == 0)
            return SysResult.Zero;
        if (_tasks.Find(pid) is not { } other || other.Group.WaitStatus is not null)
            return Errno.ESRCH;
        if (!MayAccess(task, other))
            return Errno.EPERM;
        return Transfer(task, here, other, there, writes);
    }

    /// <summary>ptrace(2), "Ptrace access mode checking", PTRACE_MODE_REALCREDS: a process may look at itself, at one of the same ids that is dumpable, and root at all.</summary>
    private static bool MayAccess(GuestTask task, GuestTask other) =>
        ReferenceEquals(task.Group, other.Group)
        || task.Credentials.IsPrivileged
        || (AreOfSameIds(task.Credentials, other.Credentials) && Kept(other.Group, PR_SET_DUMPABLE, SUID_DUMP_USER) == SUID_DUMP_USER);

    private static bool AreOfSameIds(Credentials who, Credentials whose) =>
        who.RealUser == whose.RealUser
        && who.RealUser == whose.EffectiveUser
        && who.RealUser == whose.SavedUser
        && who.RealGroup == whose.RealGroup
        && who.RealGroup == whose.EffectiveGroup
        && who.RealGroup == whose.SavedGroup;

    private SysResult Transfer(GuestTask task, ReadOnlySpan<Iovec> here, GuestTask other, ReadOnlySpan<Iovec> there, bool writes)
    {
        byte[] buffer = CopyBuffer;
        long done = 0;
        int at = 0;
        ulong within = 0;
        foreach (Iovec segment in there)
        {
            ulong position = 0;
            while (position < segment.iov_len)
            {
                while (at < here.Length && within == here[at].iov_len)
                    (at, within) = (at + 1, 0);
                if (at == here.Length)
                    return done;

                // Not over a page of the other side: what was copied before one that cannot be had counts.
                ulong remote = segment.iov_base + position;
                ulong count = Math.Min(Math.Min(segment.iov_len - position, here[at].iov_len - within), 4096 - (remote & PageMask));
                Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(count, (ulong)buffer.Length));
                ulong own = here[at].iov_base + within;
                bool isDone = writes
                    ? task.Memory.TryRead(task, own, bytes, out SysResult stop) && task.Memory.TryWrite(other, remote, bytes, out stop)
                    : task.Memory.TryRead(other, remote, bytes, out stop) && task.Memory.TryWrite(task, own, bytes, out stop);
                if (!isDone)
                    return done > 0 ? done : Errno.EFAULT;
                done += bytes.Length;
                position += (ulong)bytes.Length;
                within += (ulong)bytes.Length;
            }
        }

        return done;
    }
}

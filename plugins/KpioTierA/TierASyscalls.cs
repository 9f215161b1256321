using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.KpioTierA;

/// <summary>
/// Tier A of the seed document and nothing else: its 49 calls, its stubs and its limits; every other number answers ENOSYS, which the
/// kernel logs. Where the document leaves a case open, the note of the row says what was decided.
/// </summary>
internal sealed class TierASyscalls : LayeredSyscallAbi
{
    private const int PipeCapacity = 4096;
    private const ulong HeapLimit = 256 << 20;
    private const uint TIOCGWINSZ = 0x5413;
    private const uint MAP_ANONYMOUS = 0x20;
    private const uint O_NONBLOCK = 0x800;
    private const uint O_CLOEXEC = 0x80000;
    private const int ReleaseOffset = 130;
    private const int ReleaseSize = 65;

    private readonly Slot<IMemoryManager> _memory;
    private readonly Slot<IOpenFiles> _files;
    private readonly Slot<IPipes> _pipes;

    public TierASyscalls(ISyscallAbi below, Slot<IMemoryManager> memory, Slot<IOpenFiles> files, Slot<IPipes> pipes)
        : base("kpio-tier-a", below)
    {
        _memory = memory;
        _files = files;
        _pipes = pipes;
        RemoveWhere(info => info.Tier != SyscallTier.A);
    }

    [Syscall("rt_sigaction", Support = SyscallSupport.Stub, Note = "returns 0")]
    [Syscall("rt_sigprocmask", Support = SyscallSupport.Stub, Note = "returns 0")]
    [Syscall("set_robust_list", Support = SyscallSupport.Stub, Note = "returns 0")]
    [Syscall("madvise", Support = SyscallSupport.Stub, Note = "no operation")]
    private static SysResult Succeed(GuestTask task, in SyscallFrame frame) => SysResult.Zero;

    [Syscall("getuid", Note = "returns 0 (root)")]
    [Syscall("getgid", Note = "returns 0 (root)")]
    [Syscall("geteuid", Note = "returns 0 (root)")]
    [Syscall("getegid", Note = "returns 0 (root)")]
    private static SysResult Root(GuestTask task) => SysResult.Zero;

    [Syscall("futex", Support = SyscallSupport.Stub, Note = "FUTEX_WAIT answers EAGAIN for another value, else 0 at once; FUTEX_WAKE answers 0; others ENOSYS")]
    private static SysResult Futex(GuestTask task, ulong address, int op, uint value, ulong timeout, ulong address2, uint value3)
    {
        const int CommandMask = 0x7F;
        switch (op & CommandMask)
        {
            case 0:
                if (!new UserPointer<uint>(task, address).TryRead(out uint current, out SysResult stop))
                    return stop;
                return current == value ? SysResult.Zero : Errno.EAGAIN;
            case 1:
                return SysResult.Zero;
            default:
                return Errno.ENOSYS;
        }
    }

    [Syscall("mmap", Support = SyscallSupport.Partial, Note = "MAP_ANONYMOUS only; a file mapping answers ENOSYS")]
    private SysResult Mmap(GuestTask task, in SyscallFrame frame) =>
        (frame.Argument3 & MAP_ANONYMOUS) == 0 ? Errno.ENOSYS : Below.Invoke(task, in frame);

    [Syscall("brk", Note = "page-aligned, 256 MB limit")]
    private SysResult Brk(GuestTask task, ulong address)
    {
        ulong aligned = (address + 0xFFF) & ~0xFFFUL;
        return (long)_memory.Current.SetBreak(task.Group.AddressSpace, aligned < address ? address : aligned, HeapLimit);
    }

    [Syscall("ioctl", Support = SyscallSupport.Partial, Note = "TIOCGWINSZ only, 80x25, on descriptors 0 to 2; else ENOTTY")]
    private static SysResult Ioctl(GuestTask task, Fd fd, uint request, ulong argument)
    {
        if (!task.Descriptors.TryGet(fd.Number, out _))
            return Errno.EBADF;
        if (request != TIOCGWINSZ || fd.Number > 2)
            return Errno.ENOTTY;
        ReadOnlySpan<ushort> size = [25, 80, 0, 0];
        return task.Memory.TryWrite(task, argument, MemoryMarshal.AsBytes(size), out SysResult stop) ? SysResult.Zero : stop;
    }

    [Syscall("kill", Support = SyscallSupport.Partial, Note = "SIGKILL and SIGTERM to one process; else EINVAL")]
    private SysResult Kill(GuestTask task, in SyscallFrame frame)
    {
        bool known = (int)frame.Argument1 is (int)Signal.SIGKILL or (int)Signal.SIGTERM;
        return !known || (int)frame.Argument0 <= 0 ? Errno.EINVAL : Below.Invoke(task, in frame);
    }

    [Syscall("fcntl", Note = "F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL; else EINVAL")]
    private SysResult Fcntl(GuestTask task, in SyscallFrame frame)
    {
        const int Last = 4; // F_SETFL; F_DUPFD is 0
        return (int)frame.Argument1 is >= 0 and <= Last ? Below.Invoke(task, in frame) : Errno.EINVAL;
    }

    [Syscall("access", Note = "checks that the file exists, whatever the mode")]
    private SysResult Access(GuestTask task, in SyscallFrame frame)
    {
        SyscallFrame existence = frame with { Argument1 = 0 };
        return Below.Invoke(task, in existence);
    }

    [Syscall("lseek", Note = "SEEK_SET, SEEK_CUR, SEEK_END")]
    private SysResult Lseek(GuestTask task, in SyscallFrame frame) => (uint)frame.Argument2 > 2 ? Errno.EINVAL : Below.Invoke(task, in frame);

    [Syscall("clock_gettime", Note = "CLOCK_REALTIME and CLOCK_MONOTONIC; else EINVAL")]
    private SysResult ClockGettime(GuestTask task, in SyscallFrame frame) =>
        (uint)frame.Argument0 > 1 ? Errno.EINVAL : Below.Invoke(task, in frame);

    [Syscall("arch_prctl", Note = "ARCH_SET_FS and ARCH_GET_FS; else EINVAL")]
    private SysResult ArchPrctl(GuestTask task, in SyscallFrame frame)
    {
        const int SetFs = 0x1002;
        const int GetFs = 0x1003;
        return (int)frame.Argument0 is SetFs or GetFs ? Below.Invoke(task, in frame) : Errno.EINVAL;
    }

    [Syscall("uname", Note = "sysname Linux, release 6.1.0-kpio")]
    private SysResult Uname(GuestTask task, in SyscallFrame frame)
    {
        SysResult result = Below.Invoke(task, in frame);
        if (!result.IsCompleted || result.IsError)
            return result;
        Span<byte> release = stackalloc byte[ReleaseSize];
        release.Clear();
        "6.1.0-kpio"u8.CopyTo(release);
        return task.Memory.TryWrite(task, frame.Argument0 + ReleaseOffset, release, out SysResult stop) ? result : stop;
    }

    [Syscall("pipe", Note = "4 KB buffer")]
    private SysResult Pipe(GuestTask task, UserPointer<long> pipefd) => MakePipe(task, pipefd, 0);

    [Syscall("pipe2", Note = "4 KB buffer; O_CLOEXEC and O_NONBLOCK")]
    private SysResult Pipe2(GuestTask task, UserPointer<long> pipefd, uint flags) =>
        (flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0 ? Errno.EINVAL : MakePipe(task, pipefd, flags);

    private SysResult MakePipe(GuestTask task, UserPointer<long> pipefd, uint flags)
    {
        const int RLIMIT_NOFILE = 7;
        ulong limit = task.Group.Limits[RLIMIT_NOFILE].Soft;
        bool closeOnExec = (flags & O_CLOEXEC) != 0;
        if (!_pipes.Current.Create(task, (OpenFlags)(flags & O_NONBLOCK), PipeCapacity).TryGet(out (FileId Read, FileId Write) pipe, out Errno error))
            return error;
        if (!task.Descriptors.Add(pipe.Read, closeOnExec, 0, limit).TryGet(out int read, out error))
            return Abandon(pipe, error);
        if (!task.Descriptors.Add(pipe.Write, closeOnExec, 0, limit).TryGet(out int write, out error))
        {
            task.Descriptors.Remove(read, out _);
            return Abandon(pipe, error);
        }

        long numbers = (long)write << 32 | (uint)read;
        if (pipefd.TryWrite(in numbers, out SysResult stop))
            return SysResult.Zero;
        task.Descriptors.Remove(read, out _);
        task.Descriptors.Remove(write, out _);
        _files.Current.Release(pipe.Read);
        _files.Current.Release(pipe.Write);
        return stop;
    }

    private SysResult Abandon((FileId Read, FileId Write) pipe, Errno error)
    {
        _files.Current.Release(pipe.Read);
        _files.Current.Release(pipe.Write);
        return error;
    }
}

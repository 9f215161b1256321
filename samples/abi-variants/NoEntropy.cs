using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

[Syscall("getrandom", Remove = true)]
public sealed class NoEntropy(ISyscallAbi below) : LayeredSyscallAbi("no-entropy", below)
{
    [Syscall("uname", Note = "answers as Linux does, and then EPERM")]
    private SysResult Uname(GuestTask task, in SyscallFrame frame) => Below.Invoke(task, in frame) is { IsError: true } error ? error : Errno.EPERM;
}

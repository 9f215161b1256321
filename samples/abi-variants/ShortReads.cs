using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

public sealed class ShortReads(ISyscallAbi below) : LayeredSyscallAbi("short-reads", below)
{
    [Syscall("read", Note = "at most 7 bytes at a time")]
    private SysResult Read(GuestTask task, in SyscallFrame frame) =>
        Below.Invoke(task, frame with { Argument2 = Math.Min(frame.Argument2, 7) });
}

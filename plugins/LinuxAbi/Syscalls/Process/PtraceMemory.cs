using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>PTRACE_PEEKTEXT, PTRACE_POKETEXT and their like: words of the tracee's memory.</summary>
internal sealed partial class LinuxSyscalls
{
    private static SysResult PeekWord(GuestTask task, GuestTask target, ulong address, ulong data)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        if (!task.Memory.TryRead(target, address, word, out SysResult stop))
            return stop.IsWait ? stop : Errno.EIO;
        return Answer(task, data, BitConverter.ToUInt64(word));
    }

    /// <summary>Text is written too, though the program may not: its page becomes the process's own (FOLL_FORCE). Shared memory must be writable.</summary>
    private SysResult PokeWord(GuestTask target, ulong address, ulong value)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BitConverter.TryWriteBytes(word, value);
        if (target.Memory.TryWrite(target, address, word, out SysResult stop))
            return SysResult.Zero;
        if (stop.IsWait)
            return stop;
        ulong end = address + sizeof(ulong);
        foreach (MemoryRegion region in _spaces.Current.GetRegions(target.Group.AddressSpace))
        {
            bool isShared = (region.Flags & MapFlags.MAP_TYPE) is MapFlags.MAP_SHARED or MapFlags.MAP_SHARED_VALIDATE;
            if (region.Start < end && region.End > address && isShared && (region.Access & PageAccess.Write) == 0)
                return Errno.EIO;
        }

        return end > address && _spaces.Current.Write(target.Group.AddressSpace, address, word) == Errno.None ? SysResult.Zero : Errno.EIO;
    }
}

using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Signals;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>PTRACE_GETSIGINFO, PTRACE_GETSIGMASK and their like: what a tracee stopped for, what it blocks, what is pending.</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint PTRACE_PEEKSIGINFO_SHARED = 1;

    private static SysResult GetStopInfo(GuestTask task, TraceState trace, ulong address)
    {
        if (!trace.HasInfo)
            return Errno.EINVAL;
        Span<byte> bytes = stackalloc byte[SignalInfoLayout.Size];
        SignalInfoLayout.Write(bytes, trace.Info);
        return task.Memory.TryWrite(task, address, bytes, out SysResult stop) ? SysResult.Zero : stop;
    }

    private static SysResult SetStopInfo(GuestTask task, TraceState trace, ulong address)
    {
        Span<byte> bytes = stackalloc byte[SignalInfoLayout.Size];
        if (!task.Memory.TryRead(task, address, bytes, out SysResult stop))
            return stop;
        if (!trace.HasInfo)
            return Errno.EINVAL;
        int signal = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        trace.Info = SignalInfoLayout.Read(bytes, (Signal)(signal is >= 0 and <= SignalNumbers.Count ? signal : 0));
        return SysResult.Zero;
    }

    /// <summary>Answers how many were copied. The list is by number, and by age for each of them.</summary>
    private static SysResult PeekPending(GuestTask task, GuestTask target, ulong arguments, ulong address)
    {
        Span<byte> wanted = stackalloc byte[16];
        if (!task.Memory.TryRead(task, arguments, wanted, out SysResult stop))
            return stop;
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(wanted);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(wanted[8..]);
        int most = BinaryPrimitives.ReadInt32LittleEndian(wanted[12..]);
        if ((flags & ~PTRACE_PEEKSIGINFO_SHARED) != 0 || most < 0)
            return Errno.EINVAL;
        Span<byte> bytes = stackalloc byte[SignalInfoLayout.Size];
        ulong place = 0;
        long done = 0;
        foreach (SignalInfo info in flags != 0 ? target.Group.PendingSignals : target.Signals.Pending)
        {
            if (done == most)
                break;
            if (place++ < first)
                continue;
            SignalInfoLayout.Write(bytes, in info);
            if (!task.Memory.TryWrite(task, address + ((ulong)done * SignalInfoLayout.Size), bytes, out stop))
                return done > 0 && !stop.IsWait ? done : stop;
            done++;
        }

        return done;
    }

    private static SysResult GetTraceeMask(GuestTask task, GuestTask target, ulong size, ulong address)
    {
        if (size != sizeof(ulong))
            return Errno.EINVAL;
        return Answer(task, address, (target.Signals.HasSaved ? target.Signals.Saved : target.Signals.Blocked).Bits);
    }

    private SysResult SetTraceeMask(GuestTask task, GuestTask target, ulong size, ulong address)
    {
        if (size != sizeof(ulong))
            return Errno.EINVAL;
        if (!new UserPointer<ulong>(task, address).TryRead(out ulong bits, out SysResult stop))
            return stop;
        target.Signals.HasSaved = false;
        _signals.Current.SetBlocked(target, new SignalSet(bits));
        return SysResult.Zero;
    }
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>Guest memory as handlers see it: pages that are missing are asked of the memory manager in place.</summary>
internal sealed class UserMemory : IUserMemory
{
    private const ulong PageMask = FrameNumber.Size - 1;
    private readonly IGuestMemory _memory;
    private readonly Slot<IMemoryManager> _manager;
    private readonly Slot<IProcessManager> _processes;
    private readonly MemoryShortage _shortage;

    /// <summary>Told of each write; null for nobody.</summary>
    public IGuestWriteObserver? WriteObserver { get; set; }

    public UserMemory(IGuestMemory memory, Slot<IMemoryManager> manager, Slot<IProcessManager> processes, MemoryShortage shortage)
    {
        _shortage = shortage;
        _memory = memory;
        _manager = manager;
        _processes = processes;
    }

    public bool TryGetSpan(GuestTask task, ulong address, PageAccess access, out Span<byte> span, out SysResult stop)
    {
        stop = default;
        if (!_memory.TryGetSpan(task.Group.AddressSpace, address, access, out span, out FaultInfo fault) && !GetSpanAfterFault(task, address, access, out span, fault, out stop))
            return false;
        if (WriteObserver is { } observer && (access & PageAccess.Write) != 0)
            observer.BeforeWrite(task, address, span);
        return true;
    }

    public bool TryRead(GuestTask task, ulong address, Span<byte> destination, out SysResult stop)
    {
        stop = default;
        while (destination.Length > 0)
        {
            if (!TryGetSpan(task, address, PageAccess.Read, out Span<byte> page, out stop))
                return false;
            int count = Math.Min(page.Length, destination.Length);
            page[..count].CopyTo(destination);
            destination = destination[count..];
            address += (ulong)count;
        }

        return true;
    }

    public bool TryWrite(GuestTask task, ulong address, ReadOnlySpan<byte> source, out SysResult stop)
    {
        stop = default;
        int first = FrameNumber.Size - (int)(address & PageMask);
        if (source.Length > first)
        {
            for (ulong offset = 0; offset < (ulong)source.Length; offset += offset == 0 ? (ulong)first : FrameNumber.Size)
            {
                if (!TryMakeWritable(task, address + offset, out stop))
                    return false;
            }
        }

        while (source.Length > 0)
        {
            if (!TryGetSpan(task, address, PageAccess.Write, out Span<byte> page, out stop))
                return false;
            int count = Math.Min(page.Length, source.Length);
            source[..count].CopyTo(page);
            source = source[count..];
            address += (ulong)count;
        }

        return true;
    }

    private bool TryMakeWritable(GuestTask task, ulong address, out SysResult stop)
    {
        stop = default;
        return _memory.TryProbe(task.Group.AddressSpace, address, PageAccess.Write, out FaultInfo fault)
            || (TryResolve(task, fault, out stop) && TryGetSpan(task, address, PageAccess.Write, out _, out stop));
    }

    private bool GetSpanAfterFault(GuestTask task, ulong address, PageAccess access, out Span<byte> span, FaultInfo fault, out SysResult stop)
    {
        // Twice at most: a page that was just read in may need its sharing broken. More means that manager and MMU disagree.
        for (int attempt = 0; attempt < 3; attempt++)
        {
            if (!TryResolve(task, fault, out stop))
            {
                span = default;
                return false;
            }

            if (_memory.TryGetSpan(task.Group.AddressSpace, address, access, out span, out fault))
                return true;
        }

        throw new InvalidOperationException($"The memory manager says that 0x{address:x} is mapped, the MMU that it is not.");
    }

    private bool TryResolve(GuestTask task, in FaultInfo fault, out SysResult stop)
    {
        stop = Errno.EFAULT;
        if (fault.NonCanonical || fault.Address >= UserBuffer.AddressLimit)
            return false;
        FaultOutcome outcome = _manager.Current.HandleFault(task, in fault);
        while (outcome == FaultOutcome.OutOfMemory && _shortage.Relieve(task))
            outcome = _manager.Current.HandleFault(task, in fault);
        switch (outcome)
        {
            case FaultOutcome.Mapped:
                return true;
            case FaultOutcome.Wait:
                stop = SysResult.Wait(task.Wait);
                return false;
            case FaultOutcome.OutOfMemory:
                // As in Linux, the process is killed; the call's own answer never reaches it.
                _processes.Current.Send(task.Group.Pid, 0, new SignalInfo(Signal.SIGKILL, Code: 0x80));
                return false;
            default:
                return false;
        }
    }
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>
/// A task's memory as handlers see it. Pages that are not there yet are asked of the memory manager in place; what cannot be had
/// ends the call: <c>stop</c> is then the handler's answer (EFAULT, or a wait after which the call is entered again). The kernel
/// implements it once; nothing here ever faults or throws for what a guest passed.
/// </summary>
public interface IUserMemory
{
    /// <summary>Copies from the guest, all or nothing as far as <paramref name="destination"/>'s use goes.</summary>
    bool TryRead(GuestTask task, ulong address, Span<byte> destination, out SysResult stop);

    /// <summary>Copies to the guest. Checks every page for writing before the first byte is written.</summary>
    bool TryWrite(GuestTask task, ulong address, ReadOnlySpan<byte> source, out SysResult stop);

    /// <summary>The bytes from <paramref name="address"/> to the end of its page for direct access. Valid until the handler calls another service or returns.</summary>
    bool TryGetSpan(GuestTask task, ulong address, PageAccess access, out Span<byte> span, out SysResult stop);
}

using Kpio.Contracts.Values;

namespace Kpio.Contracts.Platform;

/// <summary>
/// Reads and writes guest memory by linear address with ring 3's rights. Nothing here resolves a fault: what is not mapped, or
/// not allowed, answers false with the fault. Handlers use <see cref="Abi.UserBuffer"/> instead, which asks the memory manager.
/// </summary>
public interface IGuestMemory
{
    /// <summary>Copies from the guest; false with the first fault (bytes before it may have been copied).</summary>
    bool TryRead(AddressSpaceId space, ulong address, Span<byte> destination, out FaultInfo fault);

    /// <summary>Copies to the guest; false with the first fault (bytes before it may have been written).</summary>
    bool TryWrite(AddressSpaceId space, ulong address, ReadOnlySpan<byte> source, out FaultInfo fault);

    /// <summary>
    /// The bytes from <paramref name="address"/> to the end of its page, checked for <paramref name="access"/> (read or write).
    /// Valid until the next call that may unmap: never kept. Asking for write marks the page dirty and drops code decoded from it.
    /// </summary>
    bool TryGetSpan(AddressSpaceId space, ulong address, PageAccess access, out Span<byte> span, out FaultInfo fault);

    /// <summary>Whether the page that holds <paramref name="address"/> may be accessed so.</summary>
    bool TryProbe(AddressSpaceId space, ulong address, PageAccess access, out FaultInfo fault);
}

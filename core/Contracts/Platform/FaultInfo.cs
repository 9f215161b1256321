namespace Kpio.Contracts.Platform;

/// <summary>A page fault as the processor reports it (SDM vol. 3A 4.7).</summary>
/// <param name="Address">The linear address that faulted: CR2.</param>
/// <param name="Access">What was attempted: exactly one of read, write, execute.</param>
/// <param name="Present">Whether a page was there and forbade the access; false when no page was mapped.</param>
/// <param name="NonCanonical">Whether the address was not canonical: the processor raises #GP (or #SS), and Linux SIGSEGV with SI_KERNEL.</param>
public readonly record struct FaultInfo(ulong Address, PageAccess Access, bool Present, bool NonCanonical = false);

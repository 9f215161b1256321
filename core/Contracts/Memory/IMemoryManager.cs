using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Memory;

/// <summary>mmap(2)'s flags by Linux's x86_64 values.</summary>
[Flags]
public enum MapFlags : uint
{
#pragma warning disable CS1591 // mmap(2) documents each.
    None = 0,
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3,
    MAP_TYPE = 0xF,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_32BIT = 0x40,
    MAP_GROWSDOWN = 0x100,
    MAP_DENYWRITE = 0x800,
    MAP_EXECUTABLE = 0x1000,
    MAP_LOCKED = 0x2000,
    MAP_NORESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_NONBLOCK = 0x10000,
    MAP_STACK = 0x20000,
    MAP_HUGETLB = 0x40000,
    MAP_SYNC = 0x80000,
    MAP_FIXED_NOREPLACE = 0x100000,
#pragma warning restore CS1591
}

/// <summary>What is to be mapped.</summary>
/// <param name="Address">The address asked for; 0 for any.</param>
/// <param name="Length">Bytes; not 0, rounded up to pages by the manager.</param>
/// <param name="Access">The protection.</param>
/// <param name="Flags">mmap(2)'s flags.</param>
/// <param name="File">The file, or none for anonymous memory. The manager adds a reference of its own.</param>
/// <param name="Offset">The position in the file, a multiple of the page size.</param>
/// <param name="Name">What /proc/self/maps shows for it when it has no file: <c>[stack]</c>, <c>[heap]</c>.</param>
/// <param name="FileLength">For program segments: bytes of the file from <paramref name="Offset"/> that appear in the mapping, zeros after them; -1 for all.</param>
public readonly record struct MapRequest(
    ulong Address,
    ulong Length,
    PageAccess Access,
    MapFlags Flags,
    FileId File = default,
    long Offset = 0,
    string? Name = null,
    long FileLength = -1);

/// <summary>What the manager made of a page fault.</summary>
public enum FaultOutcome : byte
{
    /// <summary>The page is there now: the instruction or copy goes on.</summary>
    Mapped,

    /// <summary>The task gets a signal: SIGSEGV with SEGV_MAPERR.</summary>
    NotMapped,

    /// <summary>The task gets a signal: SIGSEGV with SEGV_ACCERR.</summary>
    AccessDenied,

    /// <summary>The task gets a signal: SIGBUS (a page beyond the end of its file).</summary>
    BeyondFile,

    /// <summary>The machine's memory is used up: the task is killed.</summary>
    OutOfMemory,

    /// <summary>The page is being fetched: <see cref="GuestTask.Wait"/> says what to wait for.</summary>
    Wait,
}

/// <summary>Address spaces: what is mapped where, and pages on demand. Addresses are linear; lengths are rounded up to pages.</summary>
public interface IMemoryManager
{
    /// <summary>Maps (mmap(2)) and answers the address.</summary>
    Result<ulong> Map(AddressSpaceId space, in MapRequest request);

    /// <summary>Unmaps (munmap(2)); pages that are not mapped are passed over.</summary>
    Errno Unmap(AddressSpaceId space, ulong address, ulong length);

    /// <summary>Changes the protection (mprotect(2)); ENOMEM when a page of the range is not mapped.</summary>
    Errno Protect(AddressSpaceId space, ulong address, ulong length, PageAccess access);

    /// <summary>Moves or resizes (mremap(2)).</summary>
    Result<ulong> Remap(AddressSpaceId space, ulong address, ulong oldLength, ulong newLength, uint flags, ulong newAddress);

    /// <summary>Advice (madvise(2)); MADV_DONTNEED drops pages.</summary>
    Errno Advise(AddressSpaceId space, ulong address, ulong length, int advice);

    /// <summary>Sets the program break and answers the break in force (brk(2)); 0 asks only. <paramref name="limit"/> is how far the heap may grow, in bytes.</summary>
    ulong SetBreak(AddressSpaceId space, ulong address, ulong limit);

    /// <summary>The region that holds an address, or null.</summary>
    MemoryRegion? FindRegion(AddressSpaceId space, ulong address);

    /// <summary>Resolves a page fault of the task, or of a handler that reads or writes its memory.</summary>
    FaultOutcome HandleFault(GuestTask task, in FaultInfo fault);
}

/// <summary>Address spaces as wholes.</summary>
public interface IAddressSpaces
{
    /// <summary>Makes an empty one.</summary>
    Result<AddressSpaceId> Create();

    /// <summary>Makes a copy, page by page on write (fork(2)).</summary>
    Result<AddressSpaceId> Fork(AddressSpaceId space);

    /// <summary>Drops one and everything in it.</summary>
    void Destroy(AddressSpaceId space);

    /// <summary>Writes into a space that no task runs in yet, whatever the protection of its regions, making the pages present: what a loader puts on a stack. EFAULT where nothing is mapped, ENOMEM.</summary>
    Errno Write(AddressSpaceId space, ulong address, ReadOnlySpan<byte> source);

    /// <summary>Sets where the heap starts; the loader calls it once a program.</summary>
    void SetHeapStart(AddressSpaceId space, ulong address);

    /// <summary>Bounds for where mappings without an address go, and how the stack may grow.</summary>
    void SetLayout(AddressSpaceId space, in AddressSpaceLayout layout);

    /// <summary>The regions in the order of their addresses (/proc/self/maps).</summary>
    IReadOnlyList<MemoryRegion> GetRegions(AddressSpaceId space);

    /// <summary>Pages in memory and mapped: /proc/self/statm.</summary>
    MemoryUse GetUse(AddressSpaceId space);
}

/// <summary>Where an address space's parts go.</summary>
/// <param name="MappingTop">Mappings without an address are placed below this, downwards.</param>
/// <param name="StackTop">The end of the stack, exclusive.</param>
/// <param name="StackLimit">How far the stack may grow, in bytes (RLIMIT_STACK).</param>
public readonly record struct AddressSpaceLayout(ulong MappingTop, ulong StackTop, ulong StackLimit);

/// <summary>A run of pages with one origin and one protection. Contract data: part of the memory manager's state.</summary>
/// <param name="Start">The first address.</param>
/// <param name="End">The end, exclusive.</param>
/// <param name="Access">The protection.</param>
/// <param name="Flags">The flags it was mapped with.</param>
/// <param name="File">The mapped file, or none.</param>
/// <param name="Offset">The position in the file of <paramref name="Start"/>.</param>
/// <param name="FileEnd">The position in the file from which on the mapping shows zeros; <see cref="long.MaxValue"/> for none.</param>
/// <param name="Name">The name in brackets, or null.</param>
public sealed record MemoryRegion(
    ulong Start,
    ulong End,
    PageAccess Access,
    MapFlags Flags,
    FileId File,
    long Offset,
    long FileEnd,
    string? Name)
{
    /// <summary>The object whose pages a shared anonymous mapping shows; 0 for none. <see cref="Offset"/> is the position in it.</summary>
    public long SharedObject { get; init; }

    /// <summary>The number of the mapped file in the page cache (<see cref="Vfs.IFilePages"/>); 0 for none.</summary>
    public long FileObject { get; init; }

    /// <summary>What madvise(2) and mlock2(2) asked for.</summary>
    public RegionAdvice Advice { get; init; }

    /// <summary>Whether the mapping is shared and its file was opened for writing too, so that mprotect(2) may make it writable (Linux's VM_MAYWRITE).</summary>
    public bool MayWrite { get; init; }
}

/// <summary>Advice that stays with a region (madvise(2), mlock2(2)).</summary>
[Flags]
public enum RegionAdvice : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>MADV_DONTFORK: children do not get it.</summary>
    DontFork = 1,

    /// <summary>MADV_WIPEONFORK: children see zeros.</summary>
    WipeOnFork = 2,

    /// <summary>MADV_DONTDUMP: left out of core files.</summary>
    DontDump = 4,

    /// <summary>MADV_SEQUENTIAL.</summary>
    Sequential = 8,

    /// <summary>MADV_RANDOM.</summary>
    Random = 16,

    /// <summary>MADV_HUGEPAGE.</summary>
    HugePage = 32,

    /// <summary>MADV_NOHUGEPAGE.</summary>
    NoHugePage = 64,

    /// <summary>MADV_MERGEABLE.</summary>
    Mergeable = 128,

    /// <summary>Locked, but brought in by faults only (MLOCK_ONFAULT).</summary>
    LockOnFault = 256,
}

/// <summary>How much memory an address space uses, in pages of 4096 bytes.</summary>
/// <param name="Mapped">Pages in regions.</param>
/// <param name="Resident">Pages in memory.</param>
/// <param name="Shared">Resident pages of files.</param>
/// <param name="Code">Pages of executable regions.</param>
/// <param name="Data">Pages of private writable regions.</param>
/// <param name="Stack">Pages of the stack region.</param>
/// <param name="Peak">The most pages that were ever in regions.</param>
/// <param name="PeakResident">The most pages that were ever in memory.</param>
public readonly record struct MemoryUse(long Mapped, long Resident, long Shared, long Code, long Data, long Stack, long Peak, long PeakResident);

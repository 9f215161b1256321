namespace Kpio.Contracts.Values;

/// <summary>An open file description of the Vfs plugin (open(2)), shared by the descriptors that dup(2) and fork(2) make. 0 is none.</summary>
public readonly record struct FileId(long Value)
{
    /// <summary>No file.</summary>
    public static FileId None => default;

    /// <summary>Whether this names no file.</summary>
    public bool IsNone => Value == 0;
}

/// <summary>An inode within one mounted file system. 0 is none.</summary>
public readonly record struct NodeId(ulong Value)
{
    /// <summary>Whether this names no node.</summary>
    public bool IsNone => Value == 0;
}

/// <summary>One mount in the machine's mount table. 0 is none.</summary>
public readonly record struct MountId(int Value);

/// <summary>A handle of the real machine below, kept in the kernel's table so that plugins hold a number and no object. 0 is none.</summary>
public readonly record struct HostFileId(long Value)
{
    /// <summary>Whether this names no handle.</summary>
    public bool IsNone => Value == 0;
}

/// <summary>A timer of the kernel (<see cref="Process.IKernelTimers"/>). Never used twice. 0 is none.</summary>
public readonly record struct TimerId(long Value)
{
    /// <summary>Whether this names no timer.</summary>
    public bool IsNone => Value == 0;
}

/// <summary>A guest address space: the physical address of its top page table (CR3, SDM vol. 3A 4.5). 0 is none.</summary>
public readonly record struct AddressSpaceId(ulong PageTableRoot)
{
    /// <summary>Whether this names no address space.</summary>
    public bool IsNone => PageTableRoot == 0;
}

/// <summary>A 4 KiB frame of the machine's physical memory, by number (physical address divided by 4096).</summary>
public readonly record struct FrameNumber(uint Value)
{
    /// <summary>The frame's size in bytes.</summary>
    public const int Size = 4096;
}

using Kpio.Platform.X64.Interpreter;

namespace Kpio.Platform.X64.Translator;

/// <summary>Why translated code comes back.</summary>
internal enum SiteKind : byte
{
    /// <summary>A branch to an address that has not been tied yet.</summary>
    Edge,

    /// <summary>The slice is used up behind a branch to a known address.</summary>
    Leave,

    /// <summary>The slice is used up behind a branch to <see cref="Cpu.CpuState.HostTarget"/>.</summary>
    LeaveIndirect,

    /// <summary>A memory access that the TLB does not have.</summary>
    Miss,

    /// <summary>Instructions that the interpreter does.</summary>
    Interpret,
}

/// <summary>A place from where translated code comes back, and what there is to know of it.</summary>
internal unsafe struct Site
{
    /// <summary>The guest instruction; for branches their target.</summary>
    public ulong Rip;

    /// <summary>Where the instruction, or the run of them, ends.</summary>
    public ulong Next;

    /// <summary>Where to go on when the access is to be tried again.</summary>
    public nint Retry;

    /// <summary>Where to go on when the interpreter has done it; 0 to go on wherever it says.</summary>
    public nint Resume;

    /// <summary>The branch to tie, or 0 when its target lies in another page.</summary>
    public nint Patch;

    /// <summary>The instruction for the interpreter, once it has been needed.</summary>
    public Op* Records;

    public int RecordCount;

    /// <summary>Instructions of the block that are done before this one.</summary>
    public ushort Before;

    /// <summary>How many instructions it is.</summary>
    public ushort Count;

    public SiteKind Kind;

    /// <summary>Bytes of the access.</summary>
    public byte Size;

    public bool Writes;

    /// <summary>Whether the access must be aligned.</summary>
    public bool Aligned;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Interpreter;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Cpu;

/// <summary>
/// Everything that a handler touches, in one block of unmanaged memory: the guest's registers first (they are addressed by byte
/// offset from the start), then the engine's working state, then the TLB and the jump cache. One per CPU; the registers are
/// copied from and to a context when a task is entered and left.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CpuState
{
    /// <summary>The general registers in the order of their encoding. AH…BH are the bytes at 1, 9, 17 and 25.</summary>
    public fixed ulong Gpr[16];

    /// <summary>Always zero: the base or index of an address that has none.</summary>
    public ulong Zero;

    /// <summary>The next instruction; up to date only while no handler runs.</summary>
    public ulong Rip;

    /// <summary>Operands of the last instruction that set flags; see <see cref="FlagKind"/>.</summary>
    public ulong FlagA;

    /// <summary>See <see cref="FlagA"/>.</summary>
    public ulong FlagB;

    /// <summary>How CF, PF, AF, ZF, SF and OF follow from <see cref="FlagA"/> and <see cref="FlagB"/>; <see cref="FlagKind.Eager"/> when <see cref="Eflags"/> has them.</summary>
    public FlagKind FlagKind;

    /// <summary>RFLAGS; the six arithmetic bits only when <see cref="FlagKind"/> is <see cref="FlagKind.Eager"/>.</summary>
    public uint Eflags;

    public ulong FsBase;
    public ulong GsBase;

    /// <summary>Selectors as ring 3 reads them: ES, CS, SS, DS, FS, GS.</summary>
    public fixed ushort Selectors[6];

    /// <summary>MXCSR.</summary>
    public uint Mxcsr;

    private readonly ulong _alignment;

    /// <summary>XMM0…XMM15, 32 bytes apart so that the upper halves of YMM find their place.</summary>
    public fixed byte Xmm[16 * 32];

    /// <summary>The x87 and MMX registers.</summary>
    public X87State X87;

    // ---- the engine's working state ----

    /// <summary>Where a memory or general-register source of a SIMD operation is put (64 bytes, the rest zero).</summary>
    public fixed byte SourceScratch[64];

    /// <summary>Where a SIMD operation puts a result that goes to memory or a general register.</summary>
    public fixed byte DestinationScratch[64];

    /// <summary>The bytes of an access that crosses a page.</summary>
    public fixed byte CrossScratch[1000];

    /// <summary>The linear address of the access that the slow path is asked to make.</summary>
    public ulong Ea;

    /// <summary>Goes up when mappings of code or decoded code change: what an indirect branch remembers of its targets is void then.</summary>
    public ulong CodeGeneration;

    /// <summary>A number that is no return address: not canonical.</summary>
    public ulong NoAddress;

    /// <summary>See <see cref="ReturnStack"/>.</summary>
    public ulong ReturnTop;

    /// <summary>Cycles left when a handler chain came back.</summary>
    public long Budget;

    /// <summary>Rep iterations beyond one per instruction: cycles that are not instructions.</summary>
    public long ExtraCycles;

    /// <summary>Where to go on after a handler chain came back; 0 to look <see cref="Rip"/> up.</summary>
    public Op* NextOp;

    /// <summary>A record whose handler goes back to the main loop, which goes on with <see cref="NextOp"/>: for handlers that choose without branching.</summary>
    public Op* LeaveOp;

    /// <summary>Why a handler chain came back; <see cref="ExitKind.None"/> when it just goes on.</summary>
    public ExitKind Exit;

    /// <summary>The exception, with <see cref="ExitKind.Exception"/>. A SIMD operation that must raise #XM sets <see cref="PendingSimdException"/> instead.</summary>
    public byte ExitVector;

    /// <summary>The access that faulted: a <see cref="Kpio.Contracts.Platform.PageAccess"/>.</summary>
    public byte FaultAccess;

    public byte FaultPresent;

    public byte FaultNonCanonical;

    /// <summary>
    /// Set by a semantic function that met an unmasked SSE exception: it must have left its destination alone and set the flags
    /// in <see cref="Mxcsr"/>. The engine raises #XM and clears it.
    /// </summary>
    public byte PendingSimdException;

    /// <summary>Set when a store has thrown decoded code away: the running block may be stale and is left after the instruction.</summary>
    public byte CodeChanged;

    /// <summary>Set while a single instruction is done for a debugger: repeated string instructions do one iteration, and watched pages may be accessed.</summary>
    public byte Stepping;

    public uint ExitErrorCode;

    public ulong FaultAddress;

    /// <summary>Where the main loop goes on at once, in the middle of a block too, with <see cref="Budget"/>: how handlers go on that cannot do it in tail position.</summary>
    public Op* Resume;

    /// <summary>The TLB for reads; see <see cref="TlbEntry"/>.</summary>
    public fixed ulong ReadTlb[TlbEntry.Count * 2];

    /// <summary>The TLB for writes.</summary>
    public fixed ulong WriteTlb[TlbEntry.Count * 2];

    /// <summary>Pairs of a linear address and the <see cref="Op"/> of the block that starts there.</summary>
    public fixed ulong JumpCache[JumpCacheEntry.Count * 2];

    /// <summary>
    /// The return stack: pairs of a return address and the record to go on with there, so that RET need not look its target up. A
    /// ring; <see cref="ReturnTop"/> is the byte offset of the last entry. Emptied with the jump cache.
    /// </summary>
    public fixed ulong ReturnStack[ReturnEntries * 2];

    // ---- the translator's ----

    /// <summary>Pairs of a linear address and the host code of the block that starts there. Emptied with the jump cache.</summary>
    public fixed ulong CodeCache[Translator.CodeCacheEntry.Count * 2];

    /// <summary>The arithmetic flags as LAHF and SETO AL give them.</summary>
    public ulong HostFlags;

    /// <summary>The host's stack pointer while translated code runs.</summary>
    public ulong HostStack;

    /// <summary>Where translated code is entered.</summary>
    public ulong HostEntry;

    /// <summary>Where an indirect branch goes, when the slice is used up.</summary>
    public ulong HostTarget;

    /// <summary>What was in the translator's two free registers: an address XOR the tag of its TLB entry, and that entry's offset.</summary>
    public ulong HostAddress;

    /// <summary>See <see cref="HostAddress"/>.</summary>
    public ulong HostIndex;

    public ulong HostScratch;

    /// <summary>A block that was entered so often that it is to be translated, or that is.</summary>
    public Op* HotOp;

    /// <summary>Which site translated code came back from.</summary>
    public ulong ExitSite;

    /// <summary>The MXCSR of managed code.</summary>
    public uint HostMxcsr;

    /// <summary>Entries of <see cref="ReturnStack"/>.</summary>
    public const int ReturnEntries = 32;

    /// <summary>The byte offset of a general register.</summary>
    public static ushort GprOffset(int number) => (ushort)(number * 8);

    /// <summary>The byte offset of <see cref="Zero"/>.</summary>
    public const ushort ZeroOffset = 128;

    /// <summary>The byte offset of an XMM register.</summary>
    public static ushort XmmOffset(int number) => (ushort)(XmmBase + (number * 32));

    /// <summary>The byte offset of <see cref="Xmm"/>; asserted when the first state is made.</summary>
    public const int XmmBase = 208;

    /// <summary>An XMM register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte>* XmmAt(CpuState* state, int number) => (Vector128<byte>*)(state->Xmm + (number * 32));
}

/// <summary>
/// A TLB entry: the linear address of a page and the host address of its bytes. An access of N bytes at ea hits when
/// (ea XOR <see cref="Tag"/>) is at most 4096-N, which tells the wrong page and the page crossing in one compare; the XOR is then
/// the offset in the page. An empty entry's tag is a page that belongs to another entry.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TlbEntry
{
    public ulong Tag;
    public byte* Host;

    /// <summary>Entries in each TLB.</summary>
    public const int Count = 512;

    /// <summary>(ea >> 8) AND this is the byte offset of the entry in its TLB.</summary>
    public const ulong OffsetMask = (Count - 1) << 4;
}

/// <summary>An entry of the jump cache: the code that starts at a linear address of the current address space.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct JumpCacheEntry
{
    public ulong Rip;
    public Op* Code;

    public const int Count = 1024;

    /// <summary>The byte offset of the entry for an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset(ulong rip) => ((rip ^ (rip >> 9)) << 4) & ((Count - 1) << 4);
}

/// <summary>Why a chain of handlers came back to the main loop.</summary>
internal enum ExitKind : byte
{
    /// <summary>To go on: the slice is used up, code changed, or a link is missing.</summary>
    None,
    Syscall,
    Fault,
    Exception,

    /// <summary>The instruction, which has not been done, has a breakpoint.</summary>
    Breakpoint,

    /// <summary>The instruction, which has not been done (string instructions: not further), accesses a page that is watched.</summary>
    Watched,
}

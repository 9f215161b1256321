using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Debugging;
using Kpio.Platform.X64.Interpreter.Handlers;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// What handlers call when the short way does not do: TLB misses, page crossings, code that must be found or decoded, exits. One
/// per CPU; owns the CPU's <see cref="CpuState"/>.
/// </summary>
internal sealed unsafe class Engine : IPageTableCache, IDisposable
{
    /// <summary>
    /// The address in an empty entry of the return stack. A guest may return to it as to any other number; but not 0, which
    /// <see cref="BranchHandlers.Ret"/> takes for a return address that it has to look up.
    /// </summary>
    private const ulong EmptyReturn = 1;

    private const uint SignalRoom = 256 << 10;

    private readonly PhysicalMemory _memory;
    private readonly MemoryManagementUnit _mmu;
    private readonly BlockCache _blocks;
    private readonly void* _allocation;
    private readonly Op* _leave;

    /// <summary>Goes on at <see cref="EmptyReturn"/>, as a return to there must.</summary>
    private readonly Op* _emptyReturn;

    public Engine(X64Machine machine, MemoryManagementUnit mmu, PhysicalMemory memory, BlockCache blocks, EntropySource entropy)
    {
        Machine = machine;
        Entropy = entropy;
        _memory = memory;
        _mmu = mmu;
        _blocks = blocks;
        // Translated code has the state for its stack pointer: what a signal handler of the host pushes goes below.
        nuint room = machine.CodeMemory is null ? 0u : SignalRoom;
        _allocation = NativeMemory.AllocZeroed((nuint)sizeof(CpuState) + 64 + room);
        State = (CpuState*)(((nuint)_allocation + room + 63) & ~(nuint)63);
        if (!StateLayout.Holds(State)) throw new InvalidOperationException("The offsets in StateLayout are wrong for this runtime.");
        _leave = (Op*)NativeMemory.AllocZeroed((nuint)sizeof(Op));
        _leave->Handler = (nint)(delegate*<CpuState*, Op*, Engine, long, void>)&Chain.Leave;
        State->LeaveOp = _leave;
        State->NoAddress = 1UL << 63;
        _emptyReturn = (Op*)NativeMemory.AllocZeroed((nuint)sizeof(Op));
        _emptyReturn->Rip = EmptyReturn;
        _emptyReturn->Handler = (nint)(delegate*<CpuState*, Op*, Engine, long, void>)&BranchHandlers.Lookup;
        FlushAll();
        mmu.Register(this);
        blocks.Register(this);
    }

    public X64Machine Machine { get; }

    public EntropySource Entropy { get; }

    /// <summary>Null once disposed of: a use after that faults at once, and writes to nothing that others have since got.</summary>
    public CpuState* State { get; private set; }

    /// <summary>The address space whose translations the caches hold.</summary>
    public AddressSpaceId Space { get; private set; }

    /// <summary>Cycles of this CPU up to the slice that runs now; with the slice's length, what RDTSC needs.</summary>
    public long CyclesBeforeSlice { get; set; }

    /// <summary>The budget that the running slice started with.</summary>
    public long SliceBudget { get; set; }

    /// <summary>What the processor may run beyond <see cref="SliceBudget"/>.</summary>
    public long SliceRoom { get; set; }

    /// <summary>Whether somebody wants the processor to stop; written by any thread.</summary>
    public bool IsInterrupted
    {
        get => Volatile.Read(ref _interrupted) != 0;
        set => Volatile.Write(ref _interrupted, value ? 1 : 0);
    }

    private int _interrupted;

    /// <summary>Called with an address space that goes away; for the debugger's part.</summary>
    public Action<AddressSpaceId>? SpaceForgotten { get; set; }

    /// <summary>Pages that a debugger watches, or null: they are never put into the TLB, so that every access comes here.</summary>
    public WatchedMemory? Watched { get; set; }

    public void Dispose()
    {
        State = null;
        NativeMemory.Free(_allocation);
        NativeMemory.Free(_leave);
        NativeMemory.Free(_emptyReturn);
    }

    // ---- address spaces ----

    public void EnterSpace(AddressSpaceId space)
    {
        if (Space == space) return;
        Space = space;
        FlushAll();
    }

    public void FlushPage(AddressSpaceId space, ulong address, bool executable)
    {
        if (space != Space) return;
        ulong offset = (address >> 8) & TlbEntry.OffsetMask;
        ulong page = address & ~4095UL;
        if (*(ulong*)((byte*)State->ReadTlb + offset) == page) *(ulong*)((byte*)State->ReadTlb + offset) = EmptyTag(offset);
        if (*(ulong*)((byte*)State->WriteTlb + offset) == page) *(ulong*)((byte*)State->WriteTlb + offset) = EmptyTag(offset);
        if (executable) FlushJumpCache();
    }

    public void FlushSpace(AddressSpaceId space)
    {
        if (space == Space) FlushAll();
    }

    public void ForgetSpace(AddressSpaceId space)
    {
        SpaceForgotten?.Invoke(space);
        if (space != Space) return;
        Space = default;
        FlushAll();
    }

    /// <summary>Empties the jump cache and makes the running block be left after its current instruction.</summary>
    public void CodeDropped()
    {
        FlushJumpCache();
        State->CodeChanged = 1;
    }

    /// <summary>A frame now holds decoded code: stores to it must take the slow path again.</summary>
    public void ProtectCode(uint frame)
    {
        byte* host = _memory.Host(frame);
        for (int i = 0; i < TlbEntry.Count; i++)
        {
            TlbEntry* entry = (TlbEntry*)State->WriteTlb + i;
            if (entry->Host == host) entry->Tag = EmptyTag((ulong)i << 4);
        }
    }

    private static ulong EmptyTag(ulong offset) => (offset ^ 16) << 8;

    private void FlushAll()
    {
        for (int i = 0; i < TlbEntry.Count; i++)
        {
            ulong tag = EmptyTag((ulong)i << 4);
            ((TlbEntry*)State->ReadTlb)[i].Tag = tag;
            ((TlbEntry*)State->WriteTlb)[i].Tag = tag;
        }

        FlushJumpCache();
    }

    private void FlushJumpCache()
    {
        State->NextOp = null;
        State->CodeGeneration++;

        // A guest may jump to any number: an empty entry has one that belongs to another entry.
        for (int i = 0; i < JumpCacheEntry.Count; i++) ((JumpCacheEntry*)State->JumpCache)[i].Rip = i == 0 ? 1UL : 0;
        FlushReturnStack();
        if (Machine.CodeMemory is null) return;
        for (int i = 0; i < Translator.CodeCacheEntry.Count; i++) ((Translator.CodeCacheEntry*)State->CodeCache)[i].Rip = i == 0 ? 1UL : 0;
    }

    /// <summary>Empties the return stack.</summary>
    public void FlushReturnStack()
    {
        for (int i = 0; i < CpuState.ReturnEntries; i++)
        {
            JumpCacheEntry* entry = (JumpCacheEntry*)State->ReturnStack + i;
            entry->Rip = EmptyReturn;
            entry->Code = _emptyReturn;
        }
    }

    // ---- memory ----

    /// <summary>
    /// The bytes at <see cref="CpuState.Ea"/> for reading: in the frame, or copied together when they cross a page. Null with the
    /// exit recorded when they cannot be read.
    /// </summary>
    public byte* ReadPointer(CpuState* s, Op* op, int bytes)
    {
        ulong ea = s->Ea;
        int room = 4096 - (int)(ea & 4095);
        byte* first = ReadPage(s, op, ea);
        if (first == null || room >= bytes) return first;
        byte* second = ReadPage(s, op, ea + (ulong)room);
        if (second == null) return null;
        Unsafe.CopyBlockUnaligned(s->CrossScratch, first, (uint)room);
        Unsafe.CopyBlockUnaligned(s->CrossScratch + room, second, (uint)(bytes - room));
        return s->CrossScratch;
    }

    /// <summary>
    /// The bytes at <see cref="CpuState.Ea"/> for writing; every page is checked before any byte is written. Bytes that cross a
    /// page are a copy: <see cref="FinishWrite"/> puts them in place. Null with the exit recorded when they cannot be written.
    /// </summary>
    public byte* WritePointer(CpuState* s, Op* op, int bytes)
    {
        ulong ea = s->Ea;
        int room = 4096 - (int)(ea & 4095);
        if (room >= bytes) return WritePage(s, op, ea);
        byte* first = WritePage(s, op, ea, keepCode: true);
        if (first == null) return null;
        byte* second = WritePage(s, op, ea + (ulong)room);
        if (second == null) return null;
        first = WritePage(s, op, ea);
        _crossFirst = first;
        _crossSecond = second;
        _crossRoom = room;
        Unsafe.CopyBlockUnaligned(s->CrossScratch, first, (uint)room);
        Unsafe.CopyBlockUnaligned(s->CrossScratch + room, second, (uint)(bytes - room));
        return s->CrossScratch;
    }

    private byte* _crossFirst;
    private byte* _crossSecond;
    private int _crossRoom;

    /// <summary>Ends a write to what <see cref="WritePointer"/> gave; true when the running block may be stale and must be left.</summary>
    public bool FinishWrite(CpuState* s, byte* p, int bytes)
    {
        if (p == s->CrossScratch)
        {
            Unsafe.CopyBlockUnaligned(_crossFirst, p, (uint)_crossRoom);
            Unsafe.CopyBlockUnaligned(_crossSecond, p + _crossRoom, (uint)(bytes - _crossRoom));
        }

        if (s->CodeChanged == 0) return false;
        s->CodeChanged = 0;
        return true;
    }

    /// <summary>Pushes a value of 2 or 8 bytes; false with the exit recorded.</summary>
    public bool Push(CpuState* s, Op* op, ulong value, int bytes)
    {
        s->Ea = s->Gpr[4] - (ulong)bytes;
        byte* p = WritePointer(s, op, bytes);
        if (p == null) return false;
        if (bytes == 8) *(ulong*)p = value;
        else *(ushort*)p = (ushort)value;
        byte changed = 0;
        if (FinishWrite(s, p, bytes)) changed = 1;
        s->CodeChanged = changed;
        s->Gpr[4] -= (ulong)bytes;
        return true;
    }

    /// <summary>The host address of a byte that may be read up to the end of its page; fills the TLB.</summary>
    public byte* ReadPage(CpuState* s, Op* op, ulong address)
    {
        ulong offset = (address >> 8) & TlbEntry.OffsetMask;
        TlbEntry* entry = (TlbEntry*)((byte*)s->ReadTlb + offset);
        if (entry->Tag != (address & ~4095UL))
        {
            if (!_mmu.TryTranslate(Space, address, PageAccess.Read, out uint frame, out _, out FaultInfo fault))
            {
                Fault(s, op, fault);
                return null;
            }

            if (Watched is { } watched && watched.HasPage(Space, address, PageAccess.Read))
                return Watch(s, _memory.Host(frame) + (address & 4095));
            entry->Tag = address & ~4095UL;
            entry->Host = _memory.Host(frame);
        }

        return entry->Host + (address & 4095);
    }

    /// <summary>The host address of a byte that may be written up to the end of its page; fills the TLB and drops code decoded from the page.</summary>
    public byte* WritePage(CpuState* s, Op* op, ulong address, bool keepCode = false)
    {
        ulong offset = (address >> 8) & TlbEntry.OffsetMask;
        TlbEntry* entry = (TlbEntry*)((byte*)s->WriteTlb + offset);
        if (entry->Tag != (address & ~4095UL))
        {
            if (!_mmu.TryTranslate(Space, address, PageAccess.Write, out uint frame, out _, out FaultInfo fault))
            {
                Fault(s, op, fault);
                return null;
            }

            bool isWatched = Watched is { } watched && watched.HasPage(Space, address, PageAccess.Write);
            if (isWatched && Watch(s, _memory.Host(frame)) == null) return null;
            if (_memory.HoldsCode(frame))
            {
                if (keepCode) return _memory.Host(frame) + (address & 4095);
                _memory.DropCode(frame);
            }

            if (isWatched) return _memory.Host(frame) + (address & 4095);
            entry->Tag = address & ~4095UL;
            entry->Host = _memory.Host(frame);
        }

        return entry->Host + (address & 4095);
    }

    /// <summary>Puts a page into the TLB; false, with nothing changed, when an access to it takes more than that.</summary>
    public bool TryFill(CpuState* s, ulong address, bool writes)
    {
        PageAccess access = writes ? PageAccess.Write : PageAccess.Read;
        if (!_mmu.TryTranslate(Space, address, access, out uint frame, out _, out _)) return false;
        if (Watched is { } watched && watched.HasPage(Space, address, access)) return false;
        if (writes && _memory.HoldsCode(frame)) return false;
        ulong offset = (address >> 8) & TlbEntry.OffsetMask;
        TlbEntry* entry = (TlbEntry*)((byte*)(writes ? s->WriteTlb : s->ReadTlb) + offset);
        entry->Tag = address & ~4095UL;
        entry->Host = _memory.Host(frame);
        return true;
    }

    /// <summary>Lets an access to a watched page through when it is being looked at, else ends the instruction, to be done again so.</summary>
    private static byte* Watch(CpuState* s, byte* host)
    {
        if (s->Stepping != 0) return host;
        s->Exit = ExitKind.Watched;
        return null;
    }

    /// <summary>The next access to any page comes to <see cref="ReadPage"/> or <see cref="WritePage"/>.</summary>
    public void FlushTranslations() => FlushAll();

    // ---- exits ----

    /// <summary>Records a fault of the instruction of <paramref name="op"/> as the exit.</summary>
    public static void Fault(CpuState* s, Op* op, in FaultInfo fault)
    {
        if (fault.NonCanonical)
        {
            bool stack = op != null && (op->Detail & OpDetail.StackSegment) != 0;
            Raise(s, stack ? ExceptionVector.StackFault : ExceptionVector.GeneralProtection);
            return;
        }

        s->Exit = ExitKind.Fault;
        s->FaultAddress = fault.Address;
        s->FaultAccess = (byte)fault.Access;
        s->FaultPresent = fault.Present ? (byte)1 : (byte)0;
    }

    /// <summary>Records an exception as the exit.</summary>
    public static void Raise(CpuState* s, ExceptionVector vector, uint errorCode = 0)
    {
        s->Exit = ExitKind.Exception;
        s->ExitVector = (byte)vector;
        s->ExitErrorCode = errorCode;
    }

    // ---- code ----

    /// <summary>The code at an address, from the jump cache or the block cache, decoded if it must be; null with the exit recorded.</summary>
    public Op* FindOrDecode(CpuState* s, ulong rip)
    {
        JumpCacheEntry* entry = (JumpCacheEntry*)((byte*)s->JumpCache + JumpCacheEntry.Offset(rip));
        if (entry->Rip == rip) return entry->Code;
        Op* code = _blocks.FindOrDecode(this, rip, out FaultInfo fault);
        if (code == null)
        {
            Fault(s, null, fault);
            return null;
        }

        entry->Rip = rip;
        entry->Code = code;
        return code;
    }

    /// <summary>Whether the block at an address, which was found, depends on the next page too.</summary>
    public bool Crosses(ulong rip) => _blocks.Crosses(this, rip);

    /// <summary>One instruction as a block of its own, for single-stepping; not cached.</summary>
    public Op* DecodeSingle(CpuState* s, ulong rip)
    {
        Op* code = _blocks.DecodeSingle(this, rip, out FaultInfo fault);
        if (code == null) Fault(s, null, fault);
        return code;
    }
}

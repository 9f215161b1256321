using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter;

namespace Kpio.Platform.X64.Translator;

/// <summary>
/// Runs blocks that are executed often as host code. The interpreter runs everything else and does for translated code what is rare;
/// between the two nothing but speed differs: the same instructions are counted, and control comes back behind the same ones.
/// </summary>
internal sealed unsafe class Translator : IDisposable
{
    /// <summary>Cycles that translated code runs before it looks whether it is interrupted.</summary>
    private const long SliceCycles = 65536;

    /// <summary>Cycles that the interpreter runs so: <see cref="X64Cpu"/>.</summary>
    private const long InterpreterCycles = 4096;

    /// <summary>The exceptions of MXCSR that must be masked: the host would raise a signal.</summary>
    private const uint MaskedExceptions = 0x1F80;

    /// <summary>No code: the cache was full and has been emptied.</summary>
    private const nint Emptied = -1;

    private readonly ICodeMemory _memory;
    private readonly BlockCache _blocks;
    private readonly CodeRegion _region;
    private readonly HostCode _code;
    private readonly SiteTable _sites = new();
    private readonly BlockTranslator _translator;
    private readonly delegate* unmanaged<CpuState*, nint, void> _enter;
    private readonly nint _firstBlock;

    private Translator(X64Machine machine, ICodeMemory memory, BlockCache blocks, in CodeRegion region, CpuState* state)
    {
        _memory = memory;
        _blocks = blocks;
        _region = region;
        _code = new HostCode(region);
        var offsets = new StateOffsets(state);
        bool wide = machine.Model != CpuModel.V2 && HostFeatures.HasAvx;
        _enter = (delegate* unmanaged<CpuState*, nint, void>)EntryStubs.EmitEntry(_code, offsets, wide);
        _translator = new BlockTranslator(_code, offsets, _sites, EntryStubs.EmitExit(_code, offsets, wide), machine.Model, machine.TranslatesEverything);
        _firstBlock = _code.Here;
    }

    /// <summary>Makes a translator, or null where the host has no memory for machine code.</summary>
    public static Translator? TryCreate(X64Machine machine, ICodeMemory memory, BlockCache blocks, CpuState* state) =>
        memory.TryReserve(machine.CodeCacheBytes, out CodeRegion region) ? new Translator(machine, memory, blocks, region, state) : null;

    public void Dispose()
    {
        _sites.Truncate(0);
        _memory.Release(_region);
    }

    /// <summary>
    /// Runs from a block that is hot. Gives the record with which the interpreter is to go on, with <see cref="CpuState.Budget"/>, or
    /// null to go back to the main loop, with everything as handlers leave it.
    /// </summary>
    public Op* Run(CpuState* s, Engine engine, Op* hot)
    {
        if (!MasksExceptions(s)) return hot + 1;
        nint host = HostOf(hot, engine);
        if (host == Emptied) return GoOnAt(s, engine, hot->Rip);
        if (host == 0) return hot + 1;
        Refill(s, engine);
        while (true)
        {
            uint flags = Flags.Materialize(s);
            s->HostFlags = ((flags & 0xD7) << 8) | ((flags >> 11) & 1);
            _enter(s, host);
            uint saved = (uint)s->HostFlags;
            s->Eflags = (s->Eflags & ~Flags.Arithmetic) | ((saved >> 8) & (Flags.Arithmetic & ~Flags.Overflow)) | ((saved & 1) << 11);
            int number = (int)s->ExitSite;
            Op* op;
            switch (_sites[number].Kind)
            {
                case SiteKind.Leave:
                    s->Rip = _sites[number].Rip;
                    if (!Refill(s, engine)) return Leave(s);
                    op = engine.FindOrDecode(s, s->Rip);
                    break;
                case SiteKind.LeaveIndirect:
                    s->Rip = s->HostTarget;
                    if (!Refill(s, engine)) return Leave(s);
                    op = engine.FindOrDecode(s, s->Rip);
                    break;
                case SiteKind.Edge:
                    s->Rip = _sites[number].Rip;
                    op = engine.FindOrDecode(s, s->Rip);
                    if (op != null && IsTranslated(op) && _sites[number].Patch != 0) _code.Patch(_sites[number].Patch, (nint)op->Displacement);
                    break;
                case SiteKind.Miss:
                    ulong address = s->HostAddress ^ TagOf(s, number);
                    if (IsRetryable(number, address) && engine.TryFill(s, address, _sites[number].Writes))
                    {
                        host = _sites[number].Retry;
                        continue;
                    }

                    goto default;
                default:
                    op = Interpret(s, engine, number, out host);
                    if (host != 0) continue;
                    if (op == null) return null;
                    break;
            }

            if (op == null) return Leave(s);
            host = IsHot(op) && MasksExceptions(s) ? HostOf(op, engine) : 0;
            if (host == Emptied) return GoOnAt(s, engine, op->Rip);
            if (host == 0)
            {
                Shorten(s, engine);
                return IsHot(op) ? op + 1 : op;
            }

            CodeCacheEntry* entry = (CodeCacheEntry*)((byte*)s->CodeCache + CodeCacheEntry.Offset(op->Rip));
            entry->Rip = op->Rip;
            entry->Code = host;
        }
    }

    /// <summary>Has the interpreter go on at an address, wherever in the guest's code that is: no end of a slice is due there.</summary>
    private static Op* GoOnAt(CpuState* s, Engine engine, ulong rip)
    {
        s->Rip = rip;
        s->CodeChanged = 0;
        Op* op = engine.FindOrDecode(s, rip);
        if (op == null) return Leave(s);
        Shorten(s, engine);
        return op;
    }

    private static bool MasksExceptions(CpuState* s) => (s->Mxcsr & MaskedExceptions) == MaskedExceptions;

    private static Op* Leave(CpuState* s)
    {
        s->NextOp = null;
        return null;
    }

    // ---- the budget ----

    /// <summary>Takes more of what the processor may run; false when there is no more, or it is interrupted.</summary>
    private static bool Refill(CpuState* s, Engine engine)
    {
        if (engine.IsInterrupted) return s->Budget > 0;
        long more = Math.Min(engine.SliceRoom, SliceCycles);
        engine.SliceRoom -= more;
        engine.SliceBudget += more;
        s->Budget += more;
        return s->Budget > 0;
    }

    /// <summary>Gives back what the interpreter must not run at once.</summary>
    private static void Shorten(CpuState* s, Engine engine)
    {
        long less = s->Budget - InterpreterCycles;
        if (less <= 0) return;
        engine.SliceRoom += less;
        engine.SliceBudget -= less;
        s->Budget -= less;
    }

    // ---- blocks ----

    private static bool IsHot(Op* op) => HotBlocks.IsCounter(op) && op->Immediate <= 0;

    private static bool IsTranslated(Op* op) => HotBlocks.IsCounter(op) && op->Displacement != 0;

    /// <summary>The code of a hot block; 0 when the interpreter does better; <see cref="Emptied"/> when the block is gone with all others.</summary>
    private nint HostOf(Op* op, Engine engine)
    {
        if (op->Displacement != 0) return (nint)op->Displacement;
        if (_code.Free < BlockTranslator.LargestBlock)
        {
            Empty();
            return Emptied;
        }

        if (!_blocks.TryDecodeAgain(engine, op->Rip, out ReadOnlySpan<Iced.Intel.Instruction> block, out ulong end))
        {
            op->Immediate = long.MaxValue;
            return 0;
        }

        nint code = _translator.Translate(block, op->Rip, end);
        if (code == 0) op->Immediate = long.MaxValue;
        op->Displacement = code;
        return code;
    }

    /// <summary>Forgets all translations.</summary>
    private void Empty()
    {
        _blocks.ForgetTranslations();
        _sites.Truncate(0);
        _code.Rewind(_firstBlock);
    }

    // ---- what the interpreter does ----

    private ulong TagOf(CpuState* s, int number) =>
        *(ulong*)((byte*)(_sites[number].Writes ? s->WriteTlb : s->ReadTlb) + s->HostIndex);

    /// <summary>Whether an access can be made by translated code once the TLB has the page.</summary>
    private bool IsRetryable(int number, ulong address)
    {
        ref Site site = ref _sites[number];
        return (address & 4095) + site.Size <= 4096 && (!site.Aligned || (address & ((ulong)site.Size - 1)) == 0);
    }

    /// <summary>
    /// Does the instructions of a site; gives where translated code goes on, or else the record to go on with, or null to go back to the
    /// main loop.
    /// </summary>
    private Op* Interpret(CpuState* s, Engine engine, int number, out nint host)
    {
        host = 0;
        ref Site site = ref _sites[number];
        if (site.Records == null && !_blocks.TryDecodeSome(engine, site.Rip, site.Count, out site.Records, out site.RecordCount))
        {
            // The page has gone: fetching it again faults where it must.
            s->Rip = site.Rip;
            s->NextOp = null;
            s->Budget -= site.Before;
            return engine.FindOrDecode(s, s->Rip);
        }

        ulong generation = s->CodeGeneration;
        long before = site.Before;
        Op* first = site.Records;
        Op* last = first + site.RecordCount;
        Op* op = first;
        s->Rip = 0;
        long budget = s->Budget - before;
        do
        {
            s->Resume = null;
            ((delegate*<CpuState*, Op*, Engine, long, void>)op->Handler)(s, op, engine, budget);
            op = s->Resume;
            budget = s->Budget;
        }
        while (op >= first && op < last);

        if (op != null) return op;
        if (s->HotOp != null)
        {
            // A branch went straight on to a block that is hot.
            op = s->HotOp;
            s->HotOp = null;
            return op;
        }

        if (s->Exit != ExitKind.None || generation != s->CodeGeneration || site.Resume == 0 || s->Rip != site.Next) return null;

        // The instruction may have been LDMXCSR.
        if (!MasksExceptions(s)) return GoOnAt(s, engine, s->Rip);
        s->Budget += before + site.Count;
        host = site.Resume;
        return null;
    }
}

using System.Diagnostics.CodeAnalysis;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Debugging;
using Kpio.Platform.X64.Interpreter;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Platform.X64.Cpu;

/// <summary>A processor: the main loop around the interpreter's handler chains.</summary>
internal sealed unsafe partial class X64Cpu : ICpu, IDebugCpu, ICpuSnapshots, IDisposable
{
    /// <summary>
    /// Cycles that a chain of handlers runs before it comes back: how soon an interrupt is seen and how long the host's garbage
    /// collector may wait. It also bounds the nesting of handlers where they were not compiled with optimisation.
    /// </summary>
    private const long SliceCycles = 4096;

    private readonly BlockCache _blocks;
    private readonly Engine _engine;
    private X64CpuContext? _current;
    private long _extraCycles;
    private long _kernelCycles;
    private readonly bool _translates;
    private Translator.Translator? _translator;

    public X64Cpu(X64Machine machine, MemoryManagementUnit mmu, PhysicalMemory memory, BlockCache blocks, EntropySource entropy)
    {
        _blocks = blocks;
        _engine = new Engine(machine, mmu, memory, blocks, entropy);
        _machine = machine;
        _translates = machine.CodeMemory is not null;
    }

    /// <inheritdoc/>
    public long Cycles => _engine.CyclesBeforeSlice;

    /// <inheritdoc/>
    public long Instructions => _engine.CyclesBeforeSlice - _kernelCycles - _extraCycles;

    /// <inheritdoc/>
    public CpuCounts Counts
    {
        get => new(_engine.CyclesBeforeSlice, _kernelCycles, _extraCycles);
        set => (_engine.CyclesBeforeSlice, _kernelCycles, _extraCycles) = (value.Cycles, value.KernelCycles, value.ExtraCycles);
    }

    /// <inheritdoc/>
    public CpuContext CreateContext() => new X64CpuContext(_machine.Model);

    /// <inheritdoc/>
    public void Interrupt() => _engine.IsInterrupted = true;

    /// <inheritdoc/>
    public void AddCycles(long cycles)
    {
        _engine.CyclesBeforeSlice += cycles;
        _kernelCycles += cycles;
    }

    public void Dispose()
    {
        Evict();
        _engine.Dispose();
    }

    /// <summary>Gives the registers that the CPU holds back to their context.</summary>
    internal void Evict()
    {
        _current?.Leave();
        _current = null;
    }

    /// <inheritdoc/>
    public CpuExit Run(CpuContext context, long cycleBudget) => Run(context, cycleBudget, single: false);

    /// <summary>Runs; with <paramref name="single"/> one instruction for a debugger, whatever the budget.</summary>
    private CpuExit Run(CpuContext context, long cycleBudget, bool single)
    {
        CpuState* s = _engine.State;
        if (!ReferenceEquals(context, _current)) Enter(context);
        _engine.EnterSpace(context.AddressSpace);
        if (!_translates && Instructions >= _machine.PlainInstructions) _blocks.Specialises = true;
        _blocks.ReleaseRetired();
        s->NextOp = null;
        s->CodeChanged = 0;
        long remaining = cycleBudget;
        bool looksAt = single;
        while (true)
        {
            if (_engine.IsInterrupted)
            {
                _engine.IsInterrupted = false;
                return new CpuExit(CpuExitReason.Interrupted);
            }

            if (remaining <= 0) return new CpuExit(CpuExitReason.Budget);
            s->Exit = ExitKind.None;
            s->ExtraCycles = 0;
            bool traps = (s->Eflags & Flags.Trap) != 0;
            bool step = traps | looksAt;
            s->Stepping = looksAt ? (byte)1 : (byte)0;
            WatchedAccess access = default;
            Op* op = s->NextOp;
            if (step)
            {
                op = _engine.DecodeSingle(s, s->Rip);
                if (looksAt && op != null) access = FindWatchedAccess(s);
            }
            else if (op == null) op = _engine.FindOrDecode(s, s->Rip);
            if (op != null)
            {
                long slice = step ? 1 : Math.Min(remaining, SliceCycles);
                _engine.SliceBudget = slice;
                _engine.SliceRoom = step ? 0 : remaining - slice;
                long budget = slice;
                do
                {
                    s->Resume = null;
                    ((delegate*<CpuState*, Op*, Engine, long, void>)op->Handler)(s, op, _engine, budget);
                    op = s->Resume;
                    if (s->HotOp != null) op = RunTranslated(s);
                    budget = s->Budget;
                }
                while (op != null);

                long used = _engine.SliceBudget - s->Budget + s->ExtraCycles;
                remaining -= used;
                _engine.CyclesBeforeSlice += used;
                _extraCycles += s->ExtraCycles;
                if (s->CodeChanged != 0)
                {
                    s->CodeChanged = 0;
                    s->NextOp = null;
                }
            }

            if (_blocks.HasUnresolvedHandlers) _blocks.SweepHandlers();
            // A single instruction's records do not stay: no return may lead to them.
            if (step) _engine.FlushReturnStack();
            if (s->Exit >= ExitKind.Breakpoint)
            {
                if (s->Exit == ExitKind.Breakpoint && _machine.DebugPoints.HasBreakpoint(_engine.Space, s->Rip)) return new CpuExit(CpuExitReason.Breakpoint);

                // Another space's breakpoint, or a watched page: this one instruction is done by itself.
                looksAt = true;
                continue;
            }

            looksAt = false;
            if (s->Exit != ExitKind.None) return MakeExit(s);
            if (step)
            {
                s->NextOp = null;
                if (access.IsAny) return new CpuExit(CpuExitReason.Watchpoint, Fault: new FaultInfo(access.Address, access.Watched, Present: true));
                if (traps) return new CpuExit(CpuExitReason.Exception, ExceptionVector.Debug);
                if (single) return new CpuExit(CpuExitReason.Stepped);
            }
        }
    }

    /// <summary>Runs the hot block that a handler has come to; gives the record for the interpreter to go on with, or null.</summary>
    private Op* RunTranslated(CpuState* s)
    {
        Op* hot = s->HotOp;
        s->HotOp = null;
        _translator ??= _blocks.GetTranslator(_machine, s);
        if (_translator is not null) return _translator.Run(s, _engine, hot);
        hot->Immediate = long.MaxValue;
        return hot + 1;
    }

    private static CpuExit MakeExit(CpuState* s)
    {
        switch (s->Exit)
        {
            case ExitKind.Syscall:
                return new CpuExit(CpuExitReason.Syscall);
            case ExitKind.Fault:
                return new CpuExit(
                    CpuExitReason.Fault,
                    ExceptionVector.PageFault,
                    ErrorCode(s),
                    new FaultInfo(s->FaultAddress, (PageAccess)s->FaultAccess, s->FaultPresent != 0));
            default:
                return new CpuExit(CpuExitReason.Exception, (ExceptionVector)s->ExitVector, s->ExitErrorCode);
        }
    }

    /// <summary>The error code of a page fault from ring 3 (SDM vol. 3A figure 4-12).</summary>
    private static uint ErrorCode(CpuState* s) =>
        s->FaultPresent | ((PageAccess)s->FaultAccess == PageAccess.Write ? 2u : 0) | 4 | ((PageAccess)s->FaultAccess == PageAccess.Execute ? 16u : 0);

    [SuppressMessage("Performance", "CA1859", Justification = "The contract's type comes in.")]
    private void Enter(CpuContext context)
    {
        Evict();
        _current = (X64CpuContext)context;
        _current.Enter(this, _engine.State);
    }
}

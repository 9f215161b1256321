using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Platform.X64.Debugging;

namespace Kpio.Platform.X64.Cpu;

/// <content>The part for debuggers: single steps, breakpoints, and what a stepped instruction does to watched memory.</content>
internal sealed unsafe partial class X64Cpu
{
    /// <summary>What XSAVE and its like access, whose size the instruction does not tell.</summary>
    private const ulong LargestAccess = ExtendedState.AvxOffset + ExtendedState.AvxSize;

    private readonly X64Machine _machine;
    private InstructionInfoFactory? _facts;
    private VATryGetRegisterValue? _readRegister;

    /// <summary>What a debugger's part of the machine looks at.</summary>
    internal Interpreter.Engine Engine => _engine;

    /// <inheritdoc/>
    public CpuExit Step(CpuContext context) => Run(context, 1, single: true);

    /// <inheritdoc/>
    public void AddBreakpoint(AddressSpaceId space, ulong address) => _machine.DebugPoints.AddBreakpoint(space, address);

    /// <inheritdoc/>
    public void RemoveBreakpoint(AddressSpaceId space, ulong address) => _machine.DebugPoints.RemoveBreakpoint(space, address);

    /// <inheritdoc/>
    public void AddWatchpoint(AddressSpaceId space, ulong address, ulong length, PageAccess access) =>
        _machine.DebugPoints.AddWatchpoint(new Watchpoint(space, address, length, access));

    /// <inheritdoc/>
    public void RemoveWatchpoint(AddressSpaceId space, ulong address, ulong length, PageAccess access) =>
        _machine.DebugPoints.RemoveWatchpoint(new Watchpoint(space, address, length, access));

    /// <inheritdoc/>
    public void Clear(AddressSpaceId space) => _machine.DebugPoints.Clear(space);

    /// <summary>Which watched memory the instruction that has just been decoded is going to access.</summary>
    private WatchedAccess FindWatchedAccess(CpuState* s)
    {
        if (!_machine.DebugPoints.IsWatched(_engine.Space)) return default;
        _facts ??= new InstructionInfoFactory();
        _readRegister ??= ReadRegister;
        ref readonly Instruction instruction = ref _blocks.Single;
        if (instruction.IsInvalid || (IsRepeated(instruction) && s->Gpr[1] == 0)) return default;
        InstructionInfo info = _facts.GetInfo(instruction, InstructionInfoOptions.NoRegisterUsage);
        foreach (UsedMemory memory in info.GetUsedMemory())
        {
            bool reads = memory.Access is OpAccess.Read or OpAccess.CondRead or OpAccess.ReadWrite or OpAccess.ReadCondWrite;
            bool writes = memory.Access is OpAccess.Write or OpAccess.CondWrite or OpAccess.ReadWrite or OpAccess.ReadCondWrite;
            if (!reads && !writes) continue;

            // One iteration is done, whatever the count: an element.
            MemorySize kind = instruction.IsStringInstruction ? instruction.MemorySize : memory.MemorySize;
            ulong size = (ulong)kind.GetSize();
            int elements = memory.VsibSize == 0 ? 1 : memory.Index.GetSize() / memory.VsibSize;
            for (int element = 0; element < elements; element++)
            {
                if (!memory.TryGetVirtualAddress(element, out ulong address, _readRegister)) break;
                WatchedAccess access = _machine.DebugPoints.FindAccess(_engine.Space, address, size == 0 ? LargestAccess : size, reads, writes);
                if (access.IsAny) return access;
            }
        }

        return default;
    }

    private static bool IsRepeated(in Instruction instruction) =>
        instruction.IsStringInstruction && (instruction.HasRepPrefix || instruction.HasRepnePrefix);

    private bool ReadRegister(Register register, int elementIndex, int elementSize, out ulong value)
    {
        CpuState* s = _engine.State;
        value = register switch
        {
            Register.ES or Register.CS or Register.SS or Register.DS => 0,
            Register.FS => s->FsBase,
            Register.GS => s->GsBase,
            _ when register.IsVectorRegister() => elementSize == 4
                ? (ulong)((int*)CpuState.XmmAt(s, register.GetNumber()))[elementIndex]
                : ((ulong*)CpuState.XmmAt(s, register.GetNumber()))[elementIndex],
            _ when register.IsGPR64() => s->Gpr[register.GetNumber()],
            _ when register.IsGPR32() => (uint)s->Gpr[register.GetNumber()],
            _ when register.IsGPR8() => (byte)s->Gpr[register.GetNumber()], // XLAT's AL
            _ => 0,
        };
        return true;
    }
}

using Iced.Intel;

namespace Kpio.Platform.X64.Analysis;

/// <summary>
/// Reads machine code without running it: where it makes system calls, what calls what, and which numbers registers hold. It sees what stands in a
/// straight line or is reached by one jump; what a program computes it does not.
/// </summary>
public sealed class CodeScan
{
    private const int MostSteps = 2000;
    private readonly List<Instruction> _instructions = [];
    private readonly List<ulong> _functions;
    private readonly Dictionary<ulong, List<ulong>> _jumps = []; // from where an address is jumped to
    private readonly InstructionInfoFactory _facts = new();

    /// <summary>Decodes code.</summary>
    /// <param name="parts">Executable parts with their addresses, in the order of these.</param>
    /// <param name="functions">Where functions are known to start; those that are called directly are found besides.</param>
    public CodeScan(IReadOnlyList<(ulong Address, ReadOnlyMemory<byte> Code)> parts, IEnumerable<ulong> functions)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var starts = new SortedSet<ulong>(functions);
        foreach ((ulong address, ReadOnlyMemory<byte> code) in parts)
            Decode(address, code.ToArray(), [.. starts.Where(start => start >= address && start - address < (ulong)code.Length)]);
        foreach (Instruction instruction in _instructions)
        {
            if (instruction.IsCallNear && Index(instruction.NearBranchTarget) >= 0)
                starts.Add(instruction.NearBranchTarget);
            else if (instruction.Mnemonic == Mnemonic.Lea && instruction.IsIPRelativeMemoryOperand && Index(instruction.IPRelativeMemoryAddress) >= 0)
                starts.Add(instruction.IPRelativeMemoryAddress);
        }

        _functions = [.. starts];
        foreach (Instruction instruction in _instructions)
            Classify(instruction);
    }

    /// <summary>The addresses of the SYSCALL instructions.</summary>
    public List<ulong> Syscalls { get; } = [];

    /// <summary>Calls, and jumps from one function to another.</summary>
    public List<CodeTransfer> Transfers { get; } = [];

    /// <summary>Functions whose address is taken, with the function that takes it.</summary>
    public List<(ulong Function, ulong Taken)> Taken { get; } = [];

    /// <summary>The start of the function that an address is in; 0 before the first.</summary>
    public ulong FunctionOf(ulong address)
    {
        int index = _functions.BinarySearch(address);
        if (index < 0)
            index = ~index - 1;
        return index < 0 ? 0 : _functions[index];
    }

    /// <summary>What a register holds before an instruction.</summary>
    /// <param name="address">The instruction.</param>
    /// <param name="register">Its number: 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 to 15.</param>
    public TracedValue Trace(ulong address, int register) => Trace(address, Register.RAX + register, 0);

    /// <summary>What lies on the stack before a call: <paramref name="offset"/> bytes above what will be its return address.</summary>
    public TracedValue TraceStack(ulong address, long offset) => Trace(address, Register.None, offset - 8);

    private void Decode(ulong address, byte[] code, ulong[] starts)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        int next = 0;
        ulong at = address;
        ulong end = address + (ulong)code.Length;
        decoder.IP = at;
        while (at < end)
        {
            while (next < starts.Length && starts[next] <= at)
                next++;
            decoder.Decode(out Instruction instruction);

            // What is no instruction is data between functions; one that runs into the next function was none.
            bool isWrong = instruction.IsInvalid || (next < starts.Length && instruction.NextIP > starts[next]);
            if (isWrong)
            {
                at = next < starts.Length && instruction.NextIP > starts[next] ? starts[next] : at + 1;
                decoder = Decoder.Create(64, new ByteArrayCodeReader(code, (int)(at - address), code.Length - (int)(at - address)));
                decoder.IP = at;
                continue;
            }

            _instructions.Add(instruction);
            at = instruction.NextIP;
        }
    }

    private void Classify(in Instruction instruction)
    {
        ulong address = instruction.IP;
        switch (instruction.FlowControl)
        {
            case FlowControl.Call when instruction.Code is Code.Syscall:
                Syscalls.Add(address);
                return;
            case FlowControl.Call:
                if (instruction.IsCallNear)
                    Transfers.Add(new CodeTransfer(address, FunctionOf(address), instruction.NearBranchTarget, false));
                return;
            case FlowControl.IndirectCall or FlowControl.IndirectBranch:
                if (instruction.IsIPRelativeMemoryOperand)
                    Transfers.Add(new CodeTransfer(address, FunctionOf(address), instruction.IPRelativeMemoryAddress, true));
                return;
            case FlowControl.UnconditionalBranch or FlowControl.ConditionalBranch:
                ulong target = instruction.NearBranchTarget;
                if (!_jumps.TryGetValue(target, out List<ulong>? sources))
                    _jumps[target] = sources = [];
                sources.Add(address);
                if (FunctionOf(target) is var other && other == target && other != FunctionOf(address))
                    Transfers.Add(new CodeTransfer(address, FunctionOf(address), target, false));
                return;
        }

        if (instruction.Code is Code.Syscall)
            Syscalls.Add(address);
        else if (instruction.Mnemonic == Mnemonic.Lea && instruction.IsIPRelativeMemoryOperand)
            AddTaken(address, instruction.IPRelativeMemoryAddress);
        else if (instruction.Mnemonic == Mnemonic.Mov && instruction.OpCount == 2 && IsImmediate(instruction.Op1Kind))
            AddTaken(address, instruction.GetImmediate(1));
    }

    private void AddTaken(ulong address, ulong taken)
    {
        if (_functions.BinarySearch(taken) >= 0)
            Taken.Add((FunctionOf(address), taken));
    }

    private static bool IsImmediate(OpKind kind) => kind is >= OpKind.Immediate8 and <= OpKind.Immediate32to64;

    private int Index(ulong address)
    {
        int low = 0;
        int high = _instructions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            if (_instructions[middle].IP == address)
                return middle;
            if (_instructions[middle].IP < address)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    /// <summary>
    /// Goes backwards from an instruction, along every way that leads there, until the value is found on one of them. A place on the stack is
    /// relative to RSP where the search stands.
    /// </summary>
    private TracedValue Trace(ulong address, Register register, long slot)
    {
        var seen = new HashSet<(int Index, Register Register, long Slot)>();
        var ways = new Stack<(int Index, Register Register, long Slot)>();
        ways.Push((Index(address), register, slot));
        for (int steps = 0; steps < MostSteps && ways.TryPop(out (int Index, Register Register, long Slot) way); steps++)
        {
            int index = way.Index;
            if (index < 0 || !seen.Add(way))
                continue;
            ulong here = _instructions[index].IP;
            if (_functions.BinarySearch(here) >= 0)
            {
                if (AtEntry(way.Register, way.Slot) is { Source: not ValueSource.Unknown } entry)
                    return entry;
                continue;
            }

            if (_jumps.TryGetValue(here, out List<ulong>? sources))
            {
                foreach (ulong source in sources)
                    ways.Push((Index(source), way.Register, way.Slot));
            }

            // A place that nothing runs into and nobody is seen to jump to is reached through a table: what holds there is not known.
            if (!FallsThrough(index))
                continue;
            Instruction before = _instructions[index - 1];
            (register, slot) = (way.Register, way.Slot);
            TracedValue? found = register != Register.None ? StepRegister(in before, ref register, ref slot) : StepStack(in before, ref register, ref slot);
            if (found is { Source: not ValueSource.Unknown } value)
                return value;
            if (found is null)
                ways.Push((index - 1, register, slot));
        }

        return default;
    }

    /// <summary>Whether what stands before an instruction runs into it; what only fills up does when what stands before that does.</summary>
    private bool FallsThrough(int index)
    {
        for (int i = index - 1; i >= 0 && _instructions[i].NextIP == _instructions[i + 1].IP; i--)
        {
            FlowControl flow = _instructions[i].FlowControl;
            if (_instructions[i].Mnemonic == Mnemonic.Nop)
                continue;
            return flow is not (FlowControl.UnconditionalBranch or FlowControl.IndirectBranch or FlowControl.Return or FlowControl.Interrupt or FlowControl.Exception);
        }

        return false;
    }

    private static TracedValue AtEntry(Register register, long slot) =>
        register != Register.None ? new TracedValue(ValueSource.Register, register - Register.RAX)
        : slot > 0 ? new TracedValue(ValueSource.Stack, slot)
        : default;

    private TracedValue? StepRegister(in Instruction before, ref Register register, ref long slot)
    {
        bool isCall = before.FlowControl is FlowControl.Call or FlowControl.IndirectCall;
        if (isCall && before.Code != Code.Syscall)
        {
            bool survives = register is Register.RBX or Register.RBP or Register.RSP or Register.R12 or Register.R13 or Register.R14 or Register.R15;
            return survives ? null : default(TracedValue);
        }

        if (!Writes(in before, register))
            return null;
        if (before.OpCount >= 1 && before.Op0Kind == OpKind.Register && before.Op0Register.GetFullRegister() == register)
        {
            if (before.Mnemonic == Mnemonic.Mov && before.Op1Kind == OpKind.Immediate8 && before.Op0Register is >= Register.AL and <= Register.BL or >= Register.SPL and <= Register.R15L)
                return WithLowByte(Trace(before.IP, register, 0), before.Immediate8);
            bool isWide = before.Op0Register.IsGPR32() || before.Op0Register.IsGPR64();
            switch (before.Mnemonic)
            {
                case Mnemonic.Mov when isWide && IsImmediate(before.Op1Kind):
                    return new TracedValue(ValueSource.Constant, (long)before.GetImmediate(1));
                case Mnemonic.Xor or Mnemonic.Sub when isWide && before.Op1Kind == OpKind.Register && before.Op1Register == before.Op0Register:
                    return new TracedValue(ValueSource.Constant, 0);
                case Mnemonic.Mov or Mnemonic.Movsxd or Mnemonic.Movzx when before.Op1Kind == OpKind.Register && before.Op1Register.IsGPR():
                    register = before.Op1Register.GetFullRegister();
                    return null;
                case Mnemonic.Mov or Mnemonic.Movsxd when isWide && IsOnStack(in before):
                    slot = (long)before.MemoryDisplacement64;
                    register = Register.None;
                    return null;
                case Mnemonic.Lea when before.MemoryBase == Register.None && before.MemoryIndex == Register.None:
                    return new TracedValue(ValueSource.Constant, (long)before.MemoryDisplacement64);
                case Mnemonic.Pop:
                    slot = 0;
                    register = Register.None;
                    return null;
            }
        }

        return default(TracedValue);
    }

    private static TracedValue WithLowByte(TracedValue value, byte low) =>
        value.Source == ValueSource.Constant ? value with { Number = (value.Number & ~0xFFL) | low } : default;

    private static bool IsOnStack(in Instruction instruction) =>
        instruction.Op1Kind == OpKind.Memory && instruction.MemoryBase == Register.RSP && instruction.MemoryIndex == Register.None;

    private static TracedValue? StepStack(in Instruction before, ref Register register, ref long slot)
    {
        const int Word = 8;
        switch (before.Mnemonic)
        {
            case Mnemonic.Push when slot is >= 0 and < Word:
                if (IsImmediate(before.Op0Kind))
                    return new TracedValue(ValueSource.Constant, (long)before.GetImmediate(0));
                if (before.Op0Kind != OpKind.Register)
                    return default(TracedValue);
                register = before.Op0Register.GetFullRegister();
                return null;
            case Mnemonic.Push:
                slot -= Word;
                return null;
            case Mnemonic.Pop:
                slot += Word;
                return null;
            case Mnemonic.Sub when before.Op0Kind == OpKind.Register && before.Op0Register == Register.RSP && IsImmediate(before.Op1Kind):
                slot -= (long)before.GetImmediate(1);
                return null;
            case Mnemonic.Add when before.Op0Kind == OpKind.Register && before.Op0Register == Register.RSP && IsImmediate(before.Op1Kind):
                slot += (long)before.GetImmediate(1);
                return null;
            case Mnemonic.Mov when before.Op0Kind == OpKind.Memory && before.MemoryBase == Register.RSP && before.MemoryIndex == Register.None && (long)before.MemoryDisplacement64 == slot:
                if (IsImmediate(before.Op1Kind))
                    return new TracedValue(ValueSource.Constant, (long)before.GetImmediate(1));
                register = before.Op1Register.GetFullRegister();
                return null;
            default:
                bool moves = before.OpCount >= 1 && before.Op0Kind == OpKind.Register && before.Op0Register == Register.RSP && before.Mnemonic is not (Mnemonic.Cmp or Mnemonic.Test);
                return moves ? default(TracedValue) : null;
        }
    }

    private bool Writes(in Instruction instruction, Register register)
    {
        foreach (UsedRegister used in _facts.GetInfo(instruction).GetUsedRegisters())
        {
            if (used.Access is OpAccess.Write or OpAccess.ReadWrite or OpAccess.CondWrite or OpAccess.ReadCondWrite && used.Register.GetFullRegister() == register)
                return true;
        }

        return false;
    }
}

using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter;

namespace Kpio.Platform.X64.Translator;

/// <summary>
/// Turns a decoded block into host code. Most instructions go over as they are, with their registers renamed and their memory operand
/// replaced by one that a lookup in the TLB has found; what that does not do is left to the interpreter, an instruction at a time.
/// </summary>
internal sealed unsafe partial class BlockTranslator(HostCode code, StateOffsets offsets, SiteTable sites, nint exit, CpuModel model, bool translatesEverything)
{
    private const RflagsBits Arithmetic = RflagsBits.OF | RflagsBits.SF | RflagsBits.ZF | RflagsBits.AF | RflagsBits.CF | RflagsBits.PF;

    private readonly InstructionInfoFactory _facts = new();
    private readonly bool[] _liveAfter = new bool[BlockDecoder.MaxInstructions];
    private readonly Plan[] _plans = new Plan[BlockDecoder.MaxInstructions];
    private readonly List<PendingStub> _stubs = [];

    /// <summary>Sites of the instruction at hand that go on behind it.</summary>
    private readonly List<int> _resumes = [];

    private ulong _page;
    private int _index;
    private FlagsIn _flags;
    private FlagFix _fix;
    private Register _product;

    /// <summary>Where the arithmetic flags are.</summary>
    private enum FlagsIn : byte
    {
        /// <summary>In RAX, as LAHF and SETO AL leave them.</summary>
        Rax,

        /// <summary>In the host's flags; <see cref="_fix"/> says which of them are not KPIO's.</summary>
        Host,
    }

    /// <summary>What the manual leaves undefined in the host's flags and KPIO does not.</summary>
    private enum FlagFix : byte
    {
        None,

        /// <summary>AF is 0.</summary>
        Adjust,

        /// <summary>ZF and AF are 0, SF and PF those of the product's low half.</summary>
        Product,
    }

    /// <summary>Room that a block may take at most.</summary>
    public const int LargestBlock = BlockDecoder.MaxInstructions * 400;

    /// <summary>Translates; 0 when the block is better left to the interpreter.</summary>
    public nint Translate(ReadOnlySpan<Instruction> block, ulong rip, ulong end)
    {
        _page = rip >> 12;
        _stubs.Clear();
        if (!MakePlans(block)) return 0;
        FindLiveFlags(block);
        nint start = code.Here;
        _flags = FlagsIn.Rax;
        _fix = FlagFix.None;
        bool ended = false;
        for (_index = 0; _index < block.Length; _index++)
        {
            ref readonly Instruction instruction = ref block[_index];
            ended = false;
            switch (_plans[_index])
            {
                case Plan.Interpret:
                    int count = 1;
                    while (!LeavesBlock(block[_index + count - 1]) && _index + count < block.Length && _plans[_index + count] == Plan.Interpret) count++;
                    ref readonly Instruction last = ref block[_index + count - 1];
                    Interpret(instruction.IP, last.NextIP, count, LeavesBlock(last));
                    _index = LeavesBlock(last) ? block.Length : _index + count - 1;
                    ended = LeavesBlock(last);
                    break;
                case Plan.Skip:
                    break;
                case Plan.Push: Push(instruction); break;
                case Plan.Pop: Pop(instruction); break;
                case Plan.LeaveFrame: LeaveFrame(instruction); break;
                case Plan.Lea: LoadAddress(instruction); break;
                case Plan.ShiftByCounter: ShiftByCounter(instruction); break;
                case Plan.BitScan: BitScan(instruction); break;
                case Plan.Divide: Divide(instruction); break;
                case Plan.RepeatedMove: RepeatedMove(instruction); break;
                case Plan.SingleMove: SingleMove(instruction); break;
                case Plan.Branch:
                    ended = Branch(instruction);
                    break;
                default:
                    General(instruction);
                    break;
            }
        }

        if (!ended)
        {
            SaveFlags();
            GoTo(end, block.Length, isChecked: false);
        }

        foreach (PendingStub stub in _stubs) EmitStub(stub);
        return start;
    }

    /// <summary>Whether the interpreter alone knows where to go on behind the block's last instruction.</summary>
    private static bool LeavesBlock(in Instruction last) =>
        last.IsInvalid || last.FlowControl is not FlowControl.Next
        || last.Mnemonic is Mnemonic.Popf or Mnemonic.Popfq or Mnemonic.Rdtsc or Mnemonic.Rdtscp or Mnemonic.Hlt or Mnemonic.Sysexit or Mnemonic.Sysexitq;

    // ---- flags ----

    /// <summary>Finds behind which instructions somebody may look at the flags: a memory access or another way out, or an instruction that reads them.</summary>
    private void FindLiveFlags(ReadOnlySpan<Instruction> block)
    {
        bool live = true;
        for (int i = block.Length - 1; i >= 0; i--)
        {
            ref readonly Instruction instruction = ref block[i];
            _liveAfter[i] = live;
            if (_plans[i] == Plan.Skip) continue;
            if (_plans[i] != Plan.General && _plans[i] != Plan.Lea && _plans[i] != Plan.ShiftByCounter && _plans[i] != Plan.BitScan) live = true;
            else if (_plans[i] != Plan.Lea && HasMemory(instruction)) live = true;
            else if ((instruction.RflagsRead & Arithmetic) != 0) live = true;
            else if (MayBeInterpreted(instruction)) live = true;
            else if (WritesAllFlags(instruction)) live = false;
        }
    }

    /// <summary>
    /// Whether an instruction leaves flags undefined of which nothing is known: with those that are looked at, it is the interpreter's.
    /// </summary>
    private static bool MayBeInterpreted(in Instruction instruction) =>
        instruction.Mnemonic is Mnemonic.Lzcnt or Mnemonic.Tzcnt or Mnemonic.Andn or Mnemonic.Bextr or Mnemonic.Blsi or Mnemonic.Blsmsk
            or Mnemonic.Blsr or Mnemonic.Bzhi;

    private static bool HasMemory(in Instruction instruction)
    {
        for (int i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Memory) return true;
        }

        return false;
    }

    private static bool WritesAllFlags(in Instruction instruction)
    {
        if ((instruction.RflagsModified & Arithmetic) != Arithmetic || (instruction.RflagsRead & Arithmetic) != 0) return false;
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar:
                return HasCount(instruction, 1);
            case Mnemonic.Shld or Mnemonic.Shrd:
                return HasCount(instruction, 2);
            case Mnemonic.Bsf or Mnemonic.Bsr or Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc:
            case Mnemonic.Div or Mnemonic.Idiv or Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b:
            case Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr:
                // What the manual calls undefined stays as it was.
                return false;
            default:
                return true;
        }
    }

    /// <summary>Whether a shift's count is a number that is not 0.</summary>
    private static bool HasCount(in Instruction instruction, int operand) =>
        instruction.GetOpKind(operand) == OpKind.Immediate8
        && (instruction.GetImmediate(operand) & (OperandBytes(instruction) == 8 ? 63u : 31u)) != 0;

    private static int OperandBytes(in Instruction instruction) =>
        instruction.Op0Kind == OpKind.Register ? instruction.Op0Register.GetSize() : instruction.MemorySize.GetSize();

    /// <summary>Has the flags in RAX: for a memory access, or an end.</summary>
    private void SaveFlags()
    {
        if (_flags == FlagsIn.Rax) return;
        switch (_fix)
        {
            case FlagFix.None:
                code.SaveFlags();
                break;
            case FlagFix.Adjust:
                code.SaveFlags();
                code.Bytes([0x80, 0xE4, 0xEF]); // and ah, ~AF
                break;
            default:
                code.Bytes([0x0F, 0x90, 0xC0]); // seto al, which is CF too
                TestProduct();
                code.Bytes([0x9F, 0x80, 0xE4, 0xAF, 0x08, 0xC4]); // lahf; and ah, ~(ZF|AF); or ah, al
                break;
        }

        _flags = FlagsIn.Rax;
        _fix = FlagFix.None;
    }

    private void TestProduct()
    {
        Instruction test;
        int number = _product.GetFullRegister().GetNumber();
        int size = _product.GetSize();
        if (HostCode.HostOf[number] < 0)
        {
            var slot = new MemoryOperand(Register.RSP, Register.None, 1, number * 8, 1);
            test = Instruction.Create(size == 8 ? Code.Cmp_rm64_imm8 : size == 4 ? Code.Cmp_rm32_imm8 : Code.Cmp_rm16_imm8, slot, 0);
        }
        else
        {
            Register register = Sized(HostCode.HostOf[number], size);
            test = Instruction.Create(size switch { 8 => Code.Test_rm64_r64, 4 => Code.Test_rm32_r32, 2 => Code.Test_rm16_r16, _ => Code.Test_rm8_r8 }, register, register);
        }

        code.Emit(test);
    }

    /// <summary>Has the flags in the host's.</summary>
    private void LoadFlags()
    {
        if (_flags == FlagsIn.Host && _fix == FlagFix.None) return;
        SaveFlags();
        code.RestoreFlags();
        _flags = FlagsIn.Host;
    }

    /// <summary>Has the flags that a condition reads in the host's; those in RAX stay there if they can.</summary>
    private void LoadFlagsFor(RflagsBits read)
    {
        if (_flags == FlagsIn.Host && (_fix == FlagFix.None || (_fix == FlagFix.Adjust && (read & RflagsBits.AF) == 0)
            || (_fix == FlagFix.Product && (read & ~(RflagsBits.CF | RflagsBits.OF)) == 0))) return;
        SaveFlags();
        if ((read & RflagsBits.OF) == 0)
        {
            code.Bytes([0x9E]); // sahf: RAX stays
            return;
        }

        code.RestoreFlags();
        _flags = FlagsIn.Host;
    }

    /// <summary>Notes what an instruction that has just been emitted did to the flags.</summary>
    private void NoteFlags(in Instruction instruction)
    {
        if ((instruction.RflagsModified & Arithmetic) == 0) return;
        _flags = FlagsIn.Host;
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Shld or Mnemonic.Shrd:
                _fix = FlagFix.Adjust;
                break;
            case Mnemonic.Imul or Mnemonic.Mul:
                _fix = FlagFix.None;
                if (!_liveAfter[_index]) break;

                // At once, while the product is there.
                _fix = FlagFix.Product;
                _product = instruction.OpCount == 1 ? Guest(0, instruction.Op0Kind == OpKind.Register ? instruction.Op0Register.GetSize() : instruction.MemorySize.GetSize()) : instruction.Op0Register;
                SaveFlags();
                break;
            default:
                _fix = FlagFix.None;
                break;
        }
    }

    /// <summary>Gets ready for an instruction's reading and writing of flags; everything that it clobbers besides must be done.</summary>
    private void PrepareFlags(in Instruction instruction)
    {
        RflagsBits read = instruction.RflagsRead & Arithmetic;
        if (read != 0 && (instruction.RflagsModified & Arithmetic) == 0) LoadFlagsFor(read);
        else if (read != 0) LoadFlags();
        else if ((instruction.RflagsModified & Arithmetic) != 0 && !WritesAllFlags(instruction) && _liveAfter[_index]) LoadFlags();
    }

    // ---- ways out ----

    /// <summary>Goes on at a known address; the flags are in RAX.</summary>
    /// <param name="target">The address.</param>
    /// <param name="count">Instructions of the block that are done.</param>
    /// <param name="isChecked">Whether the budget is looked at.</param>
    private void GoTo(ulong target, int count, bool isChecked)
    {
        code.SubtractFrom(offsets.Budget, count);
        if (isChecked) _stubs.Add(new PendingStub(code.JumpIf(14), SiteKind.Leave, target));
        if (target >> 12 == _page)
        {
            nint place = code.Jump();
            _stubs.Add(new PendingStub(place, SiteKind.Edge, target, IsTied: true));
            return;
        }

        int entry = offsets.CodeCache + (int)CodeCacheEntry.Offset(target);
        code.MoveImmediate(HostCode.Address, target);
        code.Memory(0x3B, HostCode.Address, HostCode.State, -1, 0, entry);
        _stubs.Add(new PendingStub(code.JumpIf(5), SiteKind.Edge, target));
        code.JumpThrough(entry + 8);
    }

    /// <summary>Looks the address in <see cref="HostCode.Address"/> up; <see cref="HostCode.Index"/> is its place then. The flags are in RAX.</summary>
    private nint LookUp()
    {
        // index = (rip ^ rip >> 9) << 4
        code.Bytes([0x4D, 0x89, 0xFC, 0x49, 0xC1, 0xEC, 0x09, 0x45, 0x31, 0xFC, 0x41, 0xC1, 0xE4, 0x04, 0x41, 0x81, 0xE4]);
        code.Int32((int)CodeCacheEntry.Mask);
        code.Memory(0x3B, HostCode.Address, HostCode.State, HostCode.Index, 0, offsets.CodeCache);
        return code.JumpIf(5);
    }

    /// <summary>Leaves an instruction, or some, to the interpreter.</summary>
    private void Interpret(ulong rip, ulong next, int count, bool leaves)
    {
        SaveFlags();
        int site = sites.Add(new Site { Kind = SiteKind.Interpret, Rip = rip, Next = next, Before = (ushort)_index, Count = (ushort)count });
        code.StoreImmediate(offsets.ExitSite, site);
        code.Jump(exit);
        if (!leaves) sites[site].Resume = code.Here;
    }

    /// <summary>A branch that leads to the interpreter's doing an instruction from its start.</summary>
    private void InterpretAt(nint branch, in Instruction instruction, bool leaves)
    {
        int site = sites.Add(new Site { Kind = SiteKind.Interpret, Rip = instruction.IP, Next = instruction.NextIP, Before = (ushort)_index, Count = 1 });
        _stubs.Add(new PendingStub(branch, SiteKind.Interpret, 0, Site: site));
        if (!leaves) _resumes.Add(site);
    }

    private void EndInstruction()
    {
        foreach (int site in _resumes) sites[site].Resume = code.Here;
        _resumes.Clear();
    }

    private void EmitStub(in PendingStub stub)
    {
        code.Patch(stub.Branch, code.Here);
        if (stub.SavesFlags) code.SaveFlags();
        if (stub.Kind == SiteKind.LeaveIndirect) code.Store(HostCode.Address, offsets.HostTarget);
        if (stub.Count != 0)
        {
            code.SubtractFrom(offsets.Budget, stub.Count);
            EmitStubEnd(stub);
            return;
        }

        int site = stub.Site;
        if (site < 0) site = sites.Add(new Site { Kind = stub.Kind, Rip = stub.Target, Patch = stub.IsTied ? stub.Branch : 0 });
        code.StoreImmediate(offsets.ExitSite, site);
        code.Jump(exit);
    }

    /// <summary>The way of a forward branch that is taken: out of the way of the code that goes on.</summary>
    private void EmitStubEnd(in PendingStub stub)
    {
        if (stub.Target >> 12 == _page)
        {
            nint place = code.Jump();
            code.Patch(place, code.Here);
            int tied = sites.Add(new Site { Kind = SiteKind.Edge, Rip = stub.Target, Patch = place });
            code.StoreImmediate(offsets.ExitSite, tied);
            code.Jump(exit);
            return;
        }

        int entry = offsets.CodeCache + (int)CodeCacheEntry.Offset(stub.Target);
        code.MoveImmediate(HostCode.Address, stub.Target);
        code.Memory(0x3B, HostCode.Address, HostCode.State, -1, 0, entry);
        nint miss = code.JumpIf(5);
        code.JumpThrough(entry + 8);
        code.Patch(miss, code.Here);
        code.StoreImmediate(offsets.ExitSite, sites.Add(new Site { Kind = SiteKind.Edge, Rip = stub.Target }));
        code.Jump(exit);
    }

    /// <summary>What a branch out of the block leads to.</summary>
    /// <param name="Branch">The branch's distance.</param>
    /// <param name="Kind">Why it leaves.</param>
    /// <param name="Target">Where the guest goes on.</param>
    /// <param name="IsTied">Whether the branch itself is to be tied to its target.</param>
    /// <param name="Site">The site when there is one.</param>
    /// <param name="Count">Instructions to take from the budget, for a branch that goes on.</param>
    /// <param name="SavesFlags">Whether the flags are the host's.</param>
    private readonly record struct PendingStub(
        nint Branch, SiteKind Kind, ulong Target, bool IsTied = false, int Site = -1, int Count = 0, bool SavesFlags = false);
}

/// <summary>How an instruction is translated.</summary>
internal enum Plan : byte
{
    General,
    Interpret,
    Skip,
    Push,
    Pop,
    LeaveFrame,
    Lea,
    ShiftByCounter,
    BitScan,
    Divide,
    RepeatedMove,
    SingleMove,
    Branch,
}

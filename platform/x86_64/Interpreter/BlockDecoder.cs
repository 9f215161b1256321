using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Debugging;
using Kpio.Platform.X64.Interpreter.Handlers;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// Turns guest code into records. What a block comprises depends on its bytes and its address alone, so that every engine stops at
/// the same instructions: it ends behind a branch that is always taken, at <see cref="MaxInstructions"/>, or before an instruction
/// that crosses into the next page; conditional branches leave it in the middle. Used in steps: <see cref="Start"/> decodes, <see cref="RecordBytes"/> makes the records, <see cref="Place"/>
/// copies them to where they stay and sets the links.
/// </summary>
internal sealed unsafe partial class BlockDecoder : IDisposable
{
    public const int MaxInstructions = 64;

    /// <summary>A longer instruction raises #GP (SDM vol. 3A 6.15).</summary>
    private const int MaxInstructionBytes = 15;

    /// <summary>Records that one instruction may need, the links of a branch included.</summary>
    private const int RecordsPerInstruction = 3;

    /// <summary>Without CET the processor takes RDSSP and ENDBR for NOPs.</summary>
    private const DecoderOptions Options = DecoderOptions.AMD | DecoderOptions.ForceReservedNop;

    /// <summary>Without BMI1 and LZCNT it takes F3 0F BC and BD for BSF and BSR.</summary>
    private const DecoderOptions OptionsWithoutCounts = Options | DecoderOptions.NoMPFX_0FBC | DecoderOptions.NoMPFX_0FBD;

    private readonly PageReader _reader = new();
    private readonly Instruction[] _instructions = new Instruction[MaxInstructions];
    private readonly bool[] _flagsLive = new bool[MaxInstructions];
    private readonly Op* _records;
    private readonly List<int> _handlerRecords = [];
    private Decoder? _decoder;
    private byte* _code;
    private int _count;
    private ulong _end;
    private int _recordCount;
    private readonly LinkTarget[] _links = new LinkTarget[2 * MaxInstructions];
    private int _linkCount;
    private LazySource _lazy;

    public BlockDecoder()
    {
        _records = (Op*)NativeMemory.Alloc((nuint)((MaxInstructions + 2) * RecordsPerInstruction * sizeof(Op)));
    }

    /// <summary>Whether the first instruction goes beyond the bytes that were given.</summary>
    public bool NeedsNextPage { get; private set; }

    /// <summary>Which instructions there are. Set before the first block.</summary>
    public CpuModel Model { get; set; }

    /// <summary>Addresses before which a block ends, or null.</summary>
    public Breakpoints? Breakpoints { get; set; }

    /// <summary>
    /// Whether handlers are chosen by everything that is known of an instruction: its address form, which of its flags are read, the
    /// branch behind it, where the flags come from. Without, a few handlers serve all, which takes longer for each instruction and
    /// much less for the first of its kind: each handler that is used for the first time costs the runtime some ten microseconds.
    /// </summary>
    public bool Specialises { get; set; }

    /// <summary>The first instruction of the block.</summary>
    public ref readonly Instruction First => ref _instructions[0];

    /// <summary>Which of the records are instructions; the others are links and data.</summary>
    public List<int> HandlerRecords => _handlerRecords;

    public void Dispose() => NativeMemory.Free(_records);

    /// <summary>Decodes the block at <paramref name="rip"/> from its bytes, which must stay where they are until the block is placed.</summary>
    public void Start(byte* code, int available, ulong rip, int limit)
    {
        _code = code;
        _reader.Set(code, available);
        _count = 0;
        NeedsNextPage = false;
        while (_count < limit)
        {
            if (_count > 0 && Breakpoints is { } breakpoints && breakpoints.HasAny(rip + (ulong)_reader.Position)) break;
            int start = _reader.Position;
            ref Instruction instruction = ref _instructions[_count];
            if (CommonForms.TryDecode(code + start, available - start, rip + (ulong)start, out instruction, out bool needsMore))
            {
                _reader.Position = start + instruction.Length;
                _count++;
                if (EndsBlock(instruction)) break;
                continue;
            }

            if (needsMore)
            {
                NeedsNextPage = _count == 0;
                break;
            }

            Decoder decoder = _decoder ??= CreateDecoder(_reader, Model);
            decoder.IP = rip + (ulong)start;
            decoder.Decode(out instruction);
            if (instruction.IsInvalid && decoder.LastError == DecoderError.NoMoreBytes && _reader.Position - start < MaxInstructionBytes)
            {
                NeedsNextPage = _count == 0;
                break;
            }

            if (instruction.IsInvalid)
            {
                // Its length is not known, and the processor does not get beyond it, but for what is longer than 15 bytes.
                instruction.Length = _reader.Position - start >= MaxInstructionBytes ? MaxInstructionBytes : 1;
                instruction.IP = decoder.IP - (ulong)(_reader.Position - start);
                _count++;
                break;
            }

            _count++;
            if (EndsBlock(instruction)) break;
        }

        if (_count > 0) _end = _instructions[_count - 1].NextIP;
    }

    /// <summary>Iced's decoder as the emulated processor needs it.</summary>
    internal static Decoder CreateDecoder(CodeReader reader, CpuModel model = CpuModel.V2) =>
        Decoder.Create(64, reader, model == CpuModel.V2 ? OptionsWithoutCounts : Options);

    /// <summary>The instructions of the block.</summary>
    public ReadOnlySpan<Instruction> Instructions => new(_instructions, 0, _count);

    /// <summary>The address behind the block.</summary>
    public ulong End => _end;

    /// <summary>Makes the records and gives their size in bytes. With a number, the first record counts down from it how often the block is entered.</summary>
    public int RecordBytes(X64Machine machine, int counts = 0)
    {
        _machine = machine;
        if (Specialises) FindLiveFlags();
        _recordCount = 0;
        _handlerRecords.Clear();
        _linkCount = 0;
        _lazy = default;
        if (counts != 0)
        {
            Op* counter = NewRecord(_instructions[0], 0, 0);
            counter->Length = 0;
            counter->Detail = Translator.HotBlocks.Mark;
            counter->Immediate = counts;
            counter->Handler = Pointer(&Translator.HotBlocks.Count);
        }

        for (int i = 0; i < _count; i++)
        {
            ref readonly Instruction instruction = ref _instructions[i];
            Op* op = NewRecord(instruction, i + 1, 1);
            if (Specialises && i + 1 < _count && TryFuse(op, instruction, _instructions[i + 1]))
            {
                op->Count = (ushort)(i + 2);
                op->Fused = 2;
                op->Length += (byte)_instructions[i + 1].Length;
                _lazy = instruction.Mnemonic == Mnemonic.Cmp ? LazySource.Sub : LazySource.Result;
                _lazyLog = LogOfAlu(instruction);
                i++;
                continue;
            }

            Emit(op, instruction, !Specialises || _flagsLive[i]);
            if (!Specialises) _lazy = LazySource.Unknown;
        }

        if (!EndsChain(_instructions[_count - 1]))
        {
            Op* op = NewRecord(_instructions[_count - 1], _count, 0);
            op->Handler = Pointer(&BranchHandlers.Fall);
            Link(_end);
        }

        return (_recordCount + _linkCount) * sizeof(Op);
    }

    /// <summary>Copies the records to their place and ties the links to their resolving records.</summary>
    public void Place(Op* place, ulong rip, LinkKind links)
    {
        Unsafe.CopyBlockUnaligned(place, _records, (uint)(_recordCount * sizeof(Op)));
        Op* resolver = place + _recordCount;
        for (int i = 0; i < _linkCount; i++)
            PlaceLink((Op**)(place + _links[i].Record) + _links[i].Slot, resolver++, _links[i].Target, rip, links);
    }

    private static void PlaceLink(Op** link, Op* resolver, ulong target, ulong rip, LinkKind kind)
    {
        *resolver = default;
        resolver->Rip = target;
        if (kind == LinkKind.None)
        {
            resolver->Handler = Pointer(&Chain.LeaveHere);
        }
        else if (kind == LinkKind.Patched && target >> 12 == rip >> 12)
        {
            resolver->Handler = Pointer(&BranchHandlers.ResolveLink);
            resolver->Immediate = (long)link;
        }
        else
        {
            resolver->Handler = Pointer(&BranchHandlers.CrossPageLink);
            resolver->Displacement = StateLayout.JumpCache + (long)JumpCacheEntry.Offset(target);
        }

        *link = resolver;
    }

    /// <summary>Adds records of data, all zero, behind that of an instruction.</summary>
    private void NewData(int records)
    {
        new Span<byte>(_records + _recordCount, records * sizeof(Op)).Clear();
        _recordCount += records;
    }

    /// <summary>Adds a record of links behind that of a direct branch.</summary>
    private void Link(ulong taken)
    {
        _links[_linkCount++] = new LinkTarget { Record = _recordCount, Slot = 0, Target = taken };
        NewData(1);
    }

    /// <summary>Adds a record of links behind that of a branch with two ends.</summary>
    private void Link(ulong taken, ulong other)
    {
        _links[_linkCount++] = new LinkTarget { Record = _recordCount, Slot = 0, Target = taken };
        _links[_linkCount++] = new LinkTarget { Record = _recordCount, Slot = 1, Target = other };
        NewData(1);
    }

    private Op* NewRecord(in Instruction instruction, int count, int fused)
    {
        _handlerRecords.Add(_recordCount);
        Op* op = _records + _recordCount++;
        *op = default;
        op->Destination = op->Source = op->Base = op->Index = CpuState.ZeroOffset;
        op->Segment = CpuState.ZeroOffset / 8;
        op->Scale = 1;
        op->Rip = instruction.IP;
        op->Length = (byte)instruction.Length;
        op->Count = (ushort)count;
        op->Fused = (byte)fused;
        return op;
    }

    private static nint Pointer(delegate*<CpuState*, Op*, Engine, long, void> handler) => (nint)handler;

    private static bool EndsBlock(in Instruction i)
    {
        switch (i.FlowControl)
        {
            case FlowControl.Next:
                // These may change what comes next, or show the cycle count of the instructions before them.
                return i.Mnemonic is Mnemonic.Popf or Mnemonic.Popfq or Mnemonic.Rdtsc or Mnemonic.Rdtscp or Mnemonic.Hlt
                    or Mnemonic.Sysexit or Mnemonic.Sysexitq;
            case FlowControl.ConditionalBranch:
                // The way on when it is not taken stays in the block.
                return i.ConditionCode == ConditionCode.None;
            default:
                return true;
        }
    }

    /// <summary>Whether the instruction's handler never goes on with the record behind it.</summary>
    private static bool EndsChain(in Instruction i) =>
        i.IsInvalid
        || i.FlowControl is FlowControl.UnconditionalBranch or FlowControl.IndirectBranch or FlowControl.Return or FlowControl.Call
            or FlowControl.IndirectCall
        || (i.FlowControl == FlowControl.ConditionalBranch && i.ConditionCode == ConditionCode.None)
        || i.Mnemonic is Mnemonic.Syscall;

    /// <summary>
    /// Finds which instructions' flags are read before they are overwritten. Whoever may fault reads them, since a fault shows
    /// them; so does the end of the block.
    /// </summary>
    private void FindLiveFlags()
    {
        const RflagsBits all = RflagsBits.OF | RflagsBits.SF | RflagsBits.ZF | RflagsBits.AF | RflagsBits.CF | RflagsBits.PF;
        RflagsBits needed = all;
        for (int i = _count - 1; i >= 0; i--)
        {
            ref readonly Instruction instruction = ref _instructions[i];
            RflagsBits modified = instruction.RflagsModified & all;
            _flagsLive[i] = (modified & needed) != 0;
            if (!IsPlain(instruction) || instruction.FlowControl == FlowControl.ConditionalBranch)
            {
                needed = all;
                continue;
            }

            // A shift by a count that may be zero changes no flag then.
            if (!IsShiftByRegister(instruction)) needed &= ~modified;
            needed |= instruction.RflagsRead & all;
            if (_flagsLive[i] && instruction.Mnemonic is Mnemonic.Inc or Mnemonic.Dec) needed |= RflagsBits.CF;
        }
    }

    private static bool IsShiftByRegister(in Instruction i) =>
        i.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror
            or Mnemonic.Rcl or Mnemonic.Rcr or Mnemonic.Shld or Mnemonic.Shrd;

    /// <summary>Whether an instruction can neither fault nor leave the chain.</summary>
    private static bool IsPlain(in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Lea:
                return true;
            case Mnemonic.Mov:
                if (i.Op0Register.IsSegmentRegister() || i.Op1Register.IsSegmentRegister()) return false;
                break;
            case Mnemonic.Add or Mnemonic.Or or Mnemonic.Adc or Mnemonic.Sbb or Mnemonic.And or Mnemonic.Sub or Mnemonic.Xor or Mnemonic.Cmp
                or Mnemonic.Test or Mnemonic.Inc or Mnemonic.Dec or Mnemonic.Neg or Mnemonic.Not or Mnemonic.Shl or Mnemonic.Sal
                or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Imul or Mnemonic.Mul or Mnemonic.Movzx
                or Mnemonic.Movsx or Mnemonic.Movsxd or Mnemonic.Bswap or Mnemonic.Cdq or Mnemonic.Cqo or Mnemonic.Cdqe or Mnemonic.Cwde
                or Mnemonic.Nop or Mnemonic.Bsf or Mnemonic.Bsr or Mnemonic.Popcnt or Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr
                or Mnemonic.Btc or Mnemonic.Xchg or Mnemonic.Shld or Mnemonic.Shrd or Mnemonic.Rcl or Mnemonic.Rcr:
                break;
            case >= Mnemonic.Seta and <= Mnemonic.Sets:
            case >= Mnemonic.Cmova and <= Mnemonic.Cmovs:
                break;
            default:
                return false;
        }

        for (int operand = 0; operand < i.OpCount; operand++)
        {
            if (i.GetOpKind(operand) == OpKind.Memory) return false;
        }

        return !i.HasLockPrefix;
    }

    private struct LinkTarget
    {
        public int Record;
        public int Slot;
        public ulong Target;
    }

    private sealed class PageReader : CodeReader
    {
        private byte* _code;
        private int _available;

        public int Position { get; set; }

        public void Set(byte* code, int available)
        {
            _code = code;
            _available = available;
            Position = 0;
        }

        public override int ReadByte() => Position < _available ? _code[Position++] : -1;
    }
}

/// <summary>What the flags of the last instruction in a block can be had from, when that is known at decode time.</summary>
internal enum LazySource : byte
{
    Unknown,
    Sub,
    Result,
}

/// <summary>How the direct branches of a block find their targets.</summary>
internal enum LinkKind : byte
{
    /// <summary>They go back to the main loop: a single step.</summary>
    None,

    /// <summary>Through the jump cache: a block that depends on two pages.</summary>
    Looked,

    /// <summary>By links that are set when they are first followed, where the target is in the same page.</summary>
    Patched,
}

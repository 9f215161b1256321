using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Cpu;

/// <summary>
/// The registers of one task. They live in memory of the context, or, from the task's turn on a CPU until another task's, in the
/// CPU's <see cref="CpuState"/>: going through a system call and back copies nothing.
/// </summary>
internal sealed unsafe class X64CpuContext : CpuContext, ICpuContextImage
{
    /// <summary>The bytes of <see cref="CpuState"/> that are a task's.</summary>
    internal const int RegisterBytes = StateLayout.SourceScratch;

    private readonly CpuState* _homeState;
    private readonly ulong _features;
    private CpuState* _state;

    /// <param name="model">The processors on which the task runs.</param>
    public X64CpuContext(CpuModel model)
    {
        _features = ExtendedState.FeaturesOf(model);
        _homeState = (CpuState*)NativeMemory.AllocZeroed(RegisterBytes);
        _state = _homeState;
        Reset();
    }

    /// <summary>Contexts are handed to plugins, which do not dispose of them.</summary>
    ~X64CpuContext() => NativeMemory.Free(_homeState);

    /// <summary>The CPU that holds the registers, if one does.</summary>
    internal X64Cpu? Resident { get; private set; }

    /// <inheritdoc/>
    public override int ExtendedStateSize => ExtendedState.SizeOf(_features);

    /// <inheritdoc/>
    public override AddressSpaceId AddressSpace { get; set; }

    /// <inheritdoc/>
    public override ulong Rip
    {
        get => _state->Rip;
        set => _state->Rip = value;
    }

    /// <inheritdoc/>
    public override ulong Rflags
    {
        get => Flags.Get(_state);
        set
        {
            _state->FlagKind = FlagKind.Eager;
            _state->Eflags = ((uint)value & Flags.UserWritable) | Flags.Initial;
        }
    }

    /// <inheritdoc/>
    public override ulong FsBase
    {
        get => _state->FsBase;
        set => _state->FsBase = value;
    }

    /// <inheritdoc/>
    public override ulong GsBase
    {
        get => _state->GsBase;
        set => _state->GsBase = value;
    }

    /// <inheritdoc/>
    public override ulong this[GuestRegister register]
    {
        get => _state->Gpr[(int)register & 15];
        set => _state->Gpr[(int)register & 15] = value;
    }

    /// <inheritdoc/>
    public override void ReadExtendedState(Span<byte> destination) => ExtendedState.Save(_state, destination, _features);

    /// <inheritdoc/>
    public override bool WriteExtendedState(ReadOnlySpan<byte> source) => ExtendedState.TryRestore(_state, source, _features);

    /// <inheritdoc/>
    public override void Reset()
    {
        new Span<byte>(_state, RegisterBytes).Clear();
        _state->Eflags = Flags.Initial;
        _state->Mxcsr = ExtendedState.InitialMxcsr;
        _state->X87.Reset();

        // What Linux loads for 64-bit programs: __USER_CS and __USER_DS of arch/x86/include/asm/segment.h.
        _state->Selectors[1] = 0x33;
        _state->Selectors[2] = 0x2B;
    }

    /// <inheritdoc/>
    public override void CopyFrom(CpuContext source)
    {
        var other = (X64CpuContext)source;
        new ReadOnlySpan<byte>(other._state, RegisterBytes).CopyTo(new Span<byte>(_state, RegisterBytes));
        AddressSpace = other.AddressSpace;
    }

    // Sixteen general registers, RIP, RFLAGS, the bases of FS and GS and CR3, six selectors in twelve bytes and four of nothing, and the extended state.
    private const int WordCount = 21;
    private const int SelectorCount = 6;
    private const int ExtendedStart = (WordCount * 8) + 16;

    /// <inheritdoc/>
    public int ImageSize => ExtendedStart + ExtendedStateSize;

    /// <inheritdoc/>
    public void WriteImage(Span<byte> destination)
    {
        destination = destination[..ImageSize];
        destination.Clear();
        for (int i = 0; i < 16; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[(i * 8)..], _state->Gpr[i]);
        ReadOnlySpan<ulong> others = [Rip, Rflags, FsBase, GsBase, AddressSpace.PageTableRoot];
        for (int i = 0; i < others.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[((16 + i) * 8)..], others[i]);
        for (int i = 0; i < SelectorCount; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(destination[((WordCount * 8) + (i * 2))..], _state->Selectors[i]);
        ExtendedState.Save(_state, destination[ExtendedStart..], _features);
    }

    /// <inheritdoc/>
    public bool ReadImage(ReadOnlySpan<byte> source)
    {
        if (source.Length != ImageSize || !ExtendedState.TryRestore(_state, source[ExtendedStart..], _features))
            return false;
        for (int i = 0; i < 16; i++)
            _state->Gpr[i] = Word(source, i);
        Rip = Word(source, 16);
        Rflags = Word(source, 17);
        FsBase = Word(source, 18);
        GsBase = Word(source, 19);
        AddressSpace = new AddressSpaceId(Word(source, 20));
        for (int i = 0; i < SelectorCount; i++)
            _state->Selectors[i] = BinaryPrimitives.ReadUInt16LittleEndian(source[((WordCount * 8) + (i * 2))..]);
        return true;

        static ulong Word(ReadOnlySpan<byte> source, int index) => BinaryPrimitives.ReadUInt64LittleEndian(source[(index * 8)..]);
    }

    /// <summary>Moves the registers into a CPU.</summary>
    internal void Enter(X64Cpu cpu, CpuState* state)
    {
        Resident?.Evict();
        new ReadOnlySpan<byte>(_homeState, RegisterBytes).CopyTo(new Span<byte>(state, RegisterBytes));
        _state = state;
        Resident = cpu;
    }

    /// <summary>Takes the registers back from the CPU.</summary>
    internal void Leave()
    {
        new ReadOnlySpan<byte>(_state, RegisterBytes).CopyTo(new Span<byte>(_homeState, RegisterBytes));
        _state = _homeState;
        Resident = null;
    }
}

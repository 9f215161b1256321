using Iced.Intel;
using Kpio.Contracts.Host;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Translator;

/// <summary>
/// The code cache and what writes into it: the few host instructions that translations are made of besides the guest's own, by their
/// bytes, and any instruction through Iced. Addresses are those where the code runs.
/// </summary>
/// <remarks>
/// Where the guest's registers are while translated code runs: RCX, RDX, RBX, RBP, RSI, RDI and R8…R11 in their own; RAX in R14, RSP
/// in R13; R12…R15 in <see cref="CpuState.Gpr"/>; XMM0…XMM15 in their own. The host's RSP points to the <see cref="CpuState"/> (what
/// a signal handler of the host pushes goes below it, into room that is kept there), R15 and R12 are free, and RAX holds the six
/// arithmetic flags as LAHF and SETO AL give them at every memory access and wherever translated code is entered or left.
/// </remarks>
internal sealed unsafe class HostCode : CodeWriter
{
    /// <summary>The host register of each guest register, or -1 for those in memory.</summary>
    public static ReadOnlySpan<sbyte> HostOf => [14, 1, 2, 3, 13, 5, 6, 7, 8, 9, 10, 11, -1, -1, -1, -1];

    /// <summary>Free; the address of an access.</summary>
    public const int Address = 15;

    /// <summary>Free; the index into a TLB.</summary>
    public const int Index = 12;

    public const int GuestStack = 13;
    public const int GuestRax = 14;
    public const int Rax = 0;
    public const int State = 4;

    private readonly Encoder _encoder;
    private readonly CodeRegion _region;
    private byte* _next;

    public HostCode(in CodeRegion region)
    {
        _region = region;
        _next = (byte*)region.Writable;
        _encoder = Encoder.Create(64, this);
    }

    /// <summary>Where the next byte goes.</summary>
    public nint Here => (nint)_next - _region.Writable + _region.Executable;

    public long Free => _region.Writable + _region.Size - (nint)_next;

    /// <summary>Takes back everything behind an address.</summary>
    public void Rewind(nint address) => _next = Writable(address);

    public override void WriteByte(byte value) => *_next++ = value;

    /// <summary>An instruction of any kind. Its branch targets and RIP-relative addresses are not used.</summary>
    public void Emit(in Instruction instruction) => _encoder.Encode(instruction, (ulong)Here);

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(_next, bytes.Length));
        _next += bytes.Length;
    }

    public void Int32(int value)
    {
        *(int*)_next = value;
        _next += 4;
    }

    private void Int64(ulong value)
    {
        *(ulong*)_next = value;
        _next += 8;
    }

    // ---- moves ----

    /// <summary>An instruction with a 64-bit register and a memory operand; scale is 0…3, an index or base of -1 is none.</summary>
    public void Memory(byte opcode, int register, int @base, int index, int scale, int displacement, bool wide = true)
    {
        int rex = 0x40 | (wide ? 8 : 0) | (register >= 8 ? 4 : 0) | (index >= 8 ? 2 : 0) | (@base >= 8 ? 1 : 0);
        *_next++ = (byte)rex;
        *_next++ = opcode;
        int reg = (register & 7) << 3;
        if (@base < 0)
        {
            // No base: SIB with disp32.
            *_next++ = (byte)(reg | 4);
            *_next++ = (byte)((scale << 6) | ((index < 0 ? 4 : index & 7) << 3) | 5);
            Int32(displacement);
            return;
        }

        int mode = displacement == 0 && (@base & 7) != 5 ? 0 : displacement == (sbyte)displacement ? 0x40 : 0x80;
        if (index >= 0 || (@base & 7) == 4)
        {
            *_next++ = (byte)(mode | reg | 4);
            *_next++ = (byte)((scale << 6) | ((index < 0 ? 4 : index & 7) << 3) | (@base & 7));
        }
        else
        {
            *_next++ = (byte)(mode | reg | (@base & 7));
        }

        if (mode == 0x40) *_next++ = (byte)displacement;
        else if (mode == 0x80) Int32(displacement);
    }

    public void Lea(int register, int @base, int displacement) => Memory(0x8D, register, @base, -1, 0, displacement);

    /// <summary>A register from a field of the state.</summary>
    public void Load(int register, int offset) => Memory(0x8B, register, State, -1, 0, offset);

    /// <summary>A register to a field of the state.</summary>
    public void Store(int register, int offset) => Memory(0x89, register, State, -1, 0, offset);

    public void Move(int to, int from)
    {
        *_next++ = (byte)(0x48 | (from >= 8 ? 4 : 0) | (to >= 8 ? 1 : 0));
        *_next++ = 0x89;
        *_next++ = (byte)(0xC0 | ((from & 7) << 3) | (to & 7));
    }

    public void MoveImmediate(int register, ulong value)
    {
        if (value <= uint.MaxValue)
        {
            if (register >= 8) *_next++ = 0x41;
            *_next++ = (byte)(0xB8 | (register & 7));
            Int32((int)value);
        }
        else if ((long)value == (int)value)
        {
            Bytes([(byte)(0x48 | (register >= 8 ? 1 : 0)), 0xC7, (byte)(0xC0 | (register & 7))]);
            Int32((int)value);
        }
        else
        {
            *_next++ = (byte)(0x48 | (register >= 8 ? 1 : 0));
            *_next++ = (byte)(0xB8 | (register & 7));
            Int64(value);
        }
    }

    // ---- flags ----

    /// <summary>LAHF; SETO AL.</summary>
    public void SaveFlags() => Bytes([0x9F, 0x0F, 0x90, 0xC0]);

    /// <summary>ADD AL, 127; SAHF. Takes RAX.</summary>
    public void RestoreFlags() => Bytes([0x04, 0x7F, 0x9E]);

    // ---- the budget and branches ----

    /// <summary>Subtracts from a field of the state, setting the flags.</summary>
    public void SubtractFrom(int offset, int value)
    {
        bool narrow = value == (sbyte)value;
        Bytes([0x48, (byte)(narrow ? 0x83 : 0x81), 0xAC, 0x24]);
        Int32(offset);
        if (narrow) *_next++ = (byte)value;
        else Int32(value);
    }

    /// <summary>A field of 4 bytes of the state from a number.</summary>
    public void StoreImmediate(int offset, int value)
    {
        Bytes([0xC7, 0x84, 0x24]);
        Int32(offset);
        Int32(value);
    }

    /// <summary>JMP; gives the address of its distance, for <see cref="Patch"/>.</summary>
    public nint Jump(nint target = 0)
    {
        *_next++ = 0xE9;
        return Distance(target);
    }

    /// <summary>Jcc, by the low four bits of its opcode.</summary>
    public nint JumpIf(int condition, nint target = 0)
    {
        *_next++ = 0x0F;
        *_next++ = (byte)(0x80 | condition);
        return Distance(target);
    }

    private nint Distance(nint target)
    {
        nint place = Here;
        Int32(target == 0 ? 0 : (int)(target - (place + 4)));
        return place;
    }

    /// <summary>JMP through a field of the state, at an index if that is a register.</summary>
    public void JumpThrough(int offset, int index = -1)
    {
        if (index < 0) Bytes([0xFF, 0xA4, 0x24]);
        else Bytes([(byte)(0x40 | (index >= 8 ? 2 : 0)), 0xFF, 0xA4, (byte)(0x04 | ((index & 7) << 3))]);
        Int32(offset);
    }

    /// <summary>Ties a branch to its target.</summary>
    public void Patch(nint place, nint target) => *(int*)Writable(place) = (int)(target - (place + 4));

    private byte* Writable(nint address) => (byte*)(address - _region.Executable + _region.Writable);
}

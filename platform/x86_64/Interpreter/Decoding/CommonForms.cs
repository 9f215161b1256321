using Iced.Intel;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// Decodes the instruction forms that make up nearly all of what compilers emit, into the same <see cref="Instruction"/> as Iced's
/// decoder. Whatever is not one of them is declined and goes to that one, which builds tables of 2,000 objects when it is first made:
/// a short program never needs it. It knows 64-bit code, the prefixes 66, F2, F3, F0, 64, 2E, 67 and REX as far as compilers use them, and declines all else.
/// </summary>
internal unsafe ref partial struct CommonForms
{
    private const int MaxInstructionBytes = 15;

    private readonly byte* _end;
    private readonly byte* _start;
    private readonly ulong _rip;
    private byte* _p;
    private int _rex;
    private bool _operandSize;
    private int _mandatory;
    private bool _lock;
    private Register _segment;
    private bool _addressSize;

    // Of the ModRM byte: operands that it names are set by SetMemory.
    private int _mod;
    private int _reg;
    private int _rm;
    private bool _isTooShort;

    private CommonForms(byte* code, int available, ulong rip)
    {
        _start = _p = code;
        _end = code + available;
        _rip = rip;
    }

    /// <summary>Decodes the instruction at <paramref name="code"/>; false when it is not one of the common forms or its bytes end too soon.</summary>
    /// <param name="code">Its first byte.</param>
    /// <param name="available">How many bytes there are.</param>
    /// <param name="rip">Its address.</param>
    /// <param name="instruction">What Iced's decoder would make of it; undefined when the answer is false.</param>
    /// <param name="needsMore">With the answer false: whether the instruction goes on behind its bytes, whatever decodes it.</param>
    public static bool TryDecode(byte* code, int available, ulong rip, out Instruction instruction, out bool needsMore)
    {
        var decoder = new CommonForms(code, Math.Min(available, MaxInstructionBytes), rip);
        instruction = default;
        needsMore = false;
        if (!decoder.TryDecodePrefixes() || !decoder.TryDecodeOpcode(ref instruction) || decoder._isTooShort)
        {
            needsMore = decoder._isTooShort && !decoder._lock && available < MaxInstructionBytes;
            return false;
        }

        int length = (int)(decoder._p - code);
        instruction.Length = length;
        instruction.NextIP = rip + (ulong)length;
        instruction.CodeSize = CodeSize.Code64;
        if (decoder._segment != Register.None && instruction.Op0Kind != OpKind.Memory && instruction.Op1Kind != OpKind.Memory)
            return false;
        if (decoder._addressSize && instruction.Op0Kind != OpKind.NearBranch64)
            return false;
        if (decoder._lock)
        {
            if (instruction.Op0Kind != OpKind.Memory || !MayLock(instruction.Mnemonic))
                return false;
            instruction.HasLockPrefix = true;
        }

        if (instruction.MemoryBase == Register.RIP && (instruction.Op0Kind == OpKind.Memory || instruction.Op1Kind == OpKind.Memory))
            instruction.MemoryDisplacement64 += instruction.NextIP;
        return true;
    }

    private static bool MayLock(Mnemonic mnemonic) =>
        mnemonic is Mnemonic.Add or Mnemonic.Adc or Mnemonic.And or Mnemonic.Cmpxchg or Mnemonic.Dec or Mnemonic.Inc or Mnemonic.Neg
            or Mnemonic.Not or Mnemonic.Or or Mnemonic.Sbb or Mnemonic.Sub or Mnemonic.Xadd or Mnemonic.Xor or Mnemonic.Xchg;

    private bool TryDecodePrefixes()
    {
        while (_p < _end)
        {
            switch (*_p)
            {
                case 0x66: _operandSize = true; break;
                case 0xF2 or 0xF3 when _mandatory == 0: _mandatory = *_p; break;
                case 0xF0: _lock = true; break;
                case 0x64 when _segment == Register.None: _segment = Register.FS; break;

                // As padding in front of a NOP and of a call that the linker made shorter.
                case 0x2E when _segment == Register.None: _segment = Register.CS; break;
                case 0x67: _addressSize = true; break;
                case 0x26 or 0x2E or 0x36 or 0x3E or 0x64 or 0x65 or 0xF2 or 0xF3: return false;
                default:
                    if (*_p >> 4 == 4)
                        _rex = *_p++;
                    return true;
            }

            _p++;
        }

        _isTooShort = true;
        return false;
    }

    private readonly bool IsWide => (_rex & 8) != 0;

    /// <summary>1: 16 bits, 2: 32 bits, 3: 64 bits.</summary>
    private readonly int Log => IsWide ? 3 : _operandSize ? 1 : 2;

    private readonly bool HasPrefix => _operandSize || _mandatory != 0;

    private byte NextByte()
    {
        if (_p < _end)
            return *_p++;
        _isTooShort = true;
        return 0;
    }

    private int NextInt32()
    {
        if (_end - _p < 4)
        {
            _isTooShort = true;
            return 0;
        }

        int value = *(int*)_p;
        _p += 4;
        return value;
    }

    private void ReadModRm()
    {
        int modRm = NextByte();
        _mod = modRm >> 6;
        _reg = (modRm >> 3) & 7;
        _rm = modRm & 7;
    }

    private readonly int RegNumber => _reg | ((_rex & 4) << 1);

    private readonly int RmNumber => _rm | ((_rex & 1) << 3);

    /// <summary>A general register of a size.</summary>
    private readonly Register General(int number, int log) => log switch
    {
        0 => (number < 4 || _rex == 0 ? Register.AL : Register.SPL - 4) + number,
        1 => Register.AX + number,
        2 => Register.EAX + number,
        _ => Register.RAX + number,
    };

    /// <summary>Operand 0 or 1 is what mod and r/m name, a register of the given size or memory.</summary>
    private void SetRm(ref Instruction instruction, int operand, int log) => SetRm(ref instruction, operand, General(RmNumber, log));

    private void SetRm(ref Instruction instruction, int operand, Register register)
    {
        if (_mod == 3)
        {
            SetRegister(ref instruction, operand, register);
            return;
        }

        if (operand == 0)
            instruction.Op0Kind = OpKind.Memory;
        else
            instruction.Op1Kind = OpKind.Memory;
        SetMemory(ref instruction);
    }

    private static void SetRegister(ref Instruction instruction, int operand, Register register)
    {
        // A register is the kind that operands have from the start.
        if (operand == 0)
            instruction.Op0Register = register;
        else
            instruction.Op1Register = register;
    }

    private void SetMemory(ref Instruction instruction)
    {
        int displacementSize = _mod == 0 ? 0 : _mod == 1 ? 1 : 4;
        if (_rm == 4)
        {
            int sib = NextByte();
            int index = ((sib >> 3) & 7) | ((_rex & 2) << 2);
            int baseNumber = (sib & 7) | ((_rex & 1) << 3);
            if (index != 4)
                instruction.MemoryIndex = Register.RAX + index;
            instruction.MemoryIndexScale = 1 << (sib >> 6);
            if (_mod == 0 && (sib & 7) == 5)
                displacementSize = 4;
            else
                instruction.MemoryBase = Register.RAX + baseNumber;
        }
        else if (_mod == 0 && _rm == 5)
        {
            // TryDecode adds the address of the next instruction when it knows it.
            instruction.MemoryBase = Register.RIP;
            displacementSize = 4;
        }
        else
        {
            instruction.MemoryBase = Register.RAX + RmNumber;
        }

        if (_segment != Register.None)
            instruction.SegmentPrefix = _segment;
        if (displacementSize == 0)
            return;
        instruction.MemoryDisplSize = displacementSize == 1 ? 1 : 8;
        instruction.MemoryDisplacement64 = displacementSize == 1 ? (ulong)(sbyte)NextByte() : (ulong)NextInt32();
    }

    // ---- immediates, as operand 1 unless said otherwise ----

    private void SetImmediate8(ref Instruction instruction)
    {
        instruction.Op1Kind = OpKind.Immediate8;
        instruction.Immediate8 = NextByte();
    }

    /// <summary>A sign-extended byte.</summary>
    private void SetShortImmediate(ref Instruction instruction, int log)
    {
        instruction.Op1Kind = log switch
        {
            1 => OpKind.Immediate8to16,
            2 => OpKind.Immediate8to32,
            _ => OpKind.Immediate8to64,
        };
        instruction.Immediate8 = NextByte();
    }

    /// <summary>As wide as the operand, but 32 bits sign-extended for 64.</summary>
    private void SetImmediate(ref Instruction instruction, int log)
    {
        switch (log)
        {
            case 0:
                SetImmediate8(ref instruction);
                break;
            case 1:
                instruction.Op1Kind = OpKind.Immediate16;
                instruction.Immediate16 = (ushort)(NextByte() | (NextByte() << 8));
                break;
            case 2:
                instruction.Op1Kind = OpKind.Immediate32;
                instruction.Immediate32 = (uint)NextInt32();
                break;
            default:
                instruction.Op1Kind = OpKind.Immediate32to64;
                instruction.Immediate32to64 = NextInt32();
                break;
        }
    }

    private bool Branch(ref Instruction instruction, Code code, bool isShort)
    {
        // With 66 the processors of the two makers differ; F2 and F3 are hints.
        if (HasPrefix || _segment != Register.None)
            return false;
        long distance = isShort ? (sbyte)NextByte() : NextInt32();
        instruction.Code = code;
        instruction.Op0Kind = OpKind.NearBranch64;
        instruction.NearBranch64 = _rip + (ulong)(_p - _start) + (ulong)distance;
        return true;
    }
}

using System.Buffers.Binary;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Registers;

/// <summary>
/// The registers of one task as <see cref="TargetDescription"/> has them, read once and written back register by register. The x87, SSE
/// and AVX registers come from XSAVE's image (SDM vol. 1 10.5.1, 13.4).
/// </summary>
internal sealed class RegisterFile
{
    private const int ControlWord = 0;
    private const int StatusWord = 2;
    private const int TagByte = 4;
    private const int Opcode = 6;
    private const int InstructionPointer = 8;
    private const int DataPointer = 16;
    private const int MxcsrOffset = 24;
    private const int StackOffset = 32;
    private const int XmmOffset = 160;
    private const int ComponentsOffset = 512;
    private const int UpperOffset = 576;

    /// <summary>What ring 3 reads as CS and SS in 64-bit Linux; the data selectors are 0.</summary>
    private const uint UserCode = 0x33;
    private const uint UserData = 0x2B;

    private readonly DebugSession _session;
    private readonly GuestTask _task;
    private readonly byte[] _extended;

    public RegisterFile(DebugSession session, GuestTask task)
    {
        _session = session;
        _task = task;
        _extended = new byte[task.Cpu.ExtendedStateSize];
        task.Cpu.ReadExtendedState(_extended);
    }

    private CpuContext Cpu => _task.Cpu;

    /// <summary>Writes a register's bytes into <paramref name="destination"/>, which has its size.</summary>
    public void Read(int register, Span<byte> destination)
    {
        destination.Clear();
        if (register is >= TargetDescription.FirstX87 and < TargetDescription.FirstX87Control)
            _extended.AsSpan(StackOffset + ((register - TargetDescription.FirstX87) * 16), 10).CopyTo(destination);
        else if (register is >= TargetDescription.FirstXmm and < TargetDescription.Mxcsr)
            _extended.AsSpan(XmmOffset + ((register - TargetDescription.FirstXmm) * 16), 16).CopyTo(destination);
        else if (register >= TargetDescription.FirstUpper)
            _extended.AsSpan(UpperOffset + ((register - TargetDescription.FirstUpper) * 16), 16).CopyTo(destination);
        else if (destination.Length == 8)
            BinaryPrimitives.WriteUInt64LittleEndian(destination, ReadWide(register));
        else
            BinaryPrimitives.WriteUInt32LittleEndian(destination, ReadNarrow(register));
    }

    /// <summary>Sets a register from bytes of its size; false when the processor refuses the value.</summary>
    public bool Write(int register, ReadOnlySpan<byte> source)
    {
        if (source.Length == 8)
        {
            WriteWide(register, BinaryPrimitives.ReadUInt64LittleEndian(source));
            return true;
        }

        if (register == TargetDescription.Eflags)
        {
            Cpu.Rflags = BinaryPrimitives.ReadUInt32LittleEndian(source);
            return true;
        }

        // Linux keeps the selectors of 64-bit programs as they are, but for those that nothing depends on.
        if (register < TargetDescription.FirstX87)
            return true;
        WriteExtended(register, source);
        return Cpu.WriteExtendedState(_extended);
    }

    private ulong ReadWide(int register) => register switch
    {
        TargetDescription.Rax => _session.ReadCall(_task).Rax,
        TargetDescription.Rip => Cpu.Rip,
        TargetDescription.OrigRax => (ulong)_session.ReadCall(_task).Call,
        TargetDescription.FsBase => Cpu.FsBase,
        TargetDescription.GsBase => Cpu.GsBase,
        _ => Cpu[General(register)],
    };

    private void WriteWide(int register, ulong value)
    {
        switch (register)
        {
            case TargetDescription.Rax:
                _session.WriteRax(_task, value);
                break;
            case TargetDescription.Rip:
                Cpu.Rip = value;
                break;
            case TargetDescription.OrigRax:
                _session.WriteCall(_task, (long)value);
                break;
            case TargetDescription.FsBase:
                Cpu.FsBase = value;
                break;
            case TargetDescription.GsBase:
                Cpu.GsBase = value;
                break;
            default:
                Cpu[General(register)] = value;
                break;
        }
    }

    private uint ReadNarrow(int register) => register switch
    {
        TargetDescription.Eflags => (uint)Cpu.Rflags,
        TargetDescription.FirstSelector => UserCode,
        TargetDescription.FirstSelector + 1 => UserData,
        < TargetDescription.FirstX87 => 0,
        TargetDescription.FirstX87Control => Short(ControlWord),
        TargetDescription.FirstX87Control + 1 => Short(StatusWord),
        TargetDescription.FirstX87Control + 2 => X87Tags.ToFull(_extended),
        TargetDescription.FirstX87Control + 3 => Short(InstructionPointer + 4),
        TargetDescription.FirstX87Control + 4 => Word(InstructionPointer),
        TargetDescription.FirstX87Control + 5 => Short(DataPointer + 4),
        TargetDescription.FirstX87Control + 6 => Word(DataPointer),
        TargetDescription.FirstX87Control + 7 => (uint)Short(Opcode) & 0x7FF,
        _ => Word(MxcsrOffset),
    };

    private void WriteExtended(int register, ReadOnlySpan<byte> source)
    {
        // Components that were in their initial state have bytes of their own from now on.
        _extended[ComponentsOffset] |= register >= TargetDescription.FirstUpper ? (byte)4 : register >= TargetDescription.FirstXmm ? (byte)2 : (byte)1;
        if (register >= TargetDescription.FirstUpper)
        {
            source.CopyTo(_extended.AsSpan(UpperOffset + ((register - TargetDescription.FirstUpper) * 16)));
            return;
        }

        if (register < TargetDescription.FirstX87Control)
        {
            source.CopyTo(_extended.AsSpan(StackOffset + ((register - TargetDescription.FirstX87) * 16)));
            return;
        }

        if (register is >= TargetDescription.FirstXmm and < TargetDescription.Mxcsr)
        {
            source.CopyTo(_extended.AsSpan(XmmOffset + ((register - TargetDescription.FirstXmm) * 16)));
            return;
        }

        switch (register - TargetDescription.FirstX87Control)
        {
            case 0:
                source[..2].CopyTo(_extended.AsSpan(ControlWord));
                break;
            case 1:
                source[..2].CopyTo(_extended.AsSpan(StatusWord));
                break;
            case 2:
                _extended[TagByte] = X87Tags.ToAbridged(BinaryPrimitives.ReadUInt16LittleEndian(source));
                break;
            case 3:
                source[..2].CopyTo(_extended.AsSpan(InstructionPointer + 4));
                break;
            case 4:
                source.CopyTo(_extended.AsSpan(InstructionPointer));
                break;
            case 5:
                source[..2].CopyTo(_extended.AsSpan(DataPointer + 4));
                break;
            case 6:
                source.CopyTo(_extended.AsSpan(DataPointer));
                break;
            case 7:
                source[..2].CopyTo(_extended.AsSpan(Opcode));
                break;
            default:
                source.CopyTo(_extended.AsSpan(MxcsrOffset));
                break;
        }
    }

    private ushort Short(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_extended.AsSpan(offset));

    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_extended.AsSpan(offset));

    /// <summary>gdb has RBX before RCX, and RSI and RDI before RBP.</summary>
    private static GuestRegister General(int register) => register switch
    {
        1 => GuestRegister.Rbx,
        2 => GuestRegister.Rcx,
        3 => GuestRegister.Rdx,
        4 => GuestRegister.Rsi,
        5 => GuestRegister.Rdi,
        6 => GuestRegister.Rbp,
        7 => GuestRegister.Rsp,
        _ => (GuestRegister)register,
    };
}

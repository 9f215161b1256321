using System.Buffers.Binary;
using Kpio.Contracts.Process;

namespace Kpio.Plugins.LinuxAbi.Signals;

/// <summary>siginfo_t of x86_64: 128 bytes, of which the kernel uses 48; the members behind the third are a union (sigaction(2); include/uapi/asm-generic/siginfo.h).</summary>
internal static class SignalInfoLayout
{
    /// <summary>The structure's size as programs see it: SI_MAX_SIZE.</summary>
    public const int Size = 128;

    /// <summary>What the kernel keeps of it.</summary>
    public const int UsedSize = 48;

    private const int FirstPositiveGeneral = SignalCode.SI_KERNEL;

    private enum Form : byte
    {
        Sender,
        Timer,
        Value,
        Child,
        Fault,
        Poll,
        Call,
    }

    /// <summary>Writes the structure; what the form does not use is 0.</summary>
    public static void Write(Span<byte> target, in SignalInfo info)
    {
        target = target[..Size];
        target.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(target, (int)info.Signal);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], info.Error);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], info.Code);
        switch (FormOf(info.Signal, info.Code))
        {
            case Form.Fault or Form.Poll or Form.Call:
                BinaryPrimitives.WriteUInt64LittleEndian(target[16..], info.Address);
                BinaryPrimitives.WriteUInt64LittleEndian(target[24..], info.Value);
                break;
            case Form.Child:
                WriteSender(target, in info);
                BinaryPrimitives.WriteInt32LittleEndian(target[24..], (int)info.Value);
                BinaryPrimitives.WriteUInt64LittleEndian(target[32..], info.UserTime);
                BinaryPrimitives.WriteUInt64LittleEndian(target[40..], info.SystemTime);
                break;
            case Form.Value:
                // What a program passed goes through as it is.
                WriteSender(target, in info);
                BinaryPrimitives.WriteUInt64LittleEndian(target[24..], info.Value);
                BinaryPrimitives.WriteUInt64LittleEndian(target[32..], info.UserTime);
                BinaryPrimitives.WriteUInt64LittleEndian(target[40..], info.SystemTime);
                break;
            case Form.Timer:
                WriteSender(target, in info);
                BinaryPrimitives.WriteUInt64LittleEndian(target[24..], info.Value);
                break;
            default:
                WriteSender(target, in info);
                break;
        }
    }

    /// <summary>Reads what a program passed to rt_sigqueueinfo(2) for <paramref name="signal"/>; the number in the structure does not matter.</summary>
    public static SignalInfo Read(ReadOnlySpan<byte> source, Signal signal)
    {
        int code = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        bool hasAddress = FormOf(signal, code) is Form.Fault or Form.Poll or Form.Call;
        return new SignalInfo(
            signal,
            code,
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            hasAddress ? 0 : BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            hasAddress ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(source[20..]),
            hasAddress ? BinaryPrimitives.ReadUInt64LittleEndian(source[16..]) : 0,
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]));
    }

    /// <summary>Whether the kernel knows what a structure of this number and code holds; of others no byte beyond the 48 may be set (known_siginfo_layout).</summary>
    public static bool IsKnown(Signal signal, int code) => code switch
    {
        SignalCode.SI_KERNEL => true,
        > SignalCode.SI_USER => IsSpecific(signal, code) || code <= SpecificCodes(Signal.SIGIO),
        >= SignalCode.SI_TKILL => true,
        -60 => true, // SI_ASYNCNL
        _ => false,
    };

    private static void WriteSender(Span<byte> target, in SignalInfo info)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], info.Pid);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], info.Uid);
    }

    /// <summary>siginfo_layout of kernel/signal.c.</summary>
    private static Form FormOf(Signal signal, int code)
    {
        if (code is > SignalCode.SI_USER and < FirstPositiveGeneral)
        {
            if (!IsSpecific(signal, code))
                return code <= SpecificCodes(Signal.SIGIO) ? Form.Poll : Form.Sender;
            return signal switch
            {
                Signal.SIGCHLD => Form.Child,
                Signal.SIGIO => Form.Poll,
                Signal.SIGSYS => Form.Call,
                _ => Form.Fault,
            };
        }

        return code switch
        {
            SignalCode.SI_TIMER => Form.Timer,
            SignalCode.SI_SIGIO => Form.Poll,
            < 0 => Form.Value,
            _ => Form.Sender,
        };
    }

    private static bool IsSpecific(Signal signal, int code) => code <= SpecificCodes(signal);

    /// <summary>How many codes of its own a signal has: NSIGILL and the like.</summary>
    private static int SpecificCodes(Signal signal) => signal switch
    {
        Signal.SIGILL => 11,
        Signal.SIGFPE => 15,
        Signal.SIGSEGV => 9,
        Signal.SIGBUS => 5,
        Signal.SIGTRAP => 6,
        Signal.SIGCHLD => 6,
        Signal.SIGIO => 6,
        Signal.SIGSYS => 2,
        _ => 0,
    };
}

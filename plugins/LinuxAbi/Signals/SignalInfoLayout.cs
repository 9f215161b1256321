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

    /// <summary>Writes the structure; what the kernel does not use is 0.</summary>
    public static void Write(Span<byte> target, in SignalInfo info)
    {
        target = target[..Size];
        target.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(target, (int)info.Signal);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], info.Error);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], info.Code);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], HasAddress(info.Signal, info.Code) ? info.Address : (uint)info.Pid | (ulong)info.Uid << 32);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], info.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], info.UserTime);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], info.SystemTime);
    }

    /// <summary>Reads what a program passed to rt_sigqueueinfo(2) for <paramref name="signal"/>; the number in the structure does not matter.</summary>
    public static SignalInfo Read(ReadOnlySpan<byte> source, Signal signal)
    {
        int code = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        bool hasAddress = HasAddress(signal, code);
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

    /// <summary>Whether the union starts with an address (faults, SIGSYS) or a band (SIGIO) and not with a sender (siginfo_layout of kernel/signal.c).</summary>
    private static bool HasAddress(Signal signal, int code)
    {
        if (code is <= SignalCode.SI_USER or >= SignalCode.SI_KERNEL)
            return code == SignalCode.SI_SIGIO;
        return signal != Signal.SIGCHLD && (IsSpecific(signal, code) || code <= SpecificCodes(Signal.SIGIO));
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

using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Calls;

/// <summary>siginfo_t as strace writes it: the members that mean something by number and code (print_siginfo).</summary>
internal static class SignalInfoText
{
    private const int SI_USER = SignalCode.SI_USER;
    private const int SI_TIMER = SignalCode.SI_TIMER;
    private const int SI_TKILL = SignalCode.SI_TKILL;
    private const int SI_KERNEL = SignalCode.SI_KERNEL;
    private const int CLD_EXITED = 1;
    private const ulong AUDIT_ARCH_X86_64 = 0xC000_003E;

    public static void Append(LineBuffer line, Notation notation, ValueFormats formats, in SignalInfo signal)
    {
        line.Append("{si_signo=");
        SignalText.Append(line, (int)signal.Signal);
        line.Append(", si_code=").Append(Code(formats, signal.Signal, signal.Code));
        if (signal.Error != 0)
        {
            line.Append(", si_errno=");
            if (ErrnoNames.Name((Errno)signal.Error) is { } name)
                line.Append(name);
            else
                line.AppendDecimal((long)signal.Error);
        }

        AppendOrigin(line, notation, in signal);
        line.Append('}');
    }

    /// <summary>Writes a structure of the guest's.</summary>
    public static void Append(LineBuffer line, Notation notation, ValueFormats formats, ReadOnlySpan<byte> bytes)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        int code = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        int error = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (number == 0)
        {
            line.Append("{}");
            return;
        }

        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var info = new SignalInfo(
            (Signal)number,
            code,
            error,
            Pid: (int)first,
            Uid: (uint)(first >> 32),
            Address: first,
            Value: BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            UserTime: BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            SystemTime: BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]));
        Append(line, notation, formats, in info);
    }

    private static void AppendOrigin(LineBuffer line, Notation notation, in SignalInfo signal)
    {
        bool isFault = signal.Signal is Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGILL or Signal.SIGFPE or Signal.SIGTRAP;
        if (signal.Code is SI_USER or SI_TKILL)
        {
            AppendSender(line, notation, in signal);
        }
        else if (signal.Code == SI_TIMER)
        {
            line.Append(", si_timerid=").AppendAlternateHex((uint)First(in signal)).Append(", si_overrun=").AppendDecimal((long)(int)(First(in signal) >> 32));
            AppendValue(line, notation, signal.Value);
        }
        else if (signal.Code == SignalCode.SI_SIGIO || (signal.Signal == Signal.SIGIO && signal.Code > 0))
        {
            line.Append(", si_band=").AppendDecimal((long)First(in signal)).Append(", si_fd=").AppendDecimal((long)(int)signal.Value);
        }
        else if (signal.Code < 0)
        {
            AppendSender(line, notation, in signal);
            if (signal.Value != 0)
                AppendValue(line, notation, signal.Value);
        }
        else if (isFault)
        {
            line.Append(", si_addr=");
            notation.Address(line, First(in signal));
        }
        else if (signal.Signal == Signal.SIGCHLD)
        {
            AppendSender(line, notation, in signal);
            line.Append(", si_status=");
            if (signal.Code == CLD_EXITED)
                line.AppendDecimal((long)(int)signal.Value);
            else
                SignalText.Append(line, (int)signal.Value);
            line.Append(", si_utime=");
            AppendTicks(line, notation, signal.UserTime);
            line.Append(", si_stime=");
            AppendTicks(line, notation, signal.SystemTime);
        }
        else if (signal.Signal == Signal.SIGSYS)
        {
            line.Append(", si_call_addr=");
            notation.Address(line, First(in signal));
            line.Append(", si_syscall=").AppendDecimal((long)(int)signal.Value).Append(", si_arch=");
            if (signal.Value >> 32 == AUDIT_ARCH_X86_64)
                line.Append("AUDIT_ARCH_X86_64");
            else
                line.AppendAlternateHex(signal.Value >> 32);
        }
        else
        {
            if (First(in signal) != 0)
                AppendSender(line, notation, in signal);
            if (signal.Value != 0)
                AppendValue(line, notation, signal.Value);
        }
    }

    private static void AppendSender(LineBuffer line, Notation notation, in SignalInfo signal)
    {
        line.Append(", si_pid=");
        notation.Pid(line, (int)First(in signal));
        line.Append(", si_uid=").AppendDecimal(First(in signal) >> 32);
    }

    /// <summary>The first eight bytes of the union, whichever member they are.</summary>
    private static ulong First(in SignalInfo signal) => signal.Address != 0 ? signal.Address : (uint)signal.Pid | (ulong)signal.Uid << 32;

    private static void AppendTicks(LineBuffer line, Notation notation, ulong ticks)
    {
        notation.Measure(line, (long)ticks);
        if (ticks == 0 || notation.IsNormalized)
            return;
        line.Append(" /* ").AppendDecimal(ticks / 100).Append('.').Append((char)('0' + (ticks / 10 % 10))).Append((char)('0' + (ticks % 10))).Append(" s */");
    }

    private static void AppendValue(LineBuffer line, Notation notation, ulong value)
    {
        line.Append(", si_int=").AppendDecimal((long)(int)value).Append(", si_ptr=");
        notation.Address(line, value);
    }

    private static string Code(ValueFormats formats, Signal signal, int code)
    {
        string? specific = signal switch
        {
            Signal.SIGSEGV => "SegvCode",
            Signal.SIGBUS => "BusCode",
            Signal.SIGILL => "IllCode",
            Signal.SIGFPE => "FpeCode",
            Signal.SIGTRAP => "TrapCode",
            Signal.SIGCHLD => "ChildCode",
            Signal.SIGIO => "PollCode",
            Signal.SIGSYS => "SysCode",
            _ => null,
        };
        if (code is > 0 and < SI_KERNEL && formats.Set(specific)?.NameOf((ulong)code) is { } name)
            return name;
        return formats.Set("SignalCode")?.NameOf((ulong)code) ?? $"0x{code:x}";
    }
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.Tracing.Calls;

namespace Kpio.Plugins.Tracing.Formats;

/// <summary>The line of a delivered signal: <c>--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---</c>.</summary>
internal static class SignalLine
{
    private const int SI_USER = 0;
    private const int SI_QUEUE = -1;
    private const int SI_TIMER = -2;
    private const int SI_TKILL = -6;
    private const int SI_KERNEL = 0x80;

    public static void Append(LineBuffer line, Notation notation, ValueFormats formats, in SignalInfo signal)
    {
        line.Append("--- ");
        SignalText.Append(line, (int)signal.Signal);
        line.Append(" {si_signo=");
        SignalText.Append(line, (int)signal.Signal);
        line.Append(", si_code=").Append(Code(formats, signal.Signal, signal.Code));
        if (signal.Error != 0)
            line.Append(", si_errno=").Append(ErrnoNames.Name((Errno)signal.Error));
        AppendOrigin(line, notation, in signal);
        line.Append("} ---");
    }

    private static void AppendOrigin(LineBuffer line, Notation notation, in SignalInfo signal)
    {
        bool isFault = signal.Signal is Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGILL or Signal.SIGFPE or Signal.SIGTRAP;
        if (signal.Code is SI_USER or SI_TKILL)
        {
            AppendSender(line, notation, in signal);
        }
        else if (signal.Code == SI_QUEUE)
        {
            AppendSender(line, notation, in signal);
            AppendValue(line, notation, signal.Value);
        }
        else if (signal.Code == SI_TIMER)
        {
            line.Append(", si_timerid=").AppendDecimal((long)signal.Pid).Append(", si_overrun=").AppendDecimal((ulong)signal.Uid);
            AppendValue(line, notation, signal.Value);
        }
        else if (isFault)
        {
            line.Append(", si_addr=");
            notation.Address(line, signal.Address);
        }
        else if (signal.Signal == Signal.SIGCHLD && signal.Code != SI_KERNEL)
        {
            AppendSender(line, notation, in signal);
            line.Append(", si_status=");
            if (signal.Code == 1)
                line.AppendDecimal((long)(int)signal.Value);
            else
                SignalText.Append(line, (int)signal.Value);
            line.Append(", si_utime=");
            notation.Measure(line, 0);
            line.Append(", si_stime=");
            notation.Measure(line, 0);
        }
    }

    private static void AppendSender(LineBuffer line, Notation notation, in SignalInfo signal)
    {
        line.Append(", si_pid=");
        notation.Pid(line, signal.Pid);
        line.Append(", si_uid=").AppendDecimal((ulong)signal.Uid);
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
            _ => null,
        };
        if (code is > 0 and < SI_KERNEL && formats.Set(specific)?.NameOf((ulong)code) is { } name)
            return name;
        return formats.Set("SignalCode")?.NameOf((ulong)code) ?? $"0x{code:x}";
    }
}

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
        line.Append(' ');
        SignalInfoText.Append(line, notation, formats, in signal);
        line.Append(" ---");
    }
}

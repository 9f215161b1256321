namespace Kpio.Plugins.LinuxAbi.Signals;

/// <summary>
/// Byte offsets of struct rt_sigframe of x86_64 (arch/x86/include/asm/sigframe.h, include/uapi/asm/sigcontext.h and ucontext.h): the
/// address that the handler returns to, ucontext_t, siginfo_t. The extended state lies above it, where mcontext's pointer says.
/// </summary>
internal static class FrameLayout
{
    /// <summary>The whole structure.</summary>
    public const int Size = Info + SignalInfoLayout.Size;

    /// <summary>pretcode.</summary>
    public const int Restorer = 0;

    /// <summary>struct ucontext.</summary>
    public const int Context = 8;

    public const int ContextFlags = Context;
    public const int Stack = Context + 16;
    public const int StackFlags = Stack + 8;
    public const int StackSize = Stack + 16;

    /// <summary>struct sigcontext: r8…r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags.</summary>
    public const int Machine = Context + 40;

    public const int Rip = Machine + 128;
    public const int Flags = Machine + 136;
    public const int CodeSelector = Machine + 144;
    public const int StackSelector = Machine + 150;
    public const int ErrorCode = Machine + 152;
    public const int Vector = Machine + 160;
    public const int OldMask = Machine + 168;
    public const int FaultAddress = Machine + 176;
    public const int ExtendedState = Machine + 184;

    /// <summary>uc_sigmask.</summary>
    public const int Mask = Machine + 256;

    /// <summary>struct siginfo.</summary>
    public const int Info = Mask + 8;

    /// <summary>What a function may use below RSP without moving it (System V ABI, x86_64, 3.2.2).</summary>
    public const ulong RedZone = 128;

    /// <summary>struct _fpx_sw_bytes in the legacy area: magic1, extended_size, xfeatures, xstate_size.</summary>
    public const int Software = 464;

    /// <summary>XSTATE_BV of the header behind the legacy area.</summary>
    public const int Features = 512;

    /// <summary>The legacy area and the header: the least that xstate_size may say.</summary>
    public const uint SmallestState = 576;

    public const uint FP_XSTATE_MAGIC1 = 0x4650_5853;
    public const uint FP_XSTATE_MAGIC2 = 0x4650_5845;
    public const int MagicSize = 4;
}

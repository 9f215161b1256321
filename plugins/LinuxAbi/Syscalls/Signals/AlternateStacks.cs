using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Signals;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>sigaltstack(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong MINSIGSTKSZ = 2048;

    private SysResult Sigaltstack(GuestTask task, UserPointer<StackT> ss, UserPointer<StackT> oldSs)
    {
        StackT wanted = default;
        if (!ss.IsNull && !ss.TryRead(out wanted, out SysResult stop))
            return stop;
        SignalState signals = task.Signals;
        ulong pointer = task.Cpu[GuestRegister.Rsp];
        var old = new StackT { ss_sp = signals.AlternateStack, ss_size = signals.AlternateStackSize, ss_flags = StackFlags(signals, pointer) };
        if (!ss.IsNull)
        {
            Errno error = SetAlternateStack(signals, pointer, new AlternateStack(wanted.ss_sp, wanted.ss_flags, wanted.ss_size));
            if (error != Errno.None)
                return error;
        }

        if (oldSs.IsNull)
            return SysResult.Zero;
        return oldSs.TryWrite(in old, out stop) ? SysResult.Zero : stop;
    }

    /// <summary>EPERM while the pointer is on the stack that would go, EINVAL for unknown flags, ENOMEM for one that is too small.</summary>
    private static Errno SetAlternateStack(SignalState signals, ulong pointer, AlternateStack wanted)
    {
        if (AlternateStack.IsOn(signals, pointer))
            return Errno.EPERM;
        uint mode = wanted.Flags & ~SS_AUTODISARM;
        if (mode is not (0 or SS_ONSTACK or SS_DISABLE))
            return Errno.EINVAL;
        if (mode == SS_DISABLE)
            wanted = wanted with { Start = 0, Size = 0 };
        else if (wanted.Size < MINSIGSTKSZ)
            return Errno.ENOMEM;
        signals.AlternateStack = wanted.Start;
        signals.AlternateStackSize = wanted.Size;
        signals.AlternateStackFlags = wanted.Flags;
        return Errno.None;
    }

    private static uint StackFlags(SignalState signals, ulong pointer)
    {
        uint flags = signals.AlternateStackFlags & SS_AUTODISARM;
        if (signals.AlternateStackSize == 0)
            return flags | SS_DISABLE;
        return flags | (AlternateStack.IsOn(signals, pointer) ? SS_ONSTACK : 0);
    }
}

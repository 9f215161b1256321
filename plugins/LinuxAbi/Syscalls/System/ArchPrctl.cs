using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>arch_prctl(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult ArchPrctl(GuestTask task, int code, ulong address)
    {
        switch (code)
        {
            case ARCH_GET_CPUID:
                return 1;
            case ARCH_SET_CPUID:
                return Errno.ENODEV; // CPUID cannot be made to fault
            default:
                return SetBase(task, task, code, address);
        }
    }

    /// <summary>ARCH_SET_FS, ARCH_GET_FS and the same of GS, of the caller or of a task that it traces (PTRACE_ARCH_PRCTL).</summary>
    private static SysResult SetBase(GuestTask task, GuestTask target, int code, ulong address)
    {
        switch (code)
        {
            case ARCH_SET_FS or ARCH_SET_GS:
                if (address >= UserBuffer.AddressLimit)
                    return Errno.EPERM;
                if (code == ARCH_SET_FS)
                    target.Cpu.FsBase = address;
                else
                    target.Cpu.GsBase = address;
                return SysResult.Zero;
            case ARCH_GET_FS or ARCH_GET_GS:
                ulong value = code == ARCH_GET_FS ? target.Cpu.FsBase : target.Cpu.GsBase;
                return new UserPointer<ulong>(task, address).TryWrite(in value, out SysResult stop) ? SysResult.Zero : stop;
            default:
                return Errno.EINVAL;
        }
    }
}

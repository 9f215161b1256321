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
            case ARCH_SET_FS or ARCH_SET_GS:
                if (address >= UserBuffer.AddressLimit)
                    return Errno.EPERM;
                if (code == ARCH_SET_FS)
                    task.Cpu.FsBase = address;
                else
                    task.Cpu.GsBase = address;
                return SysResult.Zero;
            case ARCH_GET_FS or ARCH_GET_GS:
                ulong value = code == ARCH_GET_FS ? task.Cpu.FsBase : task.Cpu.GsBase;
                return new UserPointer<ulong>(task, address).TryWrite(in value, out SysResult stop) ? SysResult.Zero : stop;
            case ARCH_GET_CPUID:
                return 1;
            case ARCH_SET_CPUID:
                return Errno.ENODEV; // CPUID cannot be made to fault
            default:
                return Errno.EINVAL;
        }
    }
}

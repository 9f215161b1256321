using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>pkey_alloc(2), pkey_free(2) and pkey_mprotect(2), on a processor without protection keys (CPUID says so): pkeys(7).</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint PKEY_ACCESS_MASK = 3;

    private static SysResult PkeyAlloc(GuestTask task, uint flags, uint rights) =>
        flags != 0 || (rights & ~PKEY_ACCESS_MASK) != 0 ? Errno.EINVAL : Errno.ENOSPC;

    private static SysResult PkeyFree(GuestTask task, int pkey) => Errno.EINVAL;

    private SysResult PkeyMprotect(GuestTask task, ulong address, ulong length, ulong prot, int pkey)
    {
        const int NoKey = -1;
        if (pkey == NoKey)
            return Mprotect(task, address, length, prot);

        // The arguments are checked before the key, as do_mprotect_pkey() does.
        ulong rounded = (length + PageMask) & ~PageMask;
        if ((address & PageMask) != 0)
            return Errno.EINVAL;
        if (length == 0)
            return SysResult.Zero;
        return address + rounded <= address ? Errno.ENOMEM : Errno.EINVAL;
    }
}

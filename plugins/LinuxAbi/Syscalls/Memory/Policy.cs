using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>set_mempolicy(2), get_mempolicy(2), mbind(2), migrate_pages(2) and move_pages(2), on a machine of one node: numa(7).</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint MPOL_MODES = 6;
    private const uint MPOL_STATIC_NODES = 1 << 15;
    private const uint MPOL_RELATIVE_NODES = 1 << 14;
    private const uint MPOL_NUMA_BALANCING = 1 << 13;
    private const uint MPOL_MODE_FLAGS = MPOL_STATIC_NODES | MPOL_RELATIVE_NODES | MPOL_NUMA_BALANCING;
    private const uint MPOL_MF_STRICT = 1;
    private const uint MPOL_MF_MOVE = 2;
    private const uint MPOL_MF_MOVE_ALL = 4;

    private SysResult SetMempolicy(GuestTask task, int mode, ulong nodemask, ulong maxnode)
    {
        if (!TryReadPolicy(task, (uint)mode, nodemask, maxnode, out ulong nodes, out SysResult stop))
            return stop;
        task.Group.ProcessControls[ProcessControlKeys.MemoryPolicy] = (uint)mode | (nodes << 32);
        return SysResult.Zero;
    }

    private SysResult GetMempolicy(GuestTask task, UserPointer<int> mode, ulong nodemask, ulong maxnode, ulong address, ulong flags)
    {
        if (nodemask != 0 && maxnode < 1)
            return Errno.EINVAL;
        if ((flags & ~(ulong)(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED)) != 0)
            return Errno.EINVAL;
        ulong policy = task.Group.ProcessControls.GetValueOrDefault(ProcessControlKeys.MemoryPolicy);
        uint shown = (uint)policy;
        ulong nodes = policy >> 32;
        bool asksNode = (flags & MPOL_F_NODE) != 0;
        if ((flags & MPOL_F_MEMS_ALLOWED) != 0)
        {
            if (asksNode || (flags & MPOL_F_ADDR) != 0)
                return Errno.EINVAL;
            (shown, nodes) = (0, 1);
        }
        else if ((flags & MPOL_F_ADDR) != 0)
        {
            if (!IsMapped(task, address & ~PageMask, 1))
                return Errno.EFAULT;
            if (asksNode)
                shown = 0;
        }
        else if (address != 0)
        {
            return Errno.EINVAL;
        }
        else if (asksNode)
        {
            if ((shown & ~MPOL_MODE_FLAGS) != MPOL_INTERLEAVE)
                return Errno.EINVAL;
            shown = 0;
        }

        int value = (int)shown;
        if (!mode.IsNull && !mode.TryWrite(in value, out SysResult stop))
            return stop;
        return nodemask == 0 || new UserPointer<ulong>(task, nodemask).TryWrite(in nodes, out stop) ? SysResult.Zero : stop;
    }

    private SysResult Mbind(GuestTask task, ulong address, ulong length, int mode, ulong nodemask, ulong maxnode, uint flags)
    {
        if ((flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) != 0)
            return Errno.EINVAL;
        if (!TryReadPolicy(task, (uint)mode, nodemask, maxnode, out _, out SysResult stop))
            return stop;
        if ((flags & MPOL_MF_MOVE_ALL) != 0 && !task.Credentials.IsPrivileged)
            return Errno.EPERM;
        if ((address & PageMask) != 0)
            return Errno.EINVAL;
        ulong rounded = (length + PageMask) & ~PageMask;
        if (address + rounded < address)
            return Errno.EINVAL;
        return rounded == 0 || IsMapped(task, address, rounded) ? SysResult.Zero : Errno.EFAULT;
    }

    private SysResult MigratePages(GuestTask task, int pid, ulong maxnode, ulong old, ulong @new)
    {
        if (!TryReadNodes(task, old, maxnode, out _, out SysResult stop) || !TryReadNodes(task, @new, maxnode, out ulong wanted, out stop))
            return stop;
        if (pid != 0 && _tasks.Find(pid) is not { } target)
            return Errno.ESRCH;
        return (wanted & 1) == 0 ? Errno.EINVAL : SysResult.Zero;
    }

    /// <summary>Reads a policy's nodes: ENODEV and EINVAL as mm/mempolicy.c has them when there is node 0 alone.</summary>
    private static bool TryReadPolicy(GuestTask task, uint mode, ulong nodemask, ulong maxnode, out ulong nodes, out SysResult stop)
    {
        nodes = 0;
        stop = Errno.EINVAL;
        uint flags = mode & MPOL_MODE_FLAGS;
        uint policy = mode & ~MPOL_MODE_FLAGS;
        if (policy >= MPOL_MODES || (flags & (MPOL_STATIC_NODES | MPOL_RELATIVE_NODES)) == (MPOL_STATIC_NODES | MPOL_RELATIVE_NODES))
            return false;
        if ((flags & MPOL_NUMA_BALANCING) != 0 && policy != MPOL_BIND)
            return false;
        if (!TryReadNodes(task, nodemask, maxnode, out nodes, out stop))
            return false;
        stop = Errno.EINVAL;
        return policy switch
        {
            MPOL_DEFAULT => nodes == 0 && flags == 0,
            MPOL_PREFERRED => nodes != 0 || flags == 0,
            MPOL_LOCAL => nodes == 0 && flags == 0,
            _ => nodes != 0,
        };
    }

    private static bool TryReadNodes(GuestTask task, ulong nodemask, ulong maxnode, out ulong nodes, out SysResult stop)
    {
        // As in get_nodes(): the number counts one more than there are bits; what lies behind the nodes that can be must be 0.
        const ulong MostBits = 4096 * 8;
        nodes = 0;
        stop = default;
        maxnode--;
        if (maxnode == 0 || nodemask == 0 || maxnode == ulong.MaxValue)
            return true;
        stop = Errno.EINVAL;
        if (maxnode > MostBits)
            return false;
        for (ulong bit = 0; bit < maxnode; bit += 64)
        {
            if (!new UserPointer<ulong>(task, nodemask + (bit / 8)).TryRead(out ulong word, out stop))
                return false;
            if (maxnode - bit < 64)
                word &= (1UL << (int)(maxnode - bit)) - 1;
            stop = Errno.EINVAL;
            if (bit != 0 ? word != 0 : (word & ~1UL) != 0)
                return false;
            nodes |= bit == 0 ? word : 0;
        }

        return true;
    }

    private bool IsMapped(GuestTask task, ulong address, ulong length)
    {
        ulong end = address + length;
        foreach (Kpio.Contracts.Memory.MemoryRegion region in _spaces.Current.GetRegions(task.Group.AddressSpace))
        {
            if (region.End <= address)
                continue;
            if (region.Start > address)
                return false;
            address = region.End;
            if (address >= end)
                return true;
        }

        return false;
    }
}

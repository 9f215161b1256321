using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>What a process directory holds.</summary>
internal enum ProcEntry : byte
{
    /// <summary>Not of a process: one of the fixed files.</summary>
    None,
    Directory,
    Auxv,
    Cgroup,
    Cmdline,
    Comm,
    Cwd,
    Environ,
    Exe,
    Fd,
    Fdinfo,
    Io,
    Limits,
    Maps,
    Smaps,
    MountInfo,
    Mounts,
    OomScoreAdj,
    Root,
    Stat,
    Statm,
    Status,
    Task,

    /// <summary>/proc/PID/fd/N.</summary>
    FdLink,

    /// <summary>/proc/PID/fdinfo/N.</summary>
    FdinfoFile,
    Loginuid,
    Sessionid,
    CoredumpFilter,
    Mem,
    OomScore,
    Personality,
    SmapsRollup,
    Syscall,
    Wchan,
    Net,

    /// <summary>/proc/PID/net/NAME: its index stands where a descriptor does.</summary>
    NetFile,
}

/// <summary>A node of /proc as its number says it: nothing is kept for it. Fixed nodes have small numbers.</summary>
/// <param name="Fixed">The fixed node's index, when it is one.</param>
/// <param name="Entry">What it is of a process.</param>
/// <param name="Tid">The process, or thread.</param>
/// <param name="IsThread">Whether it lies below a task directory.</param>
/// <param name="Fd">The descriptor, or the index of a file below net.</param>
internal readonly record struct ProcNode(int Fixed, ProcEntry Entry, int Tid, bool IsThread, int Fd)
{
    private const ulong ProcessFlag = 1UL << 62;

    public static ProcNode Of(int @fixed) => new(@fixed, ProcEntry.None, 0, false, 0);

    public static ProcNode Of(ProcEntry entry, int tid, bool isThread, int fd = 0) => new(0, entry, tid, isThread, fd);

    public static ProcNode Parse(NodeId id)
    {
        ulong value = id.Value;
        if ((value & ProcessFlag) == 0)
            return Of((int)Math.Min(value, int.MaxValue));
        return new ProcNode(0, (ProcEntry)(value & 0xFF), (int)(value >> 9 & 0x3FFFFF), (value >> 8 & 1) != 0, (int)(value >> 32 & 0xFFFFFF));
    }

    public NodeId Id => Entry == ProcEntry.None
        ? new NodeId((ulong)Fixed)
        : new NodeId(ProcessFlag | (ulong)Entry | (IsThread ? 0x100UL : 0) | ((ulong)Tid << 9) | ((ulong)Fd << 32));

    /// <summary>st_ino: the fixed nodes' own, the others far above.</summary>
    public ulong Inode => Entry == ProcEntry.None ? (ulong)Fixed : Id.Value;
}

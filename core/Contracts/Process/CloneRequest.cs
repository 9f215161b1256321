namespace Kpio.Contracts.Process;

/// <summary>What a new task shares with its maker, and how it starts, by Linux's values (clone(2)). The low byte of clone(2)'s argument, its exit signal, is not part of it.</summary>
[Flags]
public enum CloneFlags : ulong
{
#pragma warning disable CS1591 // clone(2) documents each.
    None = 0,
    CLONE_NEWTIME = 0x80,
    CLONE_VM = 0x100,
    CLONE_FS = 0x200,
    CLONE_FILES = 0x400,
    CLONE_SIGHAND = 0x800,
    CLONE_PIDFD = 0x1000,
    CLONE_PTRACE = 0x2000,
    CLONE_VFORK = 0x4000,
    CLONE_PARENT = 0x8000,
    CLONE_THREAD = 0x1_0000,
    CLONE_NEWNS = 0x2_0000,
    CLONE_SYSVSEM = 0x4_0000,
    CLONE_SETTLS = 0x8_0000,
    CLONE_PARENT_SETTID = 0x10_0000,
    CLONE_CHILD_CLEARTID = 0x20_0000,
    CLONE_DETACHED = 0x40_0000,
    CLONE_UNTRACED = 0x80_0000,
    CLONE_CHILD_SETTID = 0x100_0000,
    CLONE_NEWCGROUP = 0x200_0000,
    CLONE_NEWUTS = 0x400_0000,
    CLONE_NEWIPC = 0x800_0000,
    CLONE_NEWUSER = 0x1000_0000,
    CLONE_NEWPID = 0x2000_0000,
    CLONE_NEWNET = 0x4000_0000,
    CLONE_IO = 0x8000_0000,
    CLONE_CLEAR_SIGHAND = 0x1_0000_0000,
    CLONE_INTO_CGROUP = 0x2_0000_0000,
#pragma warning restore CS1591
}

/// <summary>Sets of <see cref="CloneFlags"/>.</summary>
public static class CloneFlagSets
{
    /// <summary>What asks for a namespace (namespaces(7)).</summary>
    public const CloneFlags Namespaces = CloneFlags.CLONE_NEWTIME | CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWUTS
        | CloneFlags.CLONE_NEWIPC | CloneFlags.CLONE_NEWUSER | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET;
}

/// <summary>A task to be made (fork(2), vfork(2), clone(2), clone3(2)).</summary>
/// <param name="Flags">What it shares and how it starts.</param>
/// <param name="ExitSignal">What its parent gets when it ends; none for threads, and for children that only <c>__WCLONE</c> and <c>__WALL</c> wait for.</param>
/// <param name="Stack">Its RSP; 0 keeps the maker's.</param>
/// <param name="ParentTid">Where CLONE_PARENT_SETTID writes the tid, in the maker's memory.</param>
/// <param name="ChildTid">Where CLONE_CHILD_SETTID writes the tid, in the new task's memory, and what CLONE_CHILD_CLEARTID clears at its end.</param>
/// <param name="Tls">Its FS base, with CLONE_SETTLS.</param>
/// <param name="PidFd">Where CLONE_PIDFD writes a descriptor of the new process.</param>
/// <param name="SetTid">The tid that it must have; 0 for any.</param>
public readonly record struct CloneRequest(
    CloneFlags Flags,
    Signal ExitSignal,
    ulong Stack = 0,
    ulong ParentTid = 0,
    ulong ChildTid = 0,
    ulong Tls = 0,
    ulong PidFd = 0,
    int SetTid = 0);

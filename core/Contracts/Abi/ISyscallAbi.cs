using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>A system call interface: numbers to handlers, and the description of both. The LinuxAbi plugin is one; variants are layers over it.</summary>
public interface ISyscallAbi
{
    /// <summary>The interface's name: <c>linux</c>, <c>kpio-tier-a</c>.</summary>
    string Name { get; }

    /// <summary>Enters a call's handler: for the first time, or again after a wait (<see cref="GuestTask.Restart"/> tells which).</summary>
    SysResult Invoke(GuestTask task, in SyscallFrame frame);

    /// <summary>The description of a number; null for one that Linux does not have either.</summary>
    SyscallInfo? Describe(uint number);

    /// <summary>Everything that is described.</summary>
    AbiCatalog Catalog { get; }
}

/// <summary>A variant of an interface: given the interface below, it answers the one on top. Every service of this type that a plugin registers can be chosen by its name.</summary>
public interface ISyscallLayer
{
    /// <summary>The layer's name, for <c>--abi</c>.</summary>
    string Name { get; }

    /// <summary>Puts the layer on top of <paramref name="below"/>.</summary>
    ISyscallAbi Stack(ISyscallAbi below);
}

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.State;

/// <summary>Base of the data of files that stand for something else of the kernel's than a node of a tree.</summary>
public abstract record SpecialFileState;

/// <summary>An event counter (eventfd(2)).</summary>
public sealed record EventCounterState : SpecialFileState
{
    /// <summary>Its value.</summary>
    public required ulong Value { get; init; }

    /// <summary>EFD_SEMAPHORE.</summary>
    public required bool IsSemaphore { get; init; }
}

/// <summary>A collector of readiness (epoll(7)).</summary>
public sealed record EventPollState : SpecialFileState
{
    /// <summary>Its entries; those that may be ready first, in their order.</summary>
    public required IReadOnlyList<EventPollEntryState> Entries { get; init; }
}

/// <summary>An entry of a collector of readiness.</summary>
/// <param name="Fd">The descriptor's number when it was added.</param>
/// <param name="File">The open file.</param>
/// <param name="Key">The key whose wakes tell of the file.</param>
/// <param name="Events">EPOLL* bits.</param>
/// <param name="Data">What it was added with.</param>
/// <param name="IsListed">Whether it may be ready.</param>
public sealed record EventPollEntryState(int Fd, FileId File, WaitKey Key, uint Events, ulong Data, bool IsListed);

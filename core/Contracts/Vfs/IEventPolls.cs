using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>What epoll_ctl(2) does, by Linux's values.</summary>
public enum EventPollOperation : byte
{
    /// <summary>EPOLL_CTL_ADD.</summary>
    Add = 1,

    /// <summary>EPOLL_CTL_DEL.</summary>
    Remove = 2,

    /// <summary>EPOLL_CTL_MOD.</summary>
    Modify = 3,
}

/// <summary>An event that epoll_wait(2) answers.</summary>
/// <param name="Events">The readiness: EPOLL* bits, which are poll(2)'s.</param>
/// <param name="Data">What the entry was added with.</param>
public readonly record struct EventPollEvent(uint Events, ulong Data);

/// <summary>
/// Files that collect the readiness of others (epoll(7)). An entry is known by its descriptor's number and its open file together, holds no
/// reference, and goes when the file is closed. Finding out what is ready costs as much as there is ready, not as much as is watched.
/// </summary>
public interface IEventPolls
{
    /// <summary>Makes one, with one reference (epoll_create1(2)).</summary>
    Result<FileId> Create();

    /// <summary>
    /// Adds, changes or removes the entry of a descriptor (epoll_ctl(2)). EINVAL when <paramref name="poll"/> is no such file, EPERM for
    /// files that are always ready, EEXIST, ENOENT, ELOOP.
    /// </summary>
    Errno Control(GuestTask task, FileId poll, EventPollOperation operation, int fd, FileId file, in EventPollEvent entry);

    /// <summary>Takes what is ready, at most as much as there is room for; 0 when nothing is. EINVAL when <paramref name="poll"/> is no such file.</summary>
    Result<int> Collect(GuestTask task, FileId poll, Span<EventPollEvent> events);
}

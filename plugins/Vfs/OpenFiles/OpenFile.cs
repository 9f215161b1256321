using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Events;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>An open file description (open(2)). The objects are used again when their file is closed; <see cref="Id"/> tells a stale id.</summary>
internal sealed class OpenFile
{
    public FileId Id { get; set; }

    public int References { get; set; }

    public FileDriver Driver { get; set; } = null!;

    /// <summary>The mount that it lies in; null for a pipe without a name and a stream of the host.</summary>
    public Mount? Mount { get; set; }

    public NodeId Node { get; set; }

    public OpenFlags Flags { get; set; }

    public long Position { get; set; }

    public bool CanRead { get; set; }

    public bool CanWrite { get; set; }

    public bool IsDirectory { get; set; }

    public Pipe? Pipe { get; set; }

    /// <summary>How often the other side of the pipe had been opened before this one.</summary>
    public int PartnersBefore { get; set; }

    /// <summary>The stream of the host that is read, or written when the file is opened for writing alone.</summary>
    public HostFileId Stream { get; set; }

    public ulong Device { get; set; }

    /// <summary>Content that was generated.</summary>
    public byte[]? Content { get; set; }

    /// <summary>What a <see cref="SpecialDriver"/>, or a driver of terminals, keeps of the file.</summary>
    public object? Special { get; set; }

    /// <summary>Whether it was ever locked: then closing it has to look for its locks.</summary>
    public bool HasLocks { get; set; }

    /// <summary>Entries of epoll files for this one; null for none.</summary>
    public List<EventPollEntry>? WatchedBy { get; set; }

    /// <summary>Who is sent a signal when it becomes ready; null when nothing was ever said about it.</summary>
    public FileSignalState? Signals { get; set; }

    /// <summary>Whether its file may not be written because it is a program that runs.</summary>
    public bool DeniesWriters { get; set; }

    /// <summary>The lease that it has; null for none.</summary>
    public FileLeaseState? Lease { get; set; }

    /// <summary>What is to be told of a directory; null for nothing.</summary>
    public List<DirectoryNoticeState>? Notices { get; set; }

    /// <summary>How often a stream of the host was read from.</summary>
    public int Reads { get; set; }
}

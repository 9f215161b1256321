using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.OpenFiles.Leases;

/// <summary>The leases of all open files (fcntl(2), F_SETLEASE): while nobody has one, opening costs one test.</summary>
internal sealed class FileLeases
{
    /// <summary>/proc/sys/fs/lease-break-time.</summary>
    public const int BreakSeconds = 45;

    private readonly OpenFileTable _files;
    private readonly FileWakes _wakes;
    private readonly IKernelClock _clock;
    private readonly PlainList<OpenFile> _holders = new();

    public FileLeases(OpenFileTable files, FileWakes wakes, IKernelClock clock)
    {
        _files = files;
        _wakes = wakes;
        _clock = clock;
    }

    /// <summary>Puts a lease in place of what the file has. The caller has checked who asks and of what.</summary>
    public Errno Set(OpenFile file, int descriptor, LeaseKind kind)
    {
        if (kind == LeaseKind.None)
        {
            if (file.Lease is null)
                return Errno.EAGAIN;
            Drop(file);
            return Errno.None;
        }

        bool wantsWrite = kind == LeaseKind.Write;
        foreach (OpenFile other in _files.All())
        {
            if (other.Mount != file.Mount || other.Node != file.Node || (other.Flags & OpenFlags.O_PATH) != 0)
                continue;
            bool inTheWay = wantsWrite ? other != file : other.CanWrite;
            if (inTheWay || (other != file && other.Lease is { IsUnlockPending: true }))
                return Errno.EAGAIN;
        }

        // Who waits for it counts as having the file open.
        if (file.Lease is { IsUnlockPending: true } || (wantsWrite && file.Lease is { IsDowngradePending: true }))
            return Errno.EAGAIN;
        if (file.Lease is null)
            _holders.Add(file);
        int told = file.Lease?.Descriptor ?? descriptor;
        file.Lease = new FileLeaseState(wantsWrite, told);
        Wake(file);
        return Errno.None;
    }

    public LeaseKind Get(OpenFile file)
    {
        if (file.Lease is { } lease && IsOver(lease))
            TimeOut(file);
        return file.Lease switch
        {
            null or { IsUnlockPending: true } => LeaseKind.None,
            { IsDowngradePending: true } or { IsWrite: false } => LeaseKind.Read,
            _ => LeaseKind.Write,
        };
    }

    /// <summary>
    /// Somebody is about to open or truncate a file: EAGAIN while a lease is in the way, whose holder is told; how long it has is noted in the
    /// task's <see cref="GuestTask.Restart"/>.
    /// </summary>
    public Errno Break(GuestTask? task, Mount mount, NodeId node, bool writes)
    {
        if (_holders.Count == 0)
            return Errno.None;
        OpenFile? first = null;
        for (int i = _holders.Count - 1; i >= 0; i--)
        {
            OpenFile holder = _holders[i];
            if (holder.Mount != mount || holder.Node != node)
                continue;
            if (IsOver(holder.Lease!))
                TimeOut(holder);
            if (holder.Lease is not { } lease || (!writes && !lease.IsWrite))
                continue;
            first = holder;
            if (writes ? lease.IsUnlockPending : lease.IsUnlockPending || lease.IsDowngradePending)
                continue;
            long deadline = Now + (BreakSeconds * 1_000_000_000L);
            holder.Lease = writes
                ? lease with { IsUnlockPending = true, UnlockAt = deadline }
                : lease with { IsDowngradePending = true, DowngradeAt = deadline };
            if (holder.Signals is { } owner)
                _wakes.Signals.Send(owner, lease.Descriptor, FileBand.Message);
        }

        if (first is null)
            return Errno.None;
        if (task is not null)
        {
            task.Restart.Extra = first.Id.Value;
            task.Restart.DeadlineNanoseconds = first.Lease!.IsUnlockPending ? first.Lease.UnlockAt : first.Lease.DowngradeAt;
        }

        return Errno.EAGAIN;
    }

    /// <summary>The file is closed.</summary>
    public void Forget(OpenFile file)
    {
        if (file.Lease is not null)
            Drop(file);
    }

    public void Restore(OpenFile file, FileLeaseState? lease)
    {
        file.Lease = lease;
        if (lease is not null)
            _holders.Add(file);
    }

    private long Now => _clock.Now(ClockId.CLOCK_MONOTONIC).ValueOrDefault;

    private bool IsOver(FileLeaseState lease) =>
        (lease.IsUnlockPending && Now >= lease.UnlockAt) || (lease.IsDowngradePending && Now >= lease.DowngradeAt);

    private void TimeOut(OpenFile file)
    {
        FileLeaseState lease = file.Lease!;
        if (lease.IsUnlockPending && Now >= lease.UnlockAt)
        {
            Drop(file);
            return;
        }

        file.Lease = lease with { IsWrite = false, IsDowngradePending = false };
        Wake(file);
    }

    // The owner and the signal's number go with the lease (lease_modify).
    private void Drop(OpenFile file)
    {
        file.Lease = null;
        _holders.Remove(file);
        if (file.Signals is { } signals)
            file.Signals = signals with { Owner = default, Signal = Signal.None };
        Wake(file);
    }

    private void Wake(OpenFile file) => _wakes.Queues.Wake(new WaitKey(WaitKind.Lease, (ulong)file.Id.Value));
}

using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>/proc/PID/mem (proc(5)): a process's memory by its addresses. What is there may be read; text is written too, and becomes the process's own.</summary>
internal sealed class ProcessMemory
{
    private const int PR_SET_DUMPABLE = 4;
    private const ulong PageSize = 4096;

    private readonly Slot<IAddressSpaces>? _spaces;

    public ProcessMemory(Slot<IAddressSpaces>? spaces) => _spaces = spaces;

    /// <summary>ptrace(2), "Ptrace access mode checking", PTRACE_MODE_FSCREDS.</summary>
    public static bool MayAccess(GuestTask task, GuestTask owner)
    {
        Credentials who = task.Credentials;
        Credentials whose = owner.Credentials;
        if (ReferenceEquals(task.Group, owner.Group) || who.IsPrivileged)
            return true;
        bool isSame = who.FileSystemUser == whose.RealUser && who.FileSystemUser == whose.EffectiveUser && who.FileSystemUser == whose.SavedUser
            && who.FileSystemGroup == whose.RealGroup && who.FileSystemGroup == whose.EffectiveGroup && who.FileSystemGroup == whose.SavedGroup;
        return isSame && IsDumpable(owner.Group);
    }

    /// <summary>Whether the process may be looked into by its user: else what /proc has of it is root's (prctl(2), PR_SET_DUMPABLE).</summary>
    public static bool IsDumpable(ThreadGroup group) => !group.ProcessControls.TryGetValue(PR_SET_DUMPABLE, out ulong dumpable) || dumpable == 1;

    /// <summary>Reads up to the first page that is not there; EIO when that is the first.</summary>
    public static Result<int> Read(GuestTask owner, ulong address, Span<byte> destination)
    {
        if (IsGone(owner))
            return 0;
        int done = 0;
        while (done < destination.Length)
        {
            int count = (int)Math.Min((ulong)(destination.Length - done), PageSize - (address & (PageSize - 1)));
            if (!owner.Memory.TryRead(owner, address, destination.Slice(done, count), out _))
                break;
            done += count;
            address += (ulong)count;
        }

        return done > 0 || destination.IsEmpty ? done : Errno.EIO;
    }

    /// <summary>Writes up to the first page that is not there, or is shared and read-only; EIO when that is the first.</summary>
    public Result<int> Write(GuestTask owner, ulong address, ReadOnlySpan<byte> source)
    {
        if (IsGone(owner))
            return 0;
        int done = 0;
        while (done < source.Length)
        {
            int count = (int)Math.Min((ulong)(source.Length - done), PageSize - (address & (PageSize - 1)));
            ReadOnlySpan<byte> part = source.Slice(done, count);
            if (!owner.Memory.TryWrite(owner, address, part, out _) && !Force(owner, address, part))
                break;
            done += count;
            address += (ulong)count;
        }

        return done > 0 || source.IsEmpty ? done : Errno.EIO;
    }

    private static bool IsGone(GuestTask owner) => owner.State is TaskState.Zombie or TaskState.Dead || owner.Group.AddressSpace.IsNone;

    private bool Force(GuestTask owner, ulong address, ReadOnlySpan<byte> part)
    {
        if (_spaces is not { IsBound: true })
            return false;
        foreach (MemoryRegion region in _spaces.Current.GetRegions(owner.Group.AddressSpace))
        {
            if (address < region.Start || address >= region.End)
                continue;
            bool isShared = (region.Flags & MapFlags.MAP_TYPE) is MapFlags.MAP_SHARED or MapFlags.MAP_SHARED_VALIDATE;
            return !isShared && _spaces.Current.Write(owner.Group.AddressSpace, address, part) == Errno.None;
        }

        return false;
    }
}

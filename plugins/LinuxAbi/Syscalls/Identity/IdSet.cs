using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>A task's four ids of one kind, users' or groups', and the rules by which they change: the same for both (credentials(7)).</summary>
internal readonly struct IdSet(uint real, uint effective, uint saved, uint fileSystem)
{
    /// <summary>-1: leave the id as it is.</summary>
    public const uint Unchanged = uint.MaxValue;

    public uint Real { get; } = real;

    public uint Effective { get; } = effective;

    public uint Saved { get; } = saved;

    public uint FileSystem { get; } = fileSystem;

    /// <summary>setuid(2).</summary>
    public Errno Set(uint id, bool isPrivileged, out IdSet changed)
    {
        changed = isPrivileged ? new IdSet(id, id, id, id) : new IdSet(Real, id, Saved, id);
        if (id == Unchanged)
            return Errno.EINVAL;
        return isPrivileged || id == Real || id == Saved ? Errno.None : Errno.EPERM;
    }

    /// <summary>setreuid(2).</summary>
    public Errno Set(uint newReal, uint newEffective, bool isPrivileged, out IdSet changed)
    {
        uint effectiveThen = newEffective == Unchanged ? Effective : newEffective;
        bool savesEffective = newReal != Unchanged || (newEffective != Unchanged && newEffective != Real);
        changed = new IdSet(newReal == Unchanged ? Real : newReal, effectiveThen, savesEffective ? effectiveThen : Saved, effectiveThen);
        bool isAllowed = isPrivileged || ((newReal == Unchanged || newReal == Real || newReal == Effective) && MayTake(newEffective));
        return isAllowed ? Errno.None : Errno.EPERM;
    }

    /// <summary>setresuid(2).</summary>
    public Errno Set(uint newReal, uint newEffective, uint newSaved, bool isPrivileged, out IdSet changed)
    {
        uint effectiveThen = newEffective == Unchanged ? Effective : newEffective;
        changed = new IdSet(newReal == Unchanged ? Real : newReal, effectiveThen, newSaved == Unchanged ? Saved : newSaved, effectiveThen);
        return isPrivileged || (MayTake(newReal) && MayTake(newEffective) && MayTake(newSaved)) ? Errno.None : Errno.EPERM;
    }

    /// <summary>setfsuid(2), which has no error: what may not be is not done.</summary>
    public IdSet SetFileSystem(uint id, bool isPrivileged) =>
        id != Unchanged && (isPrivileged || MayTake(id) || id == FileSystem) ? new IdSet(Real, Effective, Saved, id) : this;

    private bool MayTake(uint id) => id == Unchanged || id == Real || id == Effective || id == Saved;
}

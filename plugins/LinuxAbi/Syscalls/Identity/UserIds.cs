using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getuid(2), setuid(2), setreuid(2), setresuid(2), setfsuid(2) and the same for groups (credentials(7)).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>-1: leave the id as it is.</summary>
    private const uint Unchanged = uint.MaxValue;

    private SysResult Getuid(GuestTask task) => task.Credentials.RealUser;

    private SysResult Geteuid(GuestTask task) => task.Credentials.EffectiveUser;

    private SysResult Getgid(GuestTask task) => task.Credentials.RealGroup;

    private SysResult Getegid(GuestTask task) => task.Credentials.EffectiveGroup;

    private SysResult Setuid(GuestTask task, uint uid)
    {
        Credentials c = task.Credentials;
        if (uid == Unchanged)
            return Errno.EINVAL;
        if (c.IsPrivileged)
            c = c with { RealUser = uid, SavedUser = uid };
        else if (uid != c.RealUser && uid != c.SavedUser)
            return Errno.EPERM;
        task.Credentials = c with { EffectiveUser = uid, FileSystemUser = uid };
        return SysResult.Zero;
    }

    private SysResult Setgid(GuestTask task, uint gid)
    {
        Credentials c = task.Credentials;
        if (gid == Unchanged)
            return Errno.EINVAL;
        if (c.IsPrivileged)
            c = c with { RealGroup = gid, SavedGroup = gid };
        else if (gid != c.RealGroup && gid != c.SavedGroup)
            return Errno.EPERM;
        task.Credentials = c with { EffectiveGroup = gid, FileSystemGroup = gid };
        return SysResult.Zero;
    }

    private SysResult Setreuid(GuestTask task, uint ruid, uint euid)
    {
        Credentials c = task.Credentials;
        if (ruid != Unchanged && !c.IsPrivileged && ruid != c.RealUser && ruid != c.EffectiveUser)
            return Errno.EPERM;
        if (euid != Unchanged && !c.IsPrivileged && euid != c.RealUser && euid != c.EffectiveUser && euid != c.SavedUser)
            return Errno.EPERM;
        uint real = ruid == Unchanged ? c.RealUser : ruid;
        uint effective = euid == Unchanged ? c.EffectiveUser : euid;
        uint saved = ruid != Unchanged || (euid != Unchanged && euid != c.RealUser) ? effective : c.SavedUser;
        task.Credentials = c with { RealUser = real, EffectiveUser = effective, SavedUser = saved, FileSystemUser = effective };
        return SysResult.Zero;
    }

    private SysResult Setregid(GuestTask task, uint rgid, uint egid)
    {
        Credentials c = task.Credentials;
        if (rgid != Unchanged && !c.IsPrivileged && rgid != c.RealGroup && rgid != c.EffectiveGroup)
            return Errno.EPERM;
        if (egid != Unchanged && !c.IsPrivileged && egid != c.RealGroup && egid != c.EffectiveGroup && egid != c.SavedGroup)
            return Errno.EPERM;
        uint real = rgid == Unchanged ? c.RealGroup : rgid;
        uint effective = egid == Unchanged ? c.EffectiveGroup : egid;
        uint saved = rgid != Unchanged || (egid != Unchanged && egid != c.RealGroup) ? effective : c.SavedGroup;
        task.Credentials = c with { RealGroup = real, EffectiveGroup = effective, SavedGroup = saved, FileSystemGroup = effective };
        return SysResult.Zero;
    }

    private SysResult Setresuid(GuestTask task, uint ruid, uint euid, uint suid)
    {
        Credentials c = task.Credentials;
        bool May(uint id) => id == Unchanged || c.IsPrivileged || id == c.RealUser || id == c.EffectiveUser || id == c.SavedUser;
        if (!May(ruid) || !May(euid) || !May(suid))
            return Errno.EPERM;
        uint effective = euid == Unchanged ? c.EffectiveUser : euid;
        task.Credentials = c with
        {
            RealUser = ruid == Unchanged ? c.RealUser : ruid,
            EffectiveUser = effective,
            SavedUser = suid == Unchanged ? c.SavedUser : suid,
            FileSystemUser = effective,
        };
        return SysResult.Zero;
    }

    private SysResult Setresgid(GuestTask task, uint rgid, uint egid, uint sgid)
    {
        Credentials c = task.Credentials;
        bool May(uint id) => id == Unchanged || c.IsPrivileged || id == c.RealGroup || id == c.EffectiveGroup || id == c.SavedGroup;
        if (!May(rgid) || !May(egid) || !May(sgid))
            return Errno.EPERM;
        uint effective = egid == Unchanged ? c.EffectiveGroup : egid;
        task.Credentials = c with
        {
            RealGroup = rgid == Unchanged ? c.RealGroup : rgid,
            EffectiveGroup = effective,
            SavedGroup = sgid == Unchanged ? c.SavedGroup : sgid,
            FileSystemGroup = effective,
        };
        return SysResult.Zero;
    }

    private SysResult Getresuid(GuestTask task, UserPointer<uint> ruid, UserPointer<uint> euid, UserPointer<uint> suid)
    {
        Credentials c = task.Credentials;
        return WriteThree(ruid, c.RealUser, euid, c.EffectiveUser, suid, c.SavedUser);
    }

    private SysResult Getresgid(GuestTask task, UserPointer<uint> rgid, UserPointer<uint> egid, UserPointer<uint> sgid)
    {
        Credentials c = task.Credentials;
        return WriteThree(rgid, c.RealGroup, egid, c.EffectiveGroup, sgid, c.SavedGroup);
    }

    private static SysResult WriteThree(UserPointer<uint> first, uint a, UserPointer<uint> second, uint b, UserPointer<uint> third, uint c) =>
        first.TryWrite(in a, out SysResult stop) && second.TryWrite(in b, out stop) && third.TryWrite(in c, out stop) ? SysResult.Zero : stop;

    /// <summary>setfsuid(2) has no error: the old id is the answer in every case.</summary>
    private SysResult Setfsuid(GuestTask task, uint uid)
    {
        Credentials c = task.Credentials;
        if (uid != Unchanged && (c.IsPrivileged || uid == c.RealUser || uid == c.EffectiveUser || uid == c.SavedUser || uid == c.FileSystemUser))
            task.Credentials = c with { FileSystemUser = uid };
        return c.FileSystemUser;
    }

    private SysResult Setfsgid(GuestTask task, uint gid)
    {
        Credentials c = task.Credentials;
        if (gid != Unchanged && (c.IsPrivileged || gid == c.RealGroup || gid == c.EffectiveGroup || gid == c.SavedGroup || gid == c.FileSystemGroup))
            task.Credentials = c with { FileSystemGroup = gid };
        return c.FileSystemGroup;
    }

    private SysResult Getgroups(GuestTask task, int size, ulong list)
    {
        IReadOnlyList<uint> groups = task.Credentials.Groups;
        if (size < 0)
            return Errno.EINVAL;
        if (size == 0)
            return groups.Count;
        if (groups.Count > size)
            return Errno.EINVAL;
        var pointer = new UserPointer<uint>(task, list);
        for (int i = 0; i < groups.Count; i++)
        {
            if (!pointer.At(i).TryWrite(groups[i], out SysResult stop))
                return stop;
        }

        return groups.Count;
    }

    private SysResult Setgroups(GuestTask task, int size, ulong list)
    {
        const int Most = 65536; // NGROUPS_MAX
        if (!task.Credentials.IsPrivileged)
            return Errno.EPERM;
        if ((uint)size > Most)
            return Errno.EINVAL;
        var groups = new uint[size];
        var pointer = new UserPointer<uint>(task, list);
        for (int i = 0; i < size; i++)
        {
            if (!pointer.At(i).TryRead(out groups[i], out SysResult stop))
                return stop;
        }

        Array.Sort(groups);
        task.Credentials = task.Credentials with { Groups = groups };
        return SysResult.Zero;
    }
}

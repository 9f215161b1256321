using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getuid(2), setuid(2), setreuid(2), setresuid(2), setfsuid(2) and the same for groups (credentials(7)).</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong SUID_DUMP_DISABLE = 0;
    private const uint Unchanged = IdSet.Unchanged;

    private SysResult Getuid(GuestTask task) => task.Credentials.RealUser;

    private SysResult Geteuid(GuestTask task) => task.Credentials.EffectiveUser;

    private SysResult Getgid(GuestTask task) => task.Credentials.RealGroup;

    private SysResult Getegid(GuestTask task) => task.Credentials.EffectiveGroup;

    private SysResult Setuid(GuestTask task, uint uid) => ChangeUsers(task, UsersOf(task).Set(uid, task.Credentials.IsPrivileged, out IdSet ids), ids);

    private SysResult Setreuid(GuestTask task, uint ruid, uint euid) =>
        ChangeUsers(task, UsersOf(task).Set(ruid, euid, task.Credentials.IsPrivileged, out IdSet ids), ids);

    private SysResult Setresuid(GuestTask task, uint ruid, uint euid, uint suid) =>
        ChangeUsers(task, UsersOf(task).Set(ruid, euid, suid, task.Credentials.IsPrivileged, out IdSet ids), ids);

    private SysResult Setgid(GuestTask task, uint gid) => ChangeGroups(task, GroupsOf(task).Set(gid, task.Credentials.IsPrivileged, out IdSet ids), ids);

    private SysResult Setregid(GuestTask task, uint rgid, uint egid) =>
        ChangeGroups(task, GroupsOf(task).Set(rgid, egid, task.Credentials.IsPrivileged, out IdSet ids), ids);

    private SysResult Setresgid(GuestTask task, uint rgid, uint egid, uint sgid) =>
        ChangeGroups(task, GroupsOf(task).Set(rgid, egid, sgid, task.Credentials.IsPrivileged, out IdSet ids), ids);

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

    /// <summary>The old id is the answer in every case.</summary>
    private SysResult Setfsuid(GuestTask task, uint uid)
    {
        IdSet ids = UsersOf(task);
        ChangeUsers(task, Errno.None, ids.SetFileSystem(uid, task.Credentials.IsPrivileged));
        return ids.FileSystem;
    }

    private SysResult Setfsgid(GuestTask task, uint gid)
    {
        IdSet ids = GroupsOf(task);
        ChangeGroups(task, Errno.None, ids.SetFileSystem(gid, task.Credentials.IsPrivileged));
        return ids.FileSystem;
    }

    private static IdSet UsersOf(GuestTask task)
    {
        Credentials c = task.Credentials;
        return new IdSet(c.RealUser, c.EffectiveUser, c.SavedUser, c.FileSystemUser);
    }

    private static IdSet GroupsOf(GuestTask task)
    {
        Credentials c = task.Credentials;
        return new IdSet(c.RealGroup, c.EffectiveGroup, c.SavedGroup, c.FileSystemGroup);
    }

    private static SysResult ChangeUsers(GuestTask task, Errno error, in IdSet ids)
    {
        if (error != Errno.None)
            return error;
        if (ids.Effective != task.Credentials.EffectiveUser || ids.FileSystem != task.Credentials.FileSystemUser)
            CloseToOthers(task);
        task.Credentials = task.Credentials with { RealUser = ids.Real, EffectiveUser = ids.Effective, SavedUser = ids.Saved, FileSystemUser = ids.FileSystem };
        return SysResult.Zero;
    }

    private static SysResult ChangeGroups(GuestTask task, Errno error, in IdSet ids)
    {
        if (error != Errno.None)
            return error;
        if (ids.Effective != task.Credentials.EffectiveGroup || ids.FileSystem != task.Credentials.FileSystemGroup)
            CloseToOthers(task);
        task.Credentials = task.Credentials with { RealGroup = ids.Real, EffectiveGroup = ids.Effective, SavedGroup = ids.Saved, FileSystemGroup = ids.FileSystem };
        return SysResult.Zero;
    }

    /// <summary>A process that takes other ids may hold what the user of the new ones must not see (prctl(2), PR_SET_DUMPABLE and PR_SET_PDEATHSIG).</summary>
    private static void CloseToOthers(GuestTask task)
    {
        task.Group.ProcessControls[PR_SET_DUMPABLE] = SUID_DUMP_DISABLE;
        task.ParentDeathSignal = 0;
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

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Names;

/// <summary>Who may do what with an inode (inode(7), path_resolution(7), capabilities(7)). User 0 has the capabilities about files.</summary>
internal static class Permission
{
    public const uint Read = 4;
    public const uint Write = 2;
    public const uint Execute = 1;

    private const uint Sticky = 0x200;
    private const uint SetUserId = 0x800;
    private const uint SetGroupId = 0x400;

    /// <summary>Whether every right in <paramref name="wanted"/> is granted; EACCES.</summary>
    public static Errno Check(in NodeAttributes attributes, Credentials who, uint wanted, bool realIds = false)
    {
        uint user = realIds ? who.RealUser : who.FileSystemUser;
        if (user == 0)
        {
            // CAP_DAC_OVERRIDE: everything, but executing needs one x bit, unless it is a directory.
            bool mayExecute = (wanted & Execute) == 0 || attributes.Kind == FileKind.Directory || (attributes.Permissions & 0x49) != 0;
            return mayExecute ? Errno.None : Errno.EACCES;
        }

        uint granted = attributes.Permissions;
        if (attributes.User == user)
            granted >>= 6;
        else if (IsInGroup(who, attributes.Group, realIds))
            granted >>= 3;
        return (wanted & ~granted & 7) == 0 ? Errno.None : Errno.EACCES;
    }

    public static bool IsInGroup(Credentials who, uint group, bool realIds = false)
    {
        if ((realIds ? who.RealGroup : who.FileSystemGroup) == group)
            return true;
        IReadOnlyList<uint> groups = who.Groups;
        for (int i = 0; i < groups.Count; i++)
        {
            if (groups[i] == group)
                return true;
        }

        return false;
    }

    /// <summary>Whether the task owns the inode or may act as if (CAP_FOWNER).</summary>
    public static bool IsOwner(in NodeAttributes attributes, Credentials who) =>
        who.FileSystemUser == 0 || who.FileSystemUser == attributes.User;

    /// <summary>Whether a name may be removed from a directory: write and search permission, and with the sticky bit ownership. EACCES, EPERM.</summary>
    public static Errno CheckRemove(in NodeAttributes directory, in NodeAttributes node, Credentials who)
    {
        Errno error = Check(directory, who, Write | Execute);
        if (error != Errno.None)
            return error;
        if ((directory.Permissions & Sticky) == 0 || who.FileSystemUser == 0)
            return Errno.None;
        return directory.User == who.FileSystemUser || node.User == who.FileSystemUser ? Errno.None : Errno.EPERM;
    }

    /// <summary>
    /// Checks a change of attributes by the rules of chmod(2), chown(2), truncate(2) and utimensat(2), and completes it: set-id bits that
    /// go with it, and times that become the present.
    /// </summary>
    public static Errno CheckChange(in NodeAttributes attributes, Credentials who, FileTime now, bool mayWrite, ref AttributeChange change)
    {
        bool isOwner = IsOwner(attributes, who);
        if (change.Permissions is { } permissions)
        {
            if (!isOwner)
                return Errno.EPERM;
            permissions &= 0xFFF;

            // Only a member of the group may set its bit; for others it silently goes away.
            if ((permissions & SetGroupId) != 0 && who.FileSystemUser != 0 && !IsInGroup(who, attributes.Group))
                permissions &= ~SetGroupId;
            change = change with { Permissions = permissions };
        }

        if (change.User is not null || change.Group is not null)
        {
            Errno error = CheckOwnerChange(attributes, who, change);
            if (error != Errno.None)
                return error;
            if (attributes.Kind != FileKind.Directory)
                change = DropSetId(attributes, change);
        }

        if (change.Size is not null)
        {
            if (!mayWrite)
            {
                Errno error = Check(attributes, who, Write);
                if (error != Errno.None)
                    return error;
            }

            if (who.FileSystemUser != 0)
                change = DropSetId(attributes, change);
        }

        return CheckTimes(attributes, who, now, isOwner, ref change);
    }

    /// <summary>The permission bits after a write by somebody without privileges: set-id bits go away.</summary>
    public static uint WithoutSetId(uint permissions)
    {
        permissions &= ~SetUserId;

        // Without the group's x bit the set-group-ID bit means mandatory locking, which stays.
        return (permissions & 8) != 0 ? permissions & ~SetGroupId : permissions;
    }

    // Bits that are not there are not changed: the mode of a symbolic link cannot be, its owner can.
    private static AttributeChange DropSetId(in NodeAttributes attributes, in AttributeChange change)
    {
        uint kept = WithoutSetId(attributes.Permissions);
        return change.Permissions is null && kept != attributes.Permissions ? change with { Permissions = kept } : change;
    }

    private static Errno CheckOwnerChange(in NodeAttributes attributes, Credentials who, in AttributeChange change)
    {
        if (who.FileSystemUser == 0)
            return Errno.None;
        if (change.User is { } user && (user != attributes.User || attributes.User != who.FileSystemUser))
            return Errno.EPERM;
        if (change.Group is { } group && (attributes.User != who.FileSystemUser || (group != attributes.Group && !IsInGroup(who, group))))
            return Errno.EPERM;
        return Errno.None;
    }

    private static Errno CheckTimes(in NodeAttributes attributes, Credentials who, FileTime now, bool isOwner, ref AttributeChange change)
    {
        bool setsTimes = change.AccessTime is not null || change.ModifyTime is not null || change.AccessTimeNow || change.ModifyTimeNow;
        if (!setsTimes)
            return Errno.None;
        bool onlyNow = change.AccessTimeNow && change.ModifyTimeNow;
        if (!isOwner)
        {
            if (!onlyNow)
                return Errno.EPERM;
            if (Check(attributes, who, Write) != Errno.None)
                return Errno.EACCES;
        }

        if (change.AccessTimeNow)
            change = change with { AccessTime = now };
        if (change.ModifyTimeNow)
            change = change with { ModifyTime = now };
        return Errno.None;
    }
}

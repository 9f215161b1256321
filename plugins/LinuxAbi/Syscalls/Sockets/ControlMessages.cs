using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>What goes beside a message (cmsg(3), unix(7)): descriptors and credentials.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int SCM_RIGHTS = 1;
    private const int SCM_CREDENTIALS = 2;

    /// <summary>SCM_MAX_FD: the most descriptors of one message.</summary>
    private const int MostPassedFiles = 253;

    /// <summary>net.core.optmem_max: the most control data of one message.</summary>
    private const int MostControl = 131072;

    /// <summary>sizeof(struct cmsghdr).</summary>
    private const int ControlHeader = 16;

    private const int CredentialsSize = 12;

    private bool TryReadControl(GuestTask task, in Msghdr header, out FileId[]? files, out SocketCredentials? sender, out SysResult stop)
    {
        files = null;
        sender = null;
        stop = default;
        if (header.msg_control == 0 || header.msg_controllen == 0)
            return true;
        stop = Errno.ENOBUFS;
        if (header.msg_controllen > MostControl)
            return false;
        var control = new byte[header.msg_controllen];
        if (!task.Memory.TryRead(task, header.msg_control, control, out stop))
            return false;
        for (int at = 0; control.Length - at >= ControlHeader;)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(control.AsSpan(at));
            int level = BinaryPrimitives.ReadInt32LittleEndian(control.AsSpan(at + 8));
            int type = BinaryPrimitives.ReadInt32LittleEndian(control.AsSpan(at + 12));
            stop = Errno.EINVAL;
            if (length < ControlHeader || length > (ulong)(control.Length - at))
                return false;
            ReadOnlySpan<byte> data = control.AsSpan(at + ControlHeader, (int)length - ControlHeader);
            if (level == SOL_SOCKET)
            {
                Errno error = type switch
                {
                    SCM_RIGHTS => AddPassedFiles(task, data, ref files),
                    SCM_CREDENTIALS => ReadCredentials(task, data, ref sender),
                    _ => Errno.EINVAL,
                };
                stop = error;
                if (error != Errno.None)
                    return false;
            }

            at += ((int)length + 7) & ~7;
        }

        stop = default;
        return true;
    }

    private static Errno AddPassedFiles(GuestTask task, ReadOnlySpan<byte> data, ref FileId[]? files)
    {
        int count = data.Length / sizeof(int);
        int before = files?.Length ?? 0;
        if (count + before > MostPassedFiles)
            return Errno.EINVAL;
        if (count == 0)
            return Errno.None;
        Array.Resize(ref files, before + count);
        for (int i = 0; i < count; i++)
        {
            if (!task.Descriptors.TryGet(BinaryPrimitives.ReadInt32LittleEndian(data[(i * sizeof(int))..]), out Descriptor descriptor))
                return Errno.EBADF;
            files[before + i] = descriptor.File;
        }

        return Errno.None;
    }

    private static Errno ReadCredentials(GuestTask task, ReadOnlySpan<byte> data, ref SocketCredentials? sender)
    {
        if (data.Length != CredentialsSize)
            return Errno.EINVAL;
        var claimed = new SocketCredentials(
            BinaryPrimitives.ReadInt32LittleEndian(data),
            BinaryPrimitives.ReadUInt32LittleEndian(data[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(data[8..]));
        Credentials own = task.Credentials;
        bool isOwn = claimed.Pid == task.Group.Pid
            && (claimed.User == own.RealUser || claimed.User == own.EffectiveUser || claimed.User == own.SavedUser)
            && (claimed.Group == own.RealGroup || claimed.Group == own.EffectiveGroup || claimed.Group == own.SavedGroup);
        if (!isOwn && !own.IsPrivileged)
            return Errno.EPERM;
        sender = claimed;
        return Errno.None;
    }

    /// <summary>Writes what came beside a message, gives files their numbers, and answers the MSG_ flags that say what was lost.</summary>
    private int WriteControl(GuestTask task, ref Msghdr header, in SocketReceipt receipt, bool withCredentials, bool closeOnExec)
    {
        ulong start = header.msg_control;
        ulong room = start == 0 ? 0 : header.msg_controllen;
        ulong used = 0;
        int flags = 0;
        if (withCredentials)
        {
            Span<byte> record = stackalloc byte[ControlHeader + CredentialsSize];
            WriteControlHeader(record, record.Length, SCM_CREDENTIALS);
            BinaryPrimitives.WriteInt32LittleEndian(record[16..], receipt.Sender.Pid);
            BinaryPrimitives.WriteUInt32LittleEndian(record[20..], receipt.Sender.User);
            BinaryPrimitives.WriteUInt32LittleEndian(record[24..], receipt.Sender.Group);
            if (room < (ulong)record.Length)
            {
                flags |= MSG_CTRUNC;
                record = record[..(room >= ControlHeader ? (int)room : 0)];
                if (!record.IsEmpty)
                    BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)record.Length);
            }

            if (!record.IsEmpty && !task.Memory.TryWrite(task, start, record, out _))
                record = default;
            used = Math.Min(room, (ulong)(record.Length + 7) & ~7UL);
        }

        if (receipt.Files is { } files)
            flags |= PlaceFiles(task, start + used, room - used, files, closeOnExec, ref used);
        header.msg_controllen = used;
        return flags;
    }

    private int PlaceFiles(GuestTask task, ulong address, ulong room, FileId[] files, bool closeOnExec, ref ulong used)
    {
        int most = room < ControlHeader ? 0 : (int)Math.Min((room - ControlHeader) / sizeof(int), MostPassedFiles);
        int placed = 0;
        for (; placed < files.Length && placed < most; placed++)
        {
            if (!task.Descriptors.Add(files[placed], closeOnExec, 0, DescriptorLimit(task)).TryGet(out int fd, out _))
                break;
            if (new UserPointer<int>(task, address + ControlHeader + (ulong)(placed * sizeof(int))).TryWrite(in fd, out _))
                continue;
            task.Descriptors.Remove(fd, out _);
            break;
        }

        for (int i = placed; i < files.Length; i++)
            _files.Current.Release(files[i]);
        if (placed > 0)
        {
            Span<byte> record = stackalloc byte[ControlHeader];
            int length = ControlHeader + (placed * sizeof(int));
            WriteControlHeader(record, length, SCM_RIGHTS);
            if (task.Memory.TryWrite(task, address, record, out _))
                used += Math.Min(room, (ulong)(length + 7) & ~7UL);
        }

        return placed < files.Length ? MSG_CTRUNC : 0;
    }

    private static void WriteControlHeader(Span<byte> record, int length, int type)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)length);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], SOL_SOCKET);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], type);
    }
}

using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Debugger.Protocol;
using Kpio.Debugger.Server;

namespace Kpio.Debugger.Commands;

/// <summary>
/// Files of the guest's tree, as the debugged process sees it: <c>vFile:setfs</c>, <c>open</c>, <c>pread</c>, <c>fstat</c>,
/// <c>readlink</c>, <c>close</c>. For reading only: gdb fetches programs and libraries (<c>target:</c>).
/// </summary>
internal sealed class FileCommands(GdbClient client) : ICommandGroup, IDisposable
{
    private const int MostFiles = 64;
    private const int StatSize = 64;
    private const uint AccessModes = 3;

    private readonly List<FileId> _files = [];

    public CommandOutcome Handle(PacketCursor packet, Reply reply)
    {
        if (!packet.Take("vFile:"u8))
            return CommandOutcome.Unknown;
        if (packet.Take("setfs:"u8))
            return Value(reply, 0); // The current process's tree is the only one.
        if (packet.Take("open:"u8))
            return Open(packet, reply);
        if (packet.Take("pread:"u8))
            return Read(packet, reply);
        if (packet.Take("fstat:"u8))
            return Stat(packet, reply);
        if (packet.Take("close:"u8))
            return Close(packet, reply);
        return packet.Take("readlink:"u8) ? ReadLink(packet, reply) : CommandOutcome.Unknown;
    }

    public void Dispose()
    {
        foreach (FileId file in _files)
        {
            if (!file.IsNone)
                client.Session.Slots.OpenFiles.Current.Release(file);
        }

        _files.Clear();
    }

    private CommandOutcome Open(PacketCursor packet, Reply reply)
    {
        byte[]? path = HexText.Decode(packet.TakeUntil((byte)','));
        if (path is null || !packet.TakeNumber(out ulong flags) || client.Current is not { } task)
            return Fail(reply, Errno.EINVAL);
        if ((flags & AccessModes) != 0 || flags >> 3 != 0)
            return Fail(reply, Errno.EROFS);
        if (_files.Count(static file => !file.IsNone) >= MostFiles)
            return Fail(reply, Errno.EMFILE);
        if (!client.Session.Slots.Vfs.Current.Open(new PathStart(task), path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, 0).TryGet(out FileId file, out Errno error))
            return Fail(reply, error);
        int number = _files.FindIndex(static other => other.IsNone);
        if (number < 0)
        {
            number = _files.Count;
            _files.Add(file);
        }
        else
        {
            _files[number] = file;
        }

        return Value(reply, number);
    }

    private CommandOutcome Read(PacketCursor packet, Reply reply)
    {
        if (!TryTakeFile(ref packet, out FileId file, out _) || !packet.Take(","u8) || !packet.TakeRange(out ulong count, out ulong offset) || (long)offset < 0)
            return Fail(reply, Errno.EBADF);
        Span<byte> buffer = stackalloc byte[(int)Math.Min(count, Reply.PacketSize / 2)];
        if (!client.Session.Slots.OpenFiles.Current.Read(file, buffer, (long)offset).TryGet(out int done, out Errno error))
            return Fail(reply, error);
        reply.Text("F").Number(done).Text(";").Binary(buffer[..done]);
        return CommandOutcome.Answered;
    }

    private CommandOutcome Stat(PacketCursor packet, Reply reply)
    {
        if (!TryTakeFile(ref packet, out FileId file, out _))
            return Fail(reply, Errno.EBADF);
        if (!client.Session.Slots.OpenFiles.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return Fail(reply, error);
        Span<byte> stat = stackalloc byte[StatSize];
        WriteStat(in attributes, stat);
        reply.Text("F").Number(StatSize).Text(";").Binary(stat);
        return CommandOutcome.Answered;
    }

    private CommandOutcome Close(PacketCursor packet, Reply reply)
    {
        if (!TryTakeFile(ref packet, out FileId file, out int number))
            return Fail(reply, Errno.EBADF);
        client.Session.Slots.OpenFiles.Current.Release(file);
        _files[number] = default;
        return Value(reply, 0);
    }

    private CommandOutcome ReadLink(PacketCursor packet, Reply reply)
    {
        if (HexText.Decode(packet.Rest) is not { } path || client.Current is not { } task)
            return Fail(reply, Errno.EINVAL);
        if (!client.Session.Slots.Vfs.Current.ReadLink(new PathStart(task), path).TryGet(out byte[]? target, out Errno error))
            return Fail(reply, error);
        reply.Text("F").Number(target.Length).Text(";").Binary(target);
        return CommandOutcome.Answered;
    }

    private bool TryTakeFile(ref PacketCursor packet, out FileId file, out int number)
    {
        file = default;
        if (!packet.TakeInt32(out number) || number >= _files.Count)
            return false;
        file = _files[number];
        return !file.IsNone;
    }

    private static CommandOutcome Value(Reply reply, int value)
    {
        reply.Text("F").Number(value);
        return CommandOutcome.Answered;
    }

    /// <summary>The protocol's numbers of errors are Linux's, where it has them; else 9999.</summary>
    private static CommandOutcome Fail(Reply reply, Errno error)
    {
        const int Unknown = 9999;
        int number = error switch
        {
            Errno.ENAMETOOLONG => 91,
            Errno.EPERM or Errno.ENOENT or Errno.EINTR or Errno.EIO or Errno.EBADF or Errno.EACCES or Errno.EFAULT or Errno.EBUSY or Errno.EEXIST or Errno.ENODEV
                or Errno.ENOTDIR or Errno.EISDIR or Errno.EINVAL or Errno.ENFILE or Errno.EMFILE or Errno.EFBIG or Errno.ENOSPC or Errno.ESPIPE or Errno.EROFS => (int)error,
            _ => Unknown,
        };
        reply.Clear().Text("F-1,").Number(number);
        return CommandOutcome.Answered;
    }

    /// <summary>The protocol's struct stat: big-endian (GDB manual, E.13 "File-I/O", struct stat).</summary>
    private static void WriteStat(in NodeAttributes attributes, Span<byte> stat)
    {
        ReadOnlySpan<uint> words =
        [
            (uint)attributes.Device, (uint)attributes.Inode, attributes.Mode, attributes.Links, attributes.User, attributes.Group, (uint)attributes.SpecialDevice,
        ];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(stat[(i * 4)..], words[i]);
        BinaryPrimitives.WriteInt64BigEndian(stat[28..], attributes.Size);
        BinaryPrimitives.WriteInt64BigEndian(stat[36..], attributes.BlockSize);
        BinaryPrimitives.WriteInt64BigEndian(stat[44..], attributes.Blocks);
        BinaryPrimitives.WriteUInt32BigEndian(stat[52..], (uint)attributes.AccessTime.Seconds);
        BinaryPrimitives.WriteUInt32BigEndian(stat[56..], (uint)attributes.ModifyTime.Seconds);
        BinaryPrimitives.WriteUInt32BigEndian(stat[60..], (uint)attributes.ChangeTime.Seconds);
    }
}

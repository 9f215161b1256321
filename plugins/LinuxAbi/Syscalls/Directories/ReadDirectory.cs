using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getdents64(2) and getdents(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private readonly DirentWriter _entries = new();

    private SysResult Getdents64(GuestTask task, Fd fd, UserBuffer buffer) => ReadEntries(task, fd, buffer, withTypeField: true);

    private SysResult Getdents(GuestTask task, Fd fd, UserBuffer buffer) => ReadEntries(task, fd, buffer, withTypeField: false);

    private SysResult ReadEntries(GuestTask task, Fd fd, UserBuffer buffer, bool withTypeField)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        // The position moves with the entries taken: the room must be writable before any is.
        int room = (int)Math.Min(buffer.Length, DirentWriter.Capacity);
        SysResult stop = Errno.EFAULT;
        int writable = 0;
        while (writable < room && task.Memory.TryGetSpan(task, buffer.Address + (ulong)writable, PageAccess.Write, out Span<byte> span, out stop))
            writable += span.Length;
        if (writable < room && stop.IsWait)
            return stop;
        _entries.Begin(Math.Min(room, writable), withTypeField);
        Errno error = _files.Current.ReadDirectory(file, _entries);
        if (error != Errno.None)
            return error;
        if (_entries.Length == 0 && _entries.IsFull)
            return writable < room ? Errno.EFAULT : Errno.EINVAL;
        return buffer.TryWrite(_entries.Written, out stop) ? _entries.Length : stop;
    }

    /// <summary>Lays entries out as the kernel's struct linux_dirent64, or as linux_dirent, which has the type behind the name.</summary>
    private sealed class DirentWriter : IDirectorySink
    {
        public const int Capacity = 32768;

        private readonly byte[] _buffer = new byte[Capacity];
        private int _room;
        private bool _withTypeField;

        public int Length { get; private set; }

        public bool IsFull { get; private set; }

        public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

        public void Begin(int room, bool withTypeField)
        {
            _room = room;
            _withTypeField = withTypeField;
            Length = 0;
            IsFull = false;
        }

        public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
        {
            // Both layouts: 8 + 8 + 2 bytes, one for the type, the name and its NUL, up to a multiple of 8.
            int length = (18 + 1 + name.Length + 1 + 7) & ~7;
            if (length > _room - Length)
            {
                IsFull = true;
                return false;
            }

            Span<byte> record = _buffer.AsSpan(Length, length);
            record.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(record, entry.Inode);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], entry.NextOffset);
            BinaryPrimitives.WriteUInt16LittleEndian(record[16..], (ushort)length);
            byte type = (byte)((uint)entry.Kind >> 12); // DT_* are the type bits of st_mode
            record[_withTypeField ? 18 : length - 1] = type;
            name.CopyTo(record[(_withTypeField ? 19 : 18)..]);
            Length += length;
            return true;
        }
    }
}

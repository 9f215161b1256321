using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Linux;

/// <summary>Reads a whole directory by getdents64(2).</summary>
internal static unsafe class HostDirectoryReader
{
    public static Errno Read(int directory, IDirectorySink sink)
    {
        const int Size = 16384;
        byte* buffer = stackalloc byte[Size];
        long position = 0;
        while (true)
        {
            nint length = LibC.Getdents64(directory, buffer, Size);
            if (length < 0)
                return (Errno)Marshal.GetLastPInvokeError();
            if (length == 0)
                return Errno.None;
            var records = new ReadOnlySpan<byte>(buffer, (int)length);
            while (!records.IsEmpty)
            {
                // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name.
                ulong inode = BinaryPrimitives.ReadUInt64LittleEndian(records);
                int recordLength = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
                var kind = (FileKind)((uint)records[18] << 12); // DT_* are the type bits of st_mode shifted down by 12.
                ReadOnlySpan<byte> name = records[19..recordLength];
                name = name[..name.IndexOf((byte)0)];
                records = records[recordLength..];
                if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                    continue;
                if (!sink.Add(new DirectoryEntry(inode, kind, ++position), name))
                    return Errno.None;
            }
        }
    }
}

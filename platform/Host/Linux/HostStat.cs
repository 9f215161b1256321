using System.Runtime.InteropServices;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Linux;

/// <summary>Attributes by statx(2), which has one layout on every architecture.</summary>
internal static unsafe class HostStat
{
    /// <summary>Of an open descriptor.</summary>
    public static Result<NodeAttributes> Of(int fd)
    {
        byte empty = 0;
        return At(fd, &empty, LibC.AT_EMPTY_PATH);
    }

    /// <summary>Of a NUL-terminated name in a directory.</summary>
    public static Result<NodeAttributes> At(int directory, byte* name, int flags)
    {
        StatxBuffer buffer;
        if (LibC.Statx(directory, name, flags, StatxBuffer.BasicAndBirth, &buffer) < 0)
            return (Errno)Marshal.GetLastPInvokeError();
        return new NodeAttributes
        {
            Device = MakeDevice(buffer.DeviceMajor, buffer.DeviceMinor),
            Inode = buffer.Inode,
            Kind = (FileKind)(buffer.Mode & 0xF000u),
            Permissions = buffer.Mode & 0xFFFu,
            Links = buffer.Links,
            User = buffer.User,
            Group = buffer.Group,
            SpecialDevice = MakeDevice(buffer.SpecialMajor, buffer.SpecialMinor),
            Size = (long)buffer.Size,
            BlockSize = (int)buffer.BlockSize,
            Blocks = (long)buffer.Blocks,
            AccessTime = Time(buffer.Access),
            ModifyTime = Time(buffer.Modify),
            ChangeTime = Time(buffer.Change),
            BirthTime = Time(buffer.Birth),
        };
    }

    // The encoding of makedev(3) in the C libraries, which stat(2) uses for 64-bit programs.
    private static ulong MakeDevice(uint major, uint minor) =>
        (minor & 0xFFUL) | ((major & 0xFFFUL) << 8) | ((minor & ~0xFFUL) << 12) | ((major & ~0xFFFUL) << 32);

    private static FileTime Time(in StatxTime time) => new(time.Seconds, (int)time.Nanoseconds);
}

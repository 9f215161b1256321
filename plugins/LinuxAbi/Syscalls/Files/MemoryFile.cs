using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>memfd_create(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const FileSeals AllSeals =
        FileSeals.F_SEAL_SEAL | FileSeals.F_SEAL_SHRINK | FileSeals.F_SEAL_GROW | FileSeals.F_SEAL_WRITE | FileSeals.F_SEAL_FUTURE_WRITE;

    /// <summary>How long a name may be: NAME_MAX without "memfd:".</summary>
    private const int MemoryFileNameLength = 249;

    private SysResult MemfdCreate(GuestTask task, UserString name, uint flags)
    {
        if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB)) != 0)
            return Errno.EINVAL;
        ReadOnlySpan<byte> prefix = "memfd:"u8;
        if (!name.TryRead(_path.AsSpan(prefix.Length), out ReadOnlySpan<byte> text, out SysResult stop, Errno.EINVAL))
            return stop;
        if (text.Length > MemoryFileNameLength)
            return Errno.EINVAL;
        if ((flags & MFD_HUGETLB) != 0)
            return Errno.ENOMEM; // No huge pages are set aside; Linux gives the file, but no page of it.
        prefix.CopyTo(_path);
        var node = new NewNode(FileKind.Regular, 0x1FF, task.Credentials.FileSystemUser, task.Credentials.FileSystemGroup);
        FileSeals seals = (flags & MFD_ALLOW_SEALING) != 0 ? FileSeals.None : FileSeals.F_SEAL_SEAL;
        if (!_memoryFiles.Current.Create(_path.AsSpan(0, prefix.Length + text.Length), in node, seals).TryGet(out FileId file, out Errno error))
            return error;
        return Install(task, file, (flags & MFD_CLOEXEC) != 0);
    }
}

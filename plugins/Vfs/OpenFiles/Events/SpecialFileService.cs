using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>Makes files that are no more than a descriptor for something else.</summary>
internal sealed class SpecialFileService : ISpecialFiles
{
    private readonly VfsCore _core;

    public SpecialFileService(VfsCore core) => _core = core;

    public Result<FileId> CreateCounter(ulong value, bool isSemaphore, OpenFlags flags) =>
        Create(_core.EventCounters, new EventCounter { Value = value, IsSemaphore = isSemaphore }, flags);

    private Result<FileId> Create(SpecialDriver driver, object special, OpenFlags flags)
    {
        if (_core.NewFile(driver, OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK)) is not { } file)
            return Errno.ENFILE;
        file.Special = special;
        return file.Id;
    }
}

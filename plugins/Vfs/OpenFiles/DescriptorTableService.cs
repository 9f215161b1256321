using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles.Locks;
using Kpio.Plugins.Vfs.OpenFiles.Queues;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Descriptor tables: entries are closed and copied together with what they hold.</summary>
internal sealed class DescriptorTableService : IDescriptorTables
{
    private readonly OpenFileService _files;
    private readonly LockService _locks;
    private readonly NamedQueueDriver _queues;
    private readonly VfsCore _core;

    public DescriptorTableService(VfsCore core, OpenFileService files)
    {
        _core = core;
        _files = files;
        _locks = core.Locks;
        _queues = core.Special.NamedQueues;
    }

    public Errno Close(DescriptorTable table, int fd)
    {
        if (!table.Remove(fd, out FileId file))
            return Errno.EBADF;
        Drop(table, file);
        return Errno.None;
    }

    public void Replace(DescriptorTable table, int fd, Descriptor descriptor)
    {
        bool replaced = table.Remove(fd, out FileId old);
        table.Set(fd, descriptor);
        if (replaced)
            Drop(table, old);
    }

    public DescriptorTable Copy(DescriptorTable table)
    {
        var copy = new DescriptorTable();
        for (int fd = 0; fd < table.Length; fd++)
        {
            if (!table.TryGet(fd, out Descriptor descriptor))
                continue;
            _files.AddReference(descriptor.File);
            copy.Set(fd, descriptor);
        }

        return copy;
    }

    public void CloseOnExec(DescriptorTable table)
    {
        for (int fd = 0; fd < table.Length; fd++)
        {
            if (table.TryGet(fd, out Descriptor descriptor) && descriptor.CloseOnExec)
                Close(table, fd);
        }
    }

    public void Leave(DescriptorTable table)
    {
        if (--table.Sharers > 0)
            return;
        for (int fd = 0; fd < table.Length; fd++)
            Close(table, fd);
    }

    private void Drop(DescriptorTable table, FileId file)
    {
        if (table.LockOwner != 0)
        {
            _locks.ForgetRecords(table, file);
            if (_core.Watches.Notices.Any && _core.Files.Find(file) is { } directory)
                _core.Watches.Notices.Remove(directory, table.LockOwner);
        }

        if (_queues.HasNotices)
            _queues.ForgetNotice(table, file);
        _files.Release(file);
    }
}

using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Leases;
using Kpio.Plugins.Vfs.OpenFiles.Locks;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>The open files by id: a slot and a serial number, so that an id is found with one comparison and never used twice.</summary>
internal sealed class OpenFileTable
{
    private const int SlotBits = 20;
    private const int SlotMask = (1 << SlotBits) - 1;

    private OpenFile[] _slots = [];
    private int[] _free = new int[16];
    private int _freeCount;
    private int _used;

    public long NextSerial { get; set; } = 1;

    /// <summary>The files' locks.</summary>
    public LockService? Locks { get; set; }

    /// <summary>The programs that run.</summary>
    public RunningPrograms? Programs { get; set; }

    /// <summary>The files' leases.</summary>
    public FileLeases? Leases { get; set; }

    /// <summary>Who watches what becomes of files.</summary>
    public NodeWatches? Watches { get; set; }

    /// <summary>Is told before a file is closed that epoll files have entries for.</summary>
    public Action<OpenFile>? WatchedFileCloses { get; set; }

    public OpenFile? Find(FileId id)
    {
        int index = (int)id.Value & SlotMask;
        OpenFile[] slots = _slots;
        if ((uint)index >= (uint)slots.Length)
            return null;
        OpenFile file = slots[index];
        return file.Id == id && !id.IsNone ? file : null;
    }

    /// <summary>A file with one reference and an id; null when there are too many (ENFILE).</summary>
    public OpenFile? Add()
    {
        int index;
        if (_freeCount > 0)
        {
            index = _free[--_freeCount];
        }
        else
        {
            if (_used == SlotMask)
                return null;
            index = _used++;
            Reserve(index);
        }

        OpenFile file = _slots[index];
        file.Id = new FileId((NextSerial++ << SlotBits) | (uint)index);
        file.References = 1;
        return file;
    }

    /// <summary>Drops a reference; the last one closes the file.</summary>
    public void Release(OpenFile file)
    {
        if (--file.References > 0)
            return;
        if (file.WatchedBy is not null)
            WatchedFileCloses?.Invoke(file);
        if (file.HasLocks)
            Locks?.Forget(file);
        if (file.DeniesWriters)
            Programs?.Forget(file);
        if (file.Lease is not null)
            Leases?.Forget(file);
        if (file.Notices is not null)
            Watches?.Notices.Forget(file);
        if (Watches is { Any: true } watches && file.Mount is { } mount && (file.Flags & OpenFlags.O_PATH) == 0)
        {
            NodeId node = file.Node;
            watches.TellOfFile(mount, node, file.CanWrite ? WatchEvents.CloseWrite : WatchEvents.CloseNoWrite, file.IsDirectory);
            file.Driver.Close(file);
            watches.TellIfGone(mount, node);
        }
        else
        {
            file.Driver.Close(file);
        }

        Remove(file);
    }

    public void Remove(OpenFile file)
    {
        int index = (int)file.Id.Value & SlotMask;
        file.Id = default;
        file.References = 0;
        file.Driver = null!;
        file.Mount = null;
        file.Node = default;
        file.Flags = default;
        file.Position = 0;
        file.IsDirectory = false;
        file.Pipe = null;
        file.PartnersBefore = 0;
        file.Stream = default;
        file.Device = 0;
        file.Content = null;
        file.Special = null;
        file.HasLocks = false;
        file.WatchedBy = null;
        file.Signals = null;
        file.Lease = null;
        file.DeniesWriters = false;
        file.Notices = null;
        file.Reads = 0;
        if (_freeCount == _free.Length)
            Array.Resize(ref _free, _free.Length * 2);
        _free[_freeCount++] = index;
    }

    /// <summary>The slot of an id from before a swap; null when it is taken.</summary>
    public OpenFile? Restore(FileId id)
    {
        int index = (int)id.Value & SlotMask;
        if (index == SlotMask)
            return null;
        Reserve(index);
        OpenFile file = _slots[index];
        if (!file.Id.IsNone)
            return null;
        file.Id = id;
        _used = Math.Max(_used, index + 1);
        return file;
    }

    /// <summary>After all are restored: what is left between them can be used.</summary>
    public void FinishRestore()
    {
        _freeCount = 0;
        for (int index = _used - 1; index >= 0; index--)
        {
            if (!_slots[index].Id.IsNone)
                continue;
            if (_freeCount == _free.Length)
                Array.Resize(ref _free, _free.Length * 2);
            _free[_freeCount++] = index;
        }
    }

    public IEnumerable<OpenFile> All()
    {
        for (int index = 0; index < _used; index++)
        {
            if (!_slots[index].Id.IsNone)
                yield return _slots[index];
        }
    }

    private void Reserve(int index)
    {
        if (index < _slots.Length)
            return;
        int old = _slots.Length;
        Array.Resize(ref _slots, Math.Max(16, Math.Max(index + 1, old * 2)));
        for (int i = old; i < _slots.Length; i++)
            _slots[i] = new OpenFile();
    }
}

using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Ipc;

/// <summary>A System V object of any kind.</summary>
internal abstract class IpcObject(int id, IpcPermissions permissions)
{
    public int Id { get; } = id;

    public IpcPermissions Permissions { get; set; } = permissions;
}

/// <summary>
/// The objects of one kind: by id, which is a place in the table and a number that counts how often places were used (ipc/util.c), and
/// by key.
/// </summary>
internal sealed class IpcTable<T>
    where T : IpcObject
{
    private const int IndexBits = 15;
    private const uint IPC_CREAT = 0x200;
    private const uint IPC_EXCL = 0x400;
    private readonly int _most;
    private T?[] _objects = new T?[8];

    public IpcTable(int most) => _most = most;

    public int Count { get; private set; }

    public int NextSequence { get; set; }

    public int HighestIndex { get; private set; } = -1;

    public IEnumerable<T> All
    {
        get
        {
            for (int i = 0; i <= HighestIndex; i++)
            {
                if (_objects[i] is { } found)
                    yield return found;
            }
        }
    }

    /// <summary>The object that a get call finds, or null when it is to make one (ENOENT, EEXIST and ENOSPC otherwise).</summary>
    public Result<T?> FindForGet(int key, uint flags)
    {
        T? found = null;
        if (key != 0)
        {
            foreach (T candidate in All)
            {
                if (candidate.Permissions.Key == key)
                    found = candidate;
            }
        }

        if (found is not null)
            return (flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL) ? Errno.EEXIST : found;
        if (key != 0 && (flags & IPC_CREAT) == 0)
            return Errno.ENOENT;
        return Count >= _most ? Errno.ENOSPC : (T?)null;
    }

    public T? Find(int id)
    {
        int index = id & ((1 << IndexBits) - 1);
        return id >= 0 && index < _objects.Length && _objects[index] is { } found && found.Id == id ? found : null;
    }

    /// <summary>The object that a status call names: EINVAL, EACCES.</summary>
    public Result<T> Find(GuestTask task, int id, IpcLookup lookup)
    {
        T? found = lookup == IpcLookup.Id ? Find(id) : (uint)id < (uint)_objects.Length ? _objects[id] : null;
        if (found is null)
            return Errno.EINVAL;
        return lookup == IpcLookup.IndexAny || IpcAccess.Allows(task, found.Permissions, IpcAccess.Read) ? found : Errno.EACCES;
    }

    /// <summary>The id of the next object that is added.</summary>
    public int NextId()
    {
        int index = 0;
        while (index < _objects.Length && _objects[index] is not null)
            index++;
        return (NextSequence << IndexBits) | index;
    }

    public void Add(T added)
    {
        Place(added);
        NextSequence = (NextSequence + 1) & 0xFFFF;
    }

    /// <summary>Puts an object where its id says.</summary>
    public void Place(T added)
    {
        int index = added.Id & ((1 << IndexBits) - 1);
        if (index >= _objects.Length)
            Array.Resize(ref _objects, Math.Max(index + 1, _objects.Length * 2));
        _objects[index] = added;
        Count++;
        HighestIndex = Math.Max(HighestIndex, index);
    }

    public void Remove(T removed)
    {
        _objects[removed.Id & ((1 << IndexBits) - 1)] = null;
        Count--;
        while (HighestIndex >= 0 && _objects[HighestIndex] is null)
            HighestIndex--;
    }

    public void Clear()
    {
        Array.Clear(_objects);
        Count = 0;
        HighestIndex = -1;
    }
}

/// <summary>The permission checks of System V objects (ipc/util.c).</summary>
internal static class IpcAccess
{
    public const uint Read = 4;
    public const uint Write = 2;

    public static IpcPermissions New(GuestTask task, int key, uint flags)
    {
        Credentials ids = task.Credentials;
        return new IpcPermissions(key, ids.EffectiveUser, ids.EffectiveGroup, ids.EffectiveUser, ids.EffectiveGroup, flags & 0x1FF);
    }

    /// <summary>Whether all the wanted rights are there; <paramref name="wanted"/> may be in any of the three places of a mode.</summary>
    public static bool Allows(GuestTask task, IpcPermissions permissions, uint wanted)
    {
        Credentials ids = task.Credentials;
        if (ids.IsPrivileged)
            return true;
        wanted = ((wanted >> 6) | (wanted >> 3) | wanted) & 7;
        uint granted = permissions.Mode;
        if (ids.EffectiveUser == permissions.CreatorUser || ids.EffectiveUser == permissions.User)
            granted >>= 6;
        else if (IsIn(ids, permissions.CreatorGroup) || IsIn(ids, permissions.Group))
            granted >>= 3;
        return (wanted & ~granted) == 0;
    }

    public static bool MayChange(GuestTask task, IpcPermissions permissions) =>
        task.Credentials.IsPrivileged
        || task.Credentials.EffectiveUser == permissions.CreatorUser
        || task.Credentials.EffectiveUser == permissions.User;

    private static bool IsIn(Credentials ids, uint group) => ids.EffectiveGroup == group || ids.Groups.Contains(group);
}

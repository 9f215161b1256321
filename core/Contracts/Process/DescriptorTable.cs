using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>
/// A process's file descriptors: numbers to open file descriptions. It holds one reference to each description that the Vfs
/// plugin counts; entries are closed, replaced and copied through <see cref="Vfs.IDescriptorTables"/>.
/// </summary>
public sealed class DescriptorTable
{
    private Descriptor[] _entries = new Descriptor[16];

    /// <summary>How many tasks share the table (CLONE_FILES).</summary>
    public int Sharers { get; set; } = 1;

    /// <summary>By what the owner of the process's record locks is known (fcntl(2)); 0 until the first such lock, given by the Vfs plugin.</summary>
    public long LockOwner { get; set; }

    /// <summary>One more than the highest number that was ever used.</summary>
    public int Length { get; private set; }

    /// <summary>The entry of a descriptor; false with EBADF's meaning when it is not open.</summary>
    public bool TryGet(int fd, out Descriptor descriptor)
    {
        if ((uint)fd < (uint)Length)
        {
            descriptor = _entries[fd];
            return !descriptor.File.IsNone;
        }

        descriptor = default;
        return false;
    }

    /// <summary>Puts a file at the lowest free number from <paramref name="minimum"/>; EMFILE when that is not below <paramref name="limit"/> (RLIMIT_NOFILE).</summary>
    public Result<int> Add(FileId file, bool closeOnExec, int minimum, ulong limit)
    {
        int fd = minimum;
        while (fd < Length && !_entries[fd].File.IsNone)
            fd++;
        if ((ulong)fd >= limit)
            return Errno.EMFILE;
        Set(fd, new Descriptor(file, closeOnExec));
        return fd;
    }

    /// <summary>Sets an entry; the caller has released what was there, and checked <paramref name="fd"/> against the limit.</summary>
    public void Set(int fd, Descriptor descriptor)
    {
        if (fd >= _entries.Length)
            Grow(fd + 1);
        Length = Math.Max(Length, fd + 1);
        _entries[fd] = descriptor;
    }

    private void Grow(int least)
    {
        var larger = new Descriptor[Math.Max(least, _entries.Length * 2)];
        for (int i = 0; i < Length; i++)
            larger[i] = _entries[i];
        _entries = larger;
    }

    /// <summary>Removes an entry and answers the file that it held; false when it was not open.</summary>
    public bool Remove(int fd, out FileId file)
    {
        if (!TryGet(fd, out Descriptor descriptor))
        {
            file = default;
            return false;
        }

        file = descriptor.File;
        _entries[fd] = default;
        return true;
    }
}

/// <summary>An entry of a descriptor table.</summary>
/// <param name="File">The open file description.</param>
/// <param name="CloseOnExec">FD_CLOEXEC.</param>
public readonly record struct Descriptor(FileId File, bool CloseOnExec);

using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Execution;

/// <summary>Finds a program by its name in a list of directories, as a shell and execvp(3) do.</summary>
internal sealed class ProgramLookup
{
    private const uint ExecutePermission = 1;
    private readonly KernelSlots _slots;

    public ProgramLookup(KernelSlots slots) => _slots = slots;

    /// <summary>The first executable file of that name; EACCES when there are only such as cannot be executed, ENOENT when there is none.</summary>
    public Errno Find(GuestTask task, byte[] name, ReadOnlySpan<byte> searchPath, out byte[] path)
    {
        Errno result = Errno.ENOENT;
        path = name;
        if (name.Length == 0)
            return result;
        for (bool isLast = false; !isLast;)
        {
            // An empty entry is the working directory.
            int end = ByteSearch.First(searchPath, (byte)':');
            isLast = end < 0;
            ReadOnlySpan<byte> directory = isLast ? searchPath : searchPath[..end];
            searchPath = searchPath[(end + 1)..];
            byte[] candidate = directory.Length == 0 ? [(byte)'.', (byte)'/', .. name] : [.. directory, (byte)'/', .. name];
            var start = new PathStart(task);
            if (!_slots.Vfs.Current.Stat(start, candidate, WalkFlags.None).TryGet(out NodeAttributes attributes, out Errno error))
            {
                if (error == Errno.EACCES)
                    result = error;
                continue;
            }

            if (attributes.Kind != FileKind.Regular)
                continue;
            error = _slots.Mounts.Current.CheckAccess(start, candidate, ExecutePermission, WalkFlags.None);
            path = candidate;
            if (error == Errno.None)
                return Errno.None;
            result = error;
        }

        return result;
    }
}

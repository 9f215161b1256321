using System.Runtime.CompilerServices;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>The inode numbers that a deterministic machine gives to files of the host, by the host's device and inode. A class of its own: no other machine loads the dictionary's types, and its methods stay out of their callers for that (docs/adr/0006).</summary>
internal sealed class InodeNumbers
{
    private readonly Dictionary<(ulong Device, ulong Inode), ulong> _numbers = [];

    /// <summary>All of them, for a record.</summary>
    public IReadOnlyList<(ulong Device, ulong Inode, ulong Number)> All =>
        [.. _numbers.Select(static number => (number.Key.Device, number.Key.Inode, number.Value))];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Set(ulong device, ulong inode, ulong number) => _numbers[(device, inode)] = number;

    /// <summary>A file's number; a new file gets <paramref name="next"/>, which counts up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public ulong Find(ulong device, ulong inode, ref ulong next)
    {
        if (!_numbers.TryGetValue((device, inode), out ulong number))
            _numbers[(device, inode)] = number = next++;
        return number;
    }
}

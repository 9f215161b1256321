using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Translator;

/// <summary>The places from where translated code comes back, by number.</summary>
internal sealed unsafe class SiteTable
{
    private Site[] _sites = new Site[1024];
    private int _count;

    public ref Site this[int index] => ref _sites[index];

    public int Count => _count;

    public int Add(in Site site)
    {
        if (_count == _sites.Length) Array.Resize(ref _sites, _count * 2);
        _sites[_count] = site;
        return _count++;
    }

    /// <summary>Forgets the sites from a number on.</summary>
    public void Truncate(int count)
    {
        for (int i = count; i < _count; i++)
        {
            NativeMemory.Free(_sites[i].Records);
            _sites[i].Records = null;
        }

        _count = count;
    }
}

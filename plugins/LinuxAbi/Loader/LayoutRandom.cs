namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>The random numbers of one program's address space layout: a function of the machine's seed alone (splitmix64).</summary>
internal struct LayoutRandom
{
    private readonly bool _enabled;
    private ulong _state;

    public LayoutRandom(ulong seed, bool enabled)
    {
        _state = seed;
        _enabled = enabled;
    }

    /// <summary>A random number of as many bits, or 0 when addresses are not random.</summary>
    public ulong Bits(int count)
    {
        if (!_enabled)
            return 0;
        _state += 0x9E37_79B9_7F4A_7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return (z ^ (z >> 31)) & ((1UL << count) - 1);
    }

    /// <summary>As many random bits, as pages.</summary>
    public ulong Pages(int bits) => Bits(bits) << 12;
}

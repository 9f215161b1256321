namespace Kpio.Plugins.Process;

/// <summary>Random numbers that are a function of a seed alone: splitmix64 (Steele, Lea and Flood 2014). Not the machine's entropy, so that choices of order and random bytes of guests do not depend on each other.</summary>
internal sealed class SeededNumbers
{
    private ulong _state;

    public SeededNumbers(ulong seed) => _state = seed;

    /// <summary>What the next numbers depend on.</summary>
    public ulong State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>A number in [0, <paramref name="limit"/>); the limit is at least 1.</summary>
    public long Below(long limit) => (long)Math.BigMul(Next(), (ulong)limit, out _);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>A number in [0, 2^<paramref name="bits"/>) of which every order of magnitude is equally likely.</summary>
    public long UpToBits(int bits) => Below(1L << (int)Below(bits + 1));

    private ulong Next()
    {
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}

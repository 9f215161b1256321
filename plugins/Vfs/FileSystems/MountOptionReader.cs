using System.Globalization;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>Reads mount options as mount(8) writes them.</summary>
internal static class MountOptionReader
{
    public static string? Text(MountRequest request, string name) => request.Options.TryGetValue(name, out string? value) ? value : null;

    /// <summary>A number of bytes with a suffix k, m or g, in pages; <paramref name="fallback"/> when the option is not given.</summary>
    public static Result<long> Pages(MountRequest request, string name, long fallback)
    {
        if (Text(request, name) is not { Length: > 0 } text)
            return fallback;
        int shift = char.ToLowerInvariant(text[^1]) switch
        {
            'k' => 10,
            'm' => 20,
            'g' => 30,
            _ => 0,
        };
        ReadOnlySpan<char> digits = shift == 0 ? text : text.AsSpan(0, text.Length - 1);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long value) || value > long.MaxValue >> shift)
            return Errno.EINVAL;
        return ((value << shift) + 4095) / 4096;
    }

    /// <summary>A number, octal for modes.</summary>
    public static Result<uint> Number(MountRequest request, string name, uint fallback, bool octal = false)
    {
        if (Text(request, name) is not { Length: > 0 } text)
            return fallback;
        uint value = 0;
        uint radix = octal ? 8u : 10u;
        foreach (char c in text)
        {
            uint digit = (uint)(c - '0');
            if (digit >= radix || value > (uint.MaxValue - digit) / radix)
                return Errno.EINVAL;
            value = value * radix + digit;
        }

        return value;
    }
}

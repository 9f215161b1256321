using System.Buffers.Binary;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>The hash of a file name: eight bytes at a time, and the same on every run.</summary>
internal static class NameHash
{
    public static int Of(ReadOnlySpan<byte> name)
    {
        ulong hash = (ulong)name.Length * 0x9E3779B97F4A7C15;
        while (name.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name));
            name = name[8..];
        }

        ulong rest = 0;
        foreach (byte b in name)
            rest = (rest << 8) | b;
        return (int)(Mix(hash ^ rest) >> 33);
    }

    private static ulong Mix(ulong value)
    {
        value *= 0xFF51AFD7ED558CCD;
        return value ^ (value >> 32);
    }
}

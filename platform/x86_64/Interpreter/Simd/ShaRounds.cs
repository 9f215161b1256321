using System.Numerics;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>SHA-1 and SHA-256: the steps of FIPS 180-4 that the SHA extensions have (SDM vol. 2B SHA1RNDS4 and following).</summary>
internal static unsafe class ShaRounds
{
    private static ReadOnlySpan<uint> Constants => [0x5A82_7999, 0x6ED9_EBA1, 0x8F1B_BCDC, 0xCA62_C1D6];

    /// <summary>SHA1RNDS4: A is the highest dword, E is in the highest of the source already.</summary>
    internal static void Sha1Rounds(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* words = (uint*)source;
        uint* state4 = (uint*)destination;
        uint a = state4[3], b = state4[2], c = state4[1], d = state4[0], e = 0;
        int kind = immediate & 3;
        for (int i = 0; i < 4; i++)
        {
            uint mixed = kind switch
            {
                0 => (b & c) ^ (~b & d),
                2 => (b & c) ^ (b & d) ^ (c & d),
                _ => b ^ c ^ d,
            };
            uint next = mixed + BitOperations.RotateLeft(a, 5) + words[3 - i] + e + Constants[kind];
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, next);
        }

        *destination = Vector128.Create(d, c, b, a).AsByte();
    }

    /// <summary>SHA1NEXTE.</summary>
    internal static void Sha1NextE(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint e = BitOperations.RotateLeft(((uint*)destination)[3], 30);
        Vector128<uint> result = source->AsUInt32();
        *destination = result.WithElement(3, result[3] + e).AsByte();
    }

    /// <summary>SHA1MSG1.</summary>
    internal static void Sha1Message1(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* first = (uint*)destination;
        uint* second = (uint*)source;
        *destination = Vector128.Create(second[2] ^ first[0], second[3] ^ first[1], first[0] ^ first[2], first[1] ^ first[3]).AsByte();
    }

    /// <summary>SHA1MSG2.</summary>
    internal static void Sha1Message2(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* first = (uint*)destination;
        uint* words = (uint*)source;
        uint w16 = BitOperations.RotateLeft(first[3] ^ words[2], 1);
        uint w17 = BitOperations.RotateLeft(first[2] ^ words[1], 1);
        uint w18 = BitOperations.RotateLeft(first[1] ^ words[0], 1);
        uint w19 = BitOperations.RotateLeft(first[0] ^ w16, 1);
        *destination = Vector128.Create(w19, w18, w17, w16).AsByte();
    }

    /// <summary>SHA256RNDS2: words and constants, added, are in the low half of XMM0.</summary>
    internal static void Sha256Rounds(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* cdgh = (uint*)destination;
        uint* abef = (uint*)source;
        uint* words = (uint*)CpuState.XmmAt(state, 0);
        uint a = abef[3], b = abef[2], c = cdgh[3], d = cdgh[2], e = abef[1], f = abef[0], g = cdgh[1], h = cdgh[0];
        for (int i = 0; i < 2; i++)
        {
            uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint first = h + sum1 + ((e & f) ^ (~e & g)) + words[i];
            uint second = sum0 + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
        }

        *destination = Vector128.Create(f, e, b, a).AsByte();
    }

    /// <summary>SHA256MSG1.</summary>
    internal static void Sha256Message1(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* words = (uint*)destination;
        uint w4 = *(uint*)source;
        *destination = Vector128.Create(words[0] + Small0(words[1]), words[1] + Small0(words[2]), words[2] + Small0(words[3]), words[3] + Small0(w4)).AsByte();
    }

    /// <summary>SHA256MSG2.</summary>
    internal static void Sha256Message2(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* words = (uint*)destination;
        uint* last = (uint*)source;
        uint w16 = words[0] + Small1(last[2]);
        uint w17 = words[1] + Small1(last[3]);
        *destination = Vector128.Create(w16, w17, words[2] + Small1(w16), words[3] + Small1(w17)).AsByte();
    }

    private static uint Small0(uint value) => BitOperations.RotateRight(value, 7) ^ BitOperations.RotateRight(value, 18) ^ (value >> 3);

    private static uint Small1(uint value) => BitOperations.RotateRight(value, 17) ^ BitOperations.RotateRight(value, 19) ^ (value >> 10);
}

using System.Buffers.Binary;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Cpu;

/// <summary>
/// The x87 and SSE state in the form of FXSAVE64 (SDM vol. 1 10.5.1, vol. 2A FXSAVE) and, with a header behind it, in the standard
/// form of XSAVE (vol. 1 13.4), with the upper halves of YMM where the processor has AVX.
/// </summary>
internal static unsafe class ExtendedState
{
    public const int LegacySize = 512;
    public const uint InitialMxcsr = 0x1F80;
    public const uint MxcsrMask = 0xFFFF;

    /// <summary>Bits of XCR0 and XSTATE_BV.</summary>
    public const ulong X87 = 1, Sse = 2, Avx = 4;

    /// <summary>The legacy area and the header: all that is saved without AVX.</summary>
    public const int HeaderEnd = 576;

    /// <summary>Where the upper halves of YMM0…YMM15 lie, and their bytes (CPUID leaf 0xD, 2).</summary>
    public const int AvxOffset = HeaderEnd, AvxSize = 256;

    /// <summary>XCR0 of a model.</summary>
    public static ulong FeaturesOf(CpuModel model) => model == CpuModel.V2 ? X87 | Sse : X87 | Sse | Avx;

    /// <summary>The bytes of the standard form with some components.</summary>
    public static int SizeOf(ulong features) => (features & Avx) != 0 ? AvxOffset + AvxSize : HeaderEnd;

    /// <summary>XSAVE of everything that is in <paramref name="features"/>; the bytes that XSAVE leaves alone become zero.</summary>
    public static void Save(CpuState* s, Span<byte> area, ulong features)
    {
        area = area[..SizeOf(features)];
        area.Clear();
        fixed (byte* p = area)
        {
            SaveLegacy(s, p, x87: true, sse: true, mxcsr: true);
            if ((features & Avx) != 0) SaveUpper(s, p);
            *(ulong*)(p + LegacySize) = features;
        }
    }

    /// <summary>XRSTOR of everything; false, with nothing changed, where the processor raises #GP.</summary>
    public static bool TryRestore(CpuState* s, ReadOnlySpan<byte> area, ulong features)
    {
        if (area.Length < SizeOf(features)) return false;
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(area[LegacySize..]);
        if ((present & ~features) != 0) return false;
        // The standard form has no XCOMP_BV, and the eight bytes behind it are reserved; those after them are not looked at (SDM vol. 1 13.8).
        if (area.Slice(LegacySize + 8, 16).ContainsAnyExcept((byte)0)) return false;
        if ((BinaryPrimitives.ReadUInt32LittleEndian(area[24..]) & ~MxcsrMask) != 0) return false;
        fixed (byte* p = area)
        {
            s->Mxcsr = *(uint*)(p + 24);
            Restore(s, p, features, wide: true);
        }

        return true;
    }

    /// <summary>Loads components but for MXCSR: from the area where its header has them, their initial state where not.</summary>
    public static void Restore(CpuState* s, byte* area, ulong requested, bool wide)
    {
        ulong present = *(ulong*)(area + LegacySize);
        if ((requested & X87) != 0)
        {
            if ((present & X87) == 0)
            {
                s->X87.Reset();
            }
            else
            {
                RestoreX87(s, area);
                if (!wide) NarrowPointers(s);
            }
        }

        if ((requested & Sse) != 0)
        {
            if ((present & Sse) != 0) RestoreXmm(s, area);
            else CopyHalves(s->Xmm, null);
        }

        if ((requested & Avx) != 0) CopyHalves(s->Xmm + 16, (present & Avx) != 0 ? area + AvxOffset : null);
    }

    /// <summary>Writes the upper halves of the YMM registers.</summary>
    public static void SaveUpper(CpuState* s, byte* area)
    {
        for (int i = 0; i < 16; i++)
            *(UInt128*)(area + AvxOffset + (i * 16)) = *(UInt128*)(s->Xmm + (i * 32) + 16);
    }

    /// <summary>Writes the parts of the legacy area that are asked for.</summary>
    public static void SaveLegacy(CpuState* s, byte* area, bool x87, bool sse, bool mxcsr)
    {
        if (x87) X87Image.StoreExtended(&s->X87, area, wide: true);
        if (mxcsr)
        {
            *(uint*)(area + 24) = s->Mxcsr;
            *(uint*)(area + 28) = MxcsrMask;
        }

        if (sse)
        {
            for (int i = 0; i < 16; i++)
                *(UInt128*)(area + 160 + (i * 16)) = *(UInt128*)(s->Xmm + (i * 32));
        }
    }

    /// <summary>The components that are not in their initial state (XINUSE).</summary>
    public static ulong InUse(CpuState* s)
    {
        UInt128 lower = 0, upper = 0;
        for (int i = 0; i < 16; i++)
        {
            lower |= *(UInt128*)(s->Xmm + (i * 32));
            upper |= *(UInt128*)(s->Xmm + (i * 32) + 16);
        }

        ulong used = (lower != 0 ? Sse : 0) | (upper != 0 ? Avx : 0);
        X87State initial = default;
        initial.Reset();
        if (!new ReadOnlySpan<byte>(&s->X87, sizeof(X87State)).SequenceEqual(new ReadOnlySpan<byte>(&initial, sizeof(X87State)))) used |= X87;
        return used;
    }

    /// <summary>The forms without REX.W keep 32 bits of the pointers, and selectors that processors of today store as 0.</summary>
    public static void NarrowPointers(byte* area)
    {
        *(uint*)(area + 12) = 0;
        *(uint*)(area + 20) = 0;
    }

    /// <summary>See the other form.</summary>
    public static void NarrowPointers(CpuState* s)
    {
        s->X87.InstructionPointer = (uint)s->X87.InstructionPointer;
        s->X87.DataPointer = (uint)s->X87.DataPointer;
    }

    public static void RestoreX87(CpuState* s, byte* area) => X87Image.LoadExtended(&s->X87, area, wide: true);

    public static void RestoreXmm(CpuState* s, byte* area) => CopyHalves(s->Xmm, area + 160);

    /// <summary>Fills one half of all registers, with zeros from null.</summary>
    private static void CopyHalves(byte* to, byte* from)
    {
        for (int i = 0; i < 16; i++)
            *(UInt128*)(to + (i * 32)) = from == null ? default : *(UInt128*)(from + (i * 16));
    }
}

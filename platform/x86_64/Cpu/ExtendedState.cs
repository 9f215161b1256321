using System.Buffers.Binary;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Cpu;

/// <summary>
/// The x87 and SSE state in the form of FXSAVE64 (SDM vol. 1 10.5.1, vol. 2A FXSAVE) and, with a header behind it, in the standard
/// form of XSAVE (vol. 1 13.4).
/// </summary>
internal static unsafe class ExtendedState
{
    public const int LegacySize = 512;
    public const int Size = 576;
    public const uint InitialMxcsr = 0x1F80;
    public const uint MxcsrMask = 0xFFFF;

    /// <summary>XCR0: x87 and SSE.</summary>
    public const ulong Features = 3;

    /// <summary>XSAVE of everything; the bytes that XSAVE leaves alone become zero.</summary>
    public static void Save(CpuState* s, Span<byte> area)
    {
        area = area[..Size];
        area.Clear();
        fixed (byte* p = area)
        {
            SaveLegacy(s, p, x87: true, sse: true, mxcsr: true);
            *(ulong*)(p + LegacySize) = Features;
        }
    }

    /// <summary>XRSTOR of everything; false, with nothing changed, where the processor raises #GP.</summary>
    public static bool TryRestore(CpuState* s, ReadOnlySpan<byte> area)
    {
        if (area.Length < Size) return false;
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(area[LegacySize..]);
        if ((present & ~Features) != 0) return false;
        // The standard form has no XCOMP_BV, and the eight bytes behind it are reserved; those after them are not looked at (SDM vol. 1 13.8).
        if (area.Slice(LegacySize + 8, 16).ContainsAnyExcept((byte)0)) return false;
        if ((BinaryPrimitives.ReadUInt32LittleEndian(area[24..]) & ~MxcsrMask) != 0) return false;
        fixed (byte* p = area)
        {
            s->Mxcsr = *(uint*)(p + 24);
            if ((present & 1) != 0) RestoreX87(s, p);
            else s->X87.Reset();
            if ((present & 2) != 0) RestoreXmm(s, p);
            else new Span<byte>(s->Xmm, 512).Clear();
        }

        return true;
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
        ulong used = new ReadOnlySpan<byte>(s->Xmm, 512).ContainsAnyExcept((byte)0) ? 2UL : 0;
        X87State initial = default;
        initial.Reset();
        if (!new ReadOnlySpan<byte>(&s->X87, sizeof(X87State)).SequenceEqual(new ReadOnlySpan<byte>(&initial, sizeof(X87State)))) used |= 1;
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

    public static void RestoreXmm(CpuState* s, byte* area)
    {
        for (int i = 0; i < 16; i++)
            *(UInt128*)(s->Xmm + (i * 32)) = *(UInt128*)(area + 160 + (i * 16));
    }
}

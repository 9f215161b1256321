using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>The state before or after one instruction, as the host's machine code and the interpreter both take it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FloatCase
{
    public const int MemoryOffset = 512, RflagsOffset = 640, RaxOffset = 648;

    /// <summary>The image of FXSAVE64.</summary>
    public fixed byte Image[512];

    /// <summary>The memory operand.</summary>
    public fixed byte Memory[128];

    public ulong Rflags;

    public ulong Rax;

    public ushort ControlWord
    {
        get { fixed (byte* image = Image) return *(ushort*)image; }
        set { fixed (byte* image = Image) *(ushort*)image = value; }
    }

    public ushort StatusWord
    {
        get { fixed (byte* image = Image) return *(ushort*)(image + 2); }
        set { fixed (byte* image = Image) *(ushort*)(image + 2) = value; }
    }

    public byte Occupied
    {
        get { fixed (byte* image = Image) return image[4]; }
        set { fixed (byte* image = Image) image[4] = value; }
    }

    public uint Mxcsr
    {
        get { fixed (byte* image = Image) return *(uint*)(image + 24); }
        set { fixed (byte* image = Image) *(uint*)(image + 24) = value; }
    }
}

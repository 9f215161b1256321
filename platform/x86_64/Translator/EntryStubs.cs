using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Translator;

/// <summary>The way into translated code and back, for the System V calling convention.</summary>
internal static class EntryStubs
{
    private const int Rdi = 7;
    private const int Rsi = 6;

    /// <summary>A function of the state and the code to go to, with the YMM registers whole if <paramref name="wide"/>; it returns when translated code jumps to what <see cref="EmitExit"/> gives.</summary>
    public static nint EmitEntry(HostCode code, StateOffsets offsets, bool wide)
    {
        nint start = code.Here;
        code.Bytes([0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57]); // push rbx, rbp, r12…r15
        code.Memory(0x89, HostCode.State, Rdi, -1, 0, offsets.HostStack);
        code.Memory(0x89, Rsi, Rdi, -1, 0, offsets.HostEntry);
        code.Move(HostCode.State, Rdi);
        Mxcsr(code, 3, offsets.HostMxcsr);
        Mxcsr(code, 2, offsets.Mxcsr);
        for (int i = 0; i < 16; i++) Vector(code, 0x10, i, wide);
        code.Load(HostCode.Rax, offsets.HostFlags);
        code.RestoreFlags();
        code.Load(HostCode.Rax, offsets.HostFlags);
        for (int i = 0; i < 12; i++) code.Load(HostCode.HostOf[i], i * 8);
        code.JumpThrough(offsets.HostEntry);
        return start;
    }

    /// <summary>Gives the registers back and returns to who entered.</summary>
    public static nint EmitExit(HostCode code, StateOffsets offsets, bool wide)
    {
        nint start = code.Here;
        code.Store(HostCode.Rax, offsets.HostFlags);
        for (int i = 0; i < 12; i++) code.Store(HostCode.HostOf[i], i * 8);
        code.Store(HostCode.Address, offsets.HostAddress);
        code.Store(HostCode.Index, offsets.HostIndex);
        for (int i = 0; i < 16; i++) Vector(code, 0x11, i, wide);
        if (wide) code.Bytes([0xC5, 0xF8, 0x77]); // vzeroupper
        Mxcsr(code, 3, offsets.Mxcsr);
        Mxcsr(code, 2, offsets.HostMxcsr);
        code.Load(HostCode.State, offsets.HostStack);
        code.Bytes([0x41, 0x5F, 0x41, 0x5E, 0x41, 0x5D, 0x41, 0x5C, 0x5D, 0x5B, 0xC3]);
        return start;
    }

    /// <summary>LDMXCSR (2) or STMXCSR (3).</summary>
    private static void Mxcsr(HostCode code, int extension, int offset)
    {
        code.Bytes([0x0F, 0xAE, (byte)(0x84 | (extension << 3)), 0x24]);
        code.Int32(offset);
    }

    /// <summary>MOVUPS, or VMOVUPS of 32 bytes, of a register from (10) or to (11) its place in the state.</summary>
    private static void Vector(HostCode code, byte opcode, int number, bool wide)
    {
        if (wide) code.Bytes([0xC5, number >= 8 ? (byte)0x7C : (byte)0xFC]);
        else if (number >= 8) code.Bytes([0x44, 0x0F]);
        else code.Bytes([0x0F]);
        code.Bytes([opcode, (byte)(0x84 | ((number & 7) << 3)), 0x24]);
        code.Int32(CpuState.XmmOffset(number));
    }
}

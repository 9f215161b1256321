using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>Where an operand of <see cref="VexHandlers.Any"/> is.</summary>
internal enum VexOperandKind : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>An XMM or YMM register.</summary>
    Vector,

    /// <summary>A general register.</summary>
    General,

    Memory,
}

/// <summary>
/// The record behind that of a VEX instruction (<see cref="VexHandlers.Any"/>): the operation, and operands for which
/// <see cref="Op"/> has no place. The destination and the source, a register or memory, are in the <see cref="Op"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VexData
{
    /// <summary>The operation: a function over sixteen bytes, or over whole registers (<see cref="VexForm"/>).</summary>
    public nint Function;

    /// <summary>Offset of the first source register, with which the operation's destination begins.</summary>
    public ushort First;

    /// <summary>Offset of the third source register.</summary>
    public ushort Third;

    /// <summary>1, or 2 when the operation is done for both halves.</summary>
    public byte Lanes;

    /// <summary>Bytes from the source of the first half to that of the second.</summary>
    public byte SourceStride;

    /// <summary>The same for the destination.</summary>
    public byte DestinationStride;

    public byte Immediate;

    /// <summary>How far the immediate is shifted right for the second half.</summary>
    public byte ImmediateShift;

    /// <summary>Bytes of the registers <see cref="First"/> and <see cref="Third"/> that count: 16 or 32.</summary>
    public byte FirstBytes;

    /// <summary>Bytes of the source, which is extended with zeros.</summary>
    public byte SourceBytes;

    /// <summary>Bytes of the result; a vector register's other bytes become zero.</summary>
    public byte ResultBytes;

    /// <summary>Bits of an address that must be zero.</summary>
    public byte AlignmentMask;

    public VexOperandKind Source;

    public VexOperandKind Result;
}

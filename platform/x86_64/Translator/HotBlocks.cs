using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter;

namespace Kpio.Platform.X64.Translator;

/// <summary>
/// The record in front of a block that may be translated: <see cref="Op.Immediate"/> counts down to 0 how often the block is entered,
/// <see cref="Op.Displacement"/> is its host code then.
/// </summary>
internal static unsafe class HotBlocks
{
    /// <summary>Marks the record.</summary>
    public const ushort Mark = 0xC0DE;

    public static bool IsCounter(Op* op) => op->Detail == Mark && op->Length == 0;

    public static void Count(CpuState* s, Op* op, Engine e, long budget)
    {
        if (--op->Immediate <= 0)
        {
            Leave(s, op, e, budget);
            return;
        }

        Chain.Next(s, op, e, budget);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Leave(CpuState* s, Op* op, Engine e, long budget)
    {
        s->Rip = op->Rip;
        s->NextOp = null;
        s->Budget = budget;
        s->HotOp = op;
    }
}

/// <summary>An entry of the cache by which translated code finds the code at a linear address.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CodeCacheEntry
{
    public ulong Rip;
    public nint Code;

    public const int Count = 4096;

    /// <summary>The bits of an offset.</summary>
    public const ulong Mask = (Count - 1) << 4;

    /// <summary>The byte offset of the entry for an address.</summary>
    public static ulong Offset(ulong rip) => ((rip ^ (rip >> 9)) << 4) & Mask;
}

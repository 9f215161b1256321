using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>VDPPS over both halves: each step of the operation reports for all elements before the next one begins (SDM vol. 2A, DPPS).</summary>
internal static unsafe class VexDotProduct
{
    private const int Elements = 8;

    /// <summary>Eight products, added in pairs, then the pairs, in each half by itself.</summary>
    public static void Singles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        float* left = (float*)destination;
        float* right = (float*)source;
        float* values = stackalloc float[Elements];
        uint flags = 0;
        for (int i = 0; i < Elements; i++)
            values[i] = (immediate >> (4 + (i & 3)) & 1) != 0 ? SseScalar.Element<SseMultiply>(left[i], right[i], state->Mxcsr, ref flags) : 0;
        if (!SseArithmetic.Complete(state, flags))
            return;
        for (int count = Elements / 2; count >= 2; count /= 2)
        {
            flags = 0;
            for (int i = 0; i < count; i++)
                values[i] = SseScalar.Element<SseAdd>(values[2 * i], values[(2 * i) + 1], state->Mxcsr, ref flags);
            if (!SseArithmetic.Complete(state, flags))
                return;
        }

        for (int i = 0; i < Elements; i++)
            left[i] = (immediate >> (i & 3) & 1) != 0 ? values[i / 4] : 0;
    }
}

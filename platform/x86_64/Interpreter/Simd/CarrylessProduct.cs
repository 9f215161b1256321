using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>PCLMULQDQ: the product of polynomials over two elements (SDM vol. 2B).</summary>
internal static unsafe class CarrylessProduct
{
    /// <summary>Bit 0 of the immediate chooses the half of the destination, bit 4 that of the source.</summary>
    internal static void Multiply(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        ulong left = ((ulong*)destination)[immediate & 1], right = ((ulong*)source)[(immediate >> 4) & 1];
        ulong low = 0, high = 0;
        for (int i = 0; i < 64; i++)
        {
            if (((right >> i) & 1) == 0) continue;
            low ^= left << i;
            if (i != 0) high ^= left >> (64 - i);
        }

        *destination = Vector128.Create(low, high).AsByte();
    }
}

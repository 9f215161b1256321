using System.Runtime.InteropServices;
using Kpio.Contracts.Process;

namespace Kpio.Platform.Host.Linux;

/// <summary>Random bytes by getrandom(2), which any kernel since 3.17 has.</summary>
internal sealed unsafe class LinuxEntropy : IEntropySource
{
    public void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            nint count;
            fixed (byte* bytes = destination)
                count = LibC.Getrandom(bytes, (nuint)destination.Length, 0);
            if (count >= 0)
                destination = destination[(int)count..];
            else if (Marshal.GetLastPInvokeError() != LibC.EINTR)
                throw new InvalidOperationException($"getrandom(2) failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }
}

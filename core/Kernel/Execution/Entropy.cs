using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Kpio.Contracts.Process;
using Microsoft.Win32.SafeHandles;

namespace Kpio.Kernel.Execution;

/// <summary>
/// Random bytes of the host. Reads the host kernel's device where there is one: the base library's generator would load a
/// cryptography library first, at ten times the cost of everything else at a machine's start.
/// </summary>
internal sealed class HostEntropy : IEntropySource, IDisposable
{
    private const string DevicePath = "/dev/urandom";
    private SafeFileHandle? _device;

    public void Fill(Span<byte> destination)
    {
        if (!OperatingSystem.IsWindows())
        {
            _device ??= File.OpenHandle(DevicePath);
            while (destination.Length > 0)
                destination = destination[RandomAccess.Read(_device, destination, 0)..];
            return;
        }

        RandomNumberGenerator.Fill(destination);
    }

    public void Dispose() => _device?.Dispose();
}

/// <summary>Random bytes that are a function of a seed: xoshiro256** (Blackman and Vigna 2018), its state filled by splitmix64.</summary>
internal sealed class SeededEntropy : IEntropySource
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public SeededEntropy(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    /// <summary>Its state: four words.</summary>
    public ulong[] State
    {
        get => [_a, _b, _c, _d];
        set => (_a, _b, _c, _d) = (value[0], value[1], value[2], value[3]);
    }

    public void Fill(Span<byte> destination)
    {
        Span<byte> last = stackalloc byte[8];
        while (destination.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
            destination = destination[8..];
        }

        if (destination.Length == 0)
            return;
        BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
        last[..destination.Length].CopyTo(destination);
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }

    private ulong Next()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }
}

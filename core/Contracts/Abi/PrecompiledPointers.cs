using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Abi;

/// <summary>
/// Uses <see cref="UserPointer{T}"/> with the numbers, for the reason of <see cref="PrecompiledResults"/>: its code for them can be in no
/// other assembly's precompiled code. Never called.
/// </summary>
internal static class PrecompiledPointers
{
    internal static bool Use(GuestTask task) =>
        Touch<byte>(task) | Touch<int>(task) | Touch<uint>(task) | Touch<long>(task) | Touch<ulong>(task);

    private static bool Touch<T>(GuestTask task)
        where T : unmanaged
    {
        var pointer = new UserPointer<T>(task, 1);
        return !pointer.At(1).IsNull && pointer.TryRead(out T value, out _) && pointer.TryWrite(in value, out _);
    }
}

using Kpio.Contracts.Platform;

namespace Kpio.Contracts.Values;

/// <summary>
/// Uses <see cref="Result{T}"/> with the types of the contracts, so that its code for them is in this assembly's precompiled code:
/// another assembly cannot hold it, and compiling it costs every start of the program some milliseconds. Never called.
/// </summary>
internal static class PrecompiledResults
{
    internal static bool Use() =>
        Touch<FrameNumber>(default) | Touch<AddressSpaceId>(default) | Touch<FileId>(default) | Touch<NodeId>(default)
        | Touch<HostFileId>(default) | Touch<MountId>(default) | Touch<int>(default) | Touch<long>(default) | Touch<ulong>(default)
        | Touch<uint>(default);

    private static bool Touch<T>(T value)
        where T : struct
    {
        Result<T> success = value;
        Result<T> failure = Errno.ENOMEM;
        return success.TryGet(out _, out _) && success.IsOk && failure.Error == Errno.None && failure.ValueOrDefault.Equals(value);
    }
}

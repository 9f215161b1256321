using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Device numbers as Linux assigns them (Documentation/admin-guide/devices.txt).</summary>
internal static class DeviceNumbers
{
    public const ulong Null = 0x103;
    public const ulong Zero = 0x105;
    public const ulong Full = 0x107;
    public const ulong Random = 0x108;
    public const ulong Urandom = 0x109;
    public const ulong Tty = 0x500;
    public const ulong Console = 0x501;
    public const ulong MasterMultiplexer = 0x502;

    public static bool IsMemoryDevice(ulong device) => device is Null or Zero or Full or Random or Urandom;
}

/// <summary>The devices of major number 1 (mem(4), null(4), full(4), random(4)).</summary>
internal sealed class MemoryDeviceDriver : FileDriver
{
    private readonly IEntropySource _entropy;

    public MemoryDeviceDriver(IEntropySource entropy) => _entropy = entropy;

    public override OpenFileKind Kind => OpenFileKind.Device;

    public override bool CanPoll(OpenFile file) => file.Device is DeviceNumbers.Random or DeviceNumbers.Urandom;

    // The signal would come when there is randomness: it has always been there.
    public override Result<FileOwner> SendsSignals(OpenFile file) => CanPoll(file) ? default(FileOwner) : Errno.EOPNOTSUPP;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        switch (file.Device)
        {
            case DeviceNumbers.Null:
                return 0;
            case DeviceNumbers.Random or DeviceNumbers.Urandom:
                _entropy.Fill(destination);
                return destination.Length;
            default:
                destination.Clear();
                return destination.Length;
        }
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task) =>
        file.Device == DeviceNumbers.Full ? Errno.ENOSPC : source.Length;

    // null, zero and full answer 0 to every seek; so, near enough, do the random devices.
    public override Result<long> Seek(OpenFile file, long offset, int whence)
    {
        if (whence is < 0 or > 4)
            return Errno.EINVAL;
        file.Position = 0;
        return 0;
    }

    public override void Close(OpenFile file) => file.Mount?.Content?.Close(file.Node);
}

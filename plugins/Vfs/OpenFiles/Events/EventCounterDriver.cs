using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>A counter that is waited for (eventfd(2)).</summary>
internal sealed class EventCounter
{
    public ulong Value { get; set; }

    /// <summary>EFD_SEMAPHORE: a read takes one, not all.</summary>
    public bool IsSemaphore { get; init; }
}

/// <summary>eventfd(2).</summary>
internal sealed class EventCounterDriver : SpecialDriver
{
    private readonly FileWakes _wakes;

    public EventCounterDriver(FileWakes wakes) => _wakes = wakes;

    public override OpenFileKind Kind => OpenFileKind.EventCounter;

    protected override string Name => "[eventfd]";

    public override TransferKind TransferOf(OpenFile file, bool isWrite) => isWrite ? TransferKind.Each : TransferKind.Whole;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        if (destination.Length < sizeof(ulong))
            return Errno.EINVAL;
        EventCounter counter = CounterOf(file);
        if (counter.Value == 0)
            return Errno.EAGAIN;
        ulong taken = counter.IsSemaphore ? 1 : counter.Value;
        counter.Value -= taken;
        BinaryPrimitives.WriteUInt64LittleEndian(destination, taken);
        _wakes.Wake(file, PollEvents.POLLOUT);
        return sizeof(ulong);
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        if (source.Length < sizeof(ulong))
            return Errno.EINVAL;
        ulong added = BinaryPrimitives.ReadUInt64LittleEndian(source);
        if (added == ulong.MaxValue)
            return Errno.EINVAL;
        EventCounter counter = CounterOf(file);
        if (ulong.MaxValue - counter.Value <= added)
            return Errno.EAGAIN;
        counter.Value += added;
        _wakes.Wake(file, PollEvents.POLLIN);
        return sizeof(ulong);
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        ulong value = CounterOf(file).Value;
        PollEvents ready = PollEvents.None;
        if (value > 0)
            ready |= PollEvents.POLLIN;
        if (value < ulong.MaxValue - 1)
            ready |= PollEvents.POLLOUT;
        return ready & interests;
    }

    public override SpecialFileState Capture(OpenFile file)
    {
        EventCounter counter = CounterOf(file);
        return new EventCounterState { Value = counter.Value, IsSemaphore = counter.IsSemaphore };
    }

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not EventCounterState counter)
            return Errno.EINVAL;
        file.Special = new EventCounter { Value = counter.Value, IsSemaphore = counter.IsSemaphore };
        return Errno.None;
    }

    private static EventCounter CounterOf(OpenFile file) => (EventCounter)file.Special!;
}

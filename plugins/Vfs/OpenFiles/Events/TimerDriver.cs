using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>A timer of the kernel's that wakes its file (timerfd_create(2)).</summary>
internal sealed record TimerFile(TimerId Timer, ClockId Clock);

/// <summary>timerfd_create(2).</summary>
internal sealed class TimerDriver : SpecialDriver
{
    private readonly IKernelTimers _timers;

    public TimerDriver(IKernelTimers timers) => _timers = timers;

    public override OpenFileKind Kind => OpenFileKind.Timer;

    protected override string Name => "[timerfd]";

    /// <summary>Makes the timer of a file.</summary>
    public Errno Attach(OpenFile file, ClockId clock)
    {
        if (!_timers.Create(clock, 0, new TimerTarget(FileWakes.KeyOf(file), 0, 0, default)).TryGet(out TimerId timer, out Errno error))
            return error;
        file.Special = new TimerFile(timer, clock);
        return Errno.None;
    }

    public TimerSetting SettingOf(OpenFile file) => _timers.TryGet(TimerOf(file).Timer, out TimerSetting setting) ? setting : default;

    public void Set(OpenFile file, long expiry, long interval) => _timers.Arm(TimerOf(file).Timer, expiry, interval);

    public override TransferKind TransferOf(OpenFile file, bool isWrite) => TransferKind.Whole;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        if (destination.Length < sizeof(ulong))
            return Errno.EINVAL;
        long count = _timers.TakeExpirations(TimerOf(file).Timer);
        if (count == 0)
            return Errno.EAGAIN;
        BinaryPrimitives.WriteInt64LittleEndian(destination, count);
        return sizeof(ulong);
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task) =>
        SettingOf(file).HasFired ? interests & PollEvents.POLLIN : PollEvents.None;

    public override void Close(OpenFile file) => _timers.Delete(TimerOf(file).Timer);

    public override SpecialFileState Capture(OpenFile file) => new TimerFileState { Timer = TimerOf(file).Timer, Clock = TimerOf(file).Clock };

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not TimerFileState timer)
            return Errno.EINVAL;
        file.Special = new TimerFile(timer.Timer, timer.Clock);
        return Errno.None;
    }

    private static TimerFile TimerOf(OpenFile file) => (TimerFile)file.Special!;
}

using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Signals;

namespace Kpio.Plugins.LinuxAbi.Tests.Abi;

/// <summary>The Linux interface with nothing behind its slots: for its table, and for calls that need no other plugin.</summary>
internal static class TestAbi
{
    public static ISyscallAbi Create() => new LinuxSyscalls(
        new Slot<IVfs>(),
        new Slot<IVfsMounts>(),
        new Slot<IOpenFiles>(),
        new Slot<IFileControl>(),
        new Slot<IFileEvents>(),
        new Slot<IFileSignals>(),
        new Slot<IFileLeases>(),
        new Slot<ITerminals>(),
        new Slot<IDescriptorTables>(),
        new Slot<IEventPolls>(),
        new Slot<ISpecialFiles>(),
        new Slot<IPipes>(),
        new Slot<IVfsAttributes>(),
        new Slot<IFileLocks>(),
        new Slot<ILocalSockets>(),
        new Slot<IFileWatches>(),
        new Slot<IMemoryManager>(),
        new Slot<IAddressSpaces>(),
        new Slot<IPageResidence>(),
        new Slot<IMemoryFiles>(),
        new Slot<ISharedSegments>(),
        new Slot<ISemaphoreSets>(),
        new Slot<ISemaphoreUndo>(),
        new Slot<IMessageQueues>(),
        new Slot<INamedQueues>(),
        new Slot<IProcessManager>(),
        new Slot<ISignals>(),
        new Slot<IChildProcesses>(),
        new Slot<IProcessTracing>(),
        new Slot<IFutexes>(),
        new Slot<IFutexLocks>(),
        new SignalFrame(),
        new NoTasks(),
        new NoWaiters(),
        new StoppedClock(),
        new NoTimers(),
        new Zeros(),
        new MachineOptions());

    private sealed class NoTasks : ITaskTable
    {
        public IEnumerable<GuestTask> All => [];

        public int Count => 0;

        public int NextTid() => 2;

        public GuestTask? Find(int tid) => null;

        public void Add(GuestTask task) => throw new NotSupportedException();

        public void Remove(GuestTask task) => throw new NotSupportedException();

        public void ChangeTid(GuestTask task, int tid) => throw new NotSupportedException();
    }

    private sealed class NoTimers : IKernelTimers
    {
        public Result<TimerId> Create(ClockId clock, int owner, in TimerTarget target) => Errno.EINVAL;

        public void Arm(TimerId timer, long expiryNanoseconds, long intervalNanoseconds) => throw new NotSupportedException();

        public bool TryGet(TimerId timer, out TimerSetting setting) => throw new NotSupportedException();

        public long TakeExpirations(TimerId timer, long leastNanoseconds = 0) => throw new NotSupportedException();

        public void Delete(TimerId timer) => throw new NotSupportedException();
    }

    private sealed class NoWaiters : IWaitQueues
    {
        public int Wake(WaitKey key, int most = int.MaxValue) => 0;

        public bool Interrupt(GuestTask task, bool kills = false) => false;

        public void Forget(GuestTask task) => throw new NotSupportedException();

        public void Watch(WaitKey key, HostFileId handle) => throw new NotSupportedException();

        public void Unwatch(WaitKey key) => throw new NotSupportedException();

        public void Subscribe(WaitKey key) => throw new NotSupportedException();

        public void Unsubscribe(WaitKey key) => throw new NotSupportedException();
    }

    private sealed class StoppedClock : IKernelClock
    {
        public long Cycles => 0;

        public Result<long> Now(ClockId clock, GuestTask? task = null) => 5_000_000_007;

        public Result<long> Resolution(ClockId clock) => 1;
    }

    private sealed class Zeros : IEntropySource
    {
        public void Fill(Span<byte> destination) => destination.Clear();
    }
}

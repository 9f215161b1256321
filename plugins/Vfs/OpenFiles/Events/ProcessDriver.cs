using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>A process that a file stands for: known again by its start, should its number be used for another.</summary>
internal sealed record ProcessFile(int Pid, long StartTimeNanoseconds);

/// <summary>pidfd_open(2).</summary>
internal sealed class ProcessDriver : SpecialDriver
{
    private readonly ITaskTable _tasks;

    public ProcessDriver(ITaskTable tasks) => _tasks = tasks;

    public override OpenFileKind Kind => OpenFileKind.Process;

    protected override string Name => "[pidfd]";

    public override WaitKey KeyOf(OpenFile file, GuestTask task) => new(WaitKind.ProcessEnd, (ulong)ProcessOf(file).Pid);

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task) =>
        Find(file) is { WaitStatus: null } ? PollEvents.None : interests & (PollEvents.POLLIN | PollEvents.POLLRDNORM);

    /// <summary>The process, also when it has ended and nobody has waited for it yet; null when it is gone.</summary>
    public ThreadGroup? Find(OpenFile file)
    {
        ProcessFile process = ProcessOf(file);
        ThreadGroup? group = _tasks.Find(process.Pid)?.Group;
        return group?.StartTimeNanoseconds == process.StartTimeNanoseconds ? group : null;
    }

    public override SpecialFileState Capture(OpenFile file) =>
        new ProcessFileState { Pid = ProcessOf(file).Pid, StartTimeNanoseconds = ProcessOf(file).StartTimeNanoseconds };

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not ProcessFileState process)
            return Errno.EINVAL;
        file.Special = new ProcessFile(process.Pid, process.StartTimeNanoseconds);
        return Errno.None;
    }

    private static ProcessFile ProcessOf(OpenFile file) => (ProcessFile)file.Special!;
}

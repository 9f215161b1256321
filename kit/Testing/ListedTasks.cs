using Kpio.Contracts.Process;

namespace Kpio.Testing;

/// <summary>A table of tasks that are there from the start, for tests of a scheduler without a machine. Nothing can be added to it.</summary>
public sealed class ListedTasks(params GuestTask[] tasks) : ITaskTable
{
    /// <inheritdoc/>
    public IEnumerable<GuestTask> All => tasks;

    /// <inheritdoc/>
    public int Count => tasks.Length;

    /// <summary>A task that is the one thread of a process of root's, without registers and memory.</summary>
    public static GuestTask NewTask(int tid) => new(tid, new ThreadGroup(tid, 0), null!, null!)
    {
        Descriptors = new DescriptorTable(),
        FileSystem = new FileSystemContext(),
        Credentials = Credentials.Of(0, 0),
    };

    /// <inheritdoc/>
    public int NextTid() => throw new NotSupportedException();

    /// <inheritdoc/>
    public GuestTask? Find(int tid) => Array.Find(tasks, task => task.Tid == tid);

    /// <inheritdoc/>
    public void Add(GuestTask task) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Remove(GuestTask task) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void ChangeTid(GuestTask task, int tid) => throw new NotSupportedException();
}

using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.Process;

/// <summary>Makes, replaces and ends tasks and delivers signals to them. The Process plugin.</summary>
public interface IProcessManager
{
    /// <summary>Makes the machine's first process, without a program yet; <see cref="Exec"/> gives it one.</summary>
    Result<GuestTask> CreateFirst(FirstProcess options);

    /// <summary>
    /// Makes a process or a thread (clone(2)) and answers its tid; with CLONE_VFORK it answers a wait first. EAGAIN at a limit, EINVAL for
    /// flags that exclude each other, ENOMEM.
    /// </summary>
    SysResult Clone(GuestTask task, in CloneRequest request);

    /// <summary>Replaces the task's program (execve(2)). On success the registers stand at the program's entry; on an error the old program is untouched.</summary>
    Errno Exec(GuestTask task, ExecRequest request);

    /// <summary>Ends a task, and its whole process when <paramref name="wholeGroup"/>; <paramref name="status"/> is in the form of wait(2).</summary>
    void Exit(GuestTask task, int status, bool wholeGroup);

    /// <summary>Queues a signal for a process (<paramref name="tid"/> 0) or for one thread of it; ESRCH when there is none.</summary>
    Errno Send(int pid, int tid, in SignalInfo signal);

    /// <summary>Turns a processor fault or exception into the signal that Linux sends for it, and forces it on the task; <paramref name="outcome"/> is the memory manager's answer to a page fault.</summary>
    void RaiseFault(GuestTask task, in CpuExit exit, FaultOutcome outcome);

    /// <summary>
    /// Acts on pending signals before the task goes back to ring 3: handler frames, default actions, the restart of a call that a
    /// signal ended. True when the task may go on; false when it is stopped or has ended, or, still runnable, waits as <see cref="GuestTask.Wait"/> says.
    /// </summary>
    bool DeliverSignals(GuestTask task);

    /// <summary>A process has another RLIMIT_CPU in <see cref="ThreadGroup.Limits"/>, which acts from now on: SIGXCPU each second, then SIGKILL (getrlimit(2)).</summary>
    void ApplyCpuLimit(ThreadGroup group);
}

/// <summary>A program to be started (execve(2), execveat(2)).</summary>
/// <param name="Path">Its path.</param>
/// <param name="Arguments">argv.</param>
/// <param name="Environment">envp.</param>
public sealed record ExecRequest(byte[] Path, IReadOnlyList<byte[]> Arguments, IReadOnlyList<byte[]> Environment)
{
    /// <summary>The directory that a relative path starts from, or with <see cref="WalkFlags.EmptyPath"/> and an empty path the program itself; none for the working directory.</summary>
    public FileId Directory { get; init; }

    /// <summary>The descriptor that <see cref="Directory"/> comes from: scripts and the auxiliary vector name the program <c>/dev/fd/N</c> then.</summary>
    public int DirectoryDescriptor { get; init; }

    /// <summary>Whether that descriptor is closed by the call, so that an interpreter could not open a script by its name.</summary>
    public bool ClosesDirectory { get; init; }

    /// <summary>How the path is walked.</summary>
    public WalkFlags Flags { get; init; }
}

/// <summary>What the machine's first process starts with.</summary>
/// <param name="Credentials">Its ids.</param>
/// <param name="FileSystem">Its root, working directory and umask.</param>
/// <param name="Descriptors">Its descriptors 0, 1 and 2.</param>
public sealed record FirstProcess(Credentials Credentials, FileSystemContext FileSystem, DescriptorTable Descriptors);

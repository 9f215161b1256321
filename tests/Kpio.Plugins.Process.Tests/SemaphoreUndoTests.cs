using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel.Tests;

namespace Kpio.Plugins.Process.Tests;

/// <summary>CLONE_SYSVSEM, which every pthread has, with System V semaphores and under a memory manager that has none.</summary>
public sealed class SemaphoreUndoTests
{
    private const CloneFlags Thread = CloneFlags.CLONE_VM | CloneFlags.CLONE_FS | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_THREAD | CloneFlags.CLONE_SYSVSEM;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AThreadIsMadeAndEnds(bool hasSemaphores)
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(static c => TestMachine.Call(c, TestSystem.Exit, 0)));
        if (!hasSemaphores)
            machine.Machine.Slots.SemaphoreUndo.Bind(null);
        GuestTask first = machine.Machine.Tasks.All.Single();
        SysResult made = machine.Machine.Slots.Processes.Current.Clone(first, new CloneRequest(Thread, Signal.None));
        Assert.True(made.Raw > 0);
        GuestTask thread = machine.Machine.Tasks.Find((int)made.Raw)!;
        SemaphoreUndoList? list = first.SemaphoreUndo;
        Assert.Equal(hasSemaphores, list is not null);
        Assert.Same(list, thread.SemaphoreUndo);
        Assert.Equal(hasSemaphores ? 2 : 0, list?.Sharers ?? 0);
        Assert.Equal(0, machine.Machine.Run().ExitCode);
        Assert.Equal(0, list?.Sharers ?? 0);
    }
}

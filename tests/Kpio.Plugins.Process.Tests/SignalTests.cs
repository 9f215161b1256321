using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Tests;

namespace Kpio.Plugins.Process.Tests;

public sealed class SignalTests : IDisposable
{
    private readonly TestMachine _machine = new();

    public SignalTests() => Assert.Equal(Errno.None, _machine.Start(c => TestMachine.Call(c, TestSystem.Exit, 0)));

    private IProcessManager Processes => _machine.Machine.Slots.Processes.Current;

    private ISignals Signals => _machine.Machine.Slots.Signals.Current;

    private GuestTask Task => _machine.Machine.Tasks.All.Single();

    public void Dispose() => _machine.Dispose();

    public static TheoryData<Signal, bool> Defaults
    {
        get
        {
            var data = new TheoryData<Signal, bool>();
            for (Signal signal = Signal.SIGHUP; signal <= Signal.SIGRTMAX; signal++)
            {
                bool survives = signal is Signal.SIGCHLD or Signal.SIGURG or Signal.SIGWINCH or Signal.SIGCONT or Signal.SIGTSTP or Signal.SIGTTIN or Signal.SIGTTOU;
                if (signal != Signal.SIGSTOP)
                    data.Add(signal, survives);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Each_signal_has_its_default_action(Signal signal, bool survives)
    {
        // The terminal's stop signals do nothing to a group that no shell looks after.
        Assert.Equal(Errno.None, Send(signal));
        MachineExit exit = _machine.Machine.Run();
        Assert.Equal(survives ? 0 : 128 + (int)signal, exit.ExitCode);
    }

    [Fact]
    public void A_stopped_process_goes_on_with_sigcont_only()
    {
        Send(Signal.SIGSTOP);
        Assert.False(Processes.DeliverSignals(Task));
        Assert.Equal(TaskState.Stopped, Task.State);
        Send(Signal.SIGUSR1);
        Assert.Equal(TaskState.Stopped, Task.State);
        Send(Signal.SIGCONT);
        Assert.Equal(TaskState.Runnable, Task.State);
        Assert.Equal(128 + (int)Signal.SIGUSR1, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void Kill_ends_a_stopped_process()
    {
        Send(Signal.SIGSTOP);
        Processes.DeliverSignals(Task);
        Send(Signal.SIGKILL);
        Assert.Equal(137, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void Blocked_signals_wait_and_are_queued_once()
    {
        Task.Signals.Blocked = new SignalSet(ulong.MaxValue);
        Send(Signal.SIGTERM);
        Send(Signal.SIGTERM);
        Send((Signal)40);
        Send((Signal)40);
        Assert.True(Processes.DeliverSignals(Task));
        Assert.Equal([Signal.SIGTERM, (Signal)40, (Signal)40], Task.Group.PendingSignals.Select(info => info.Signal));
        Signals.SetBlocked(Task, default);
        Assert.Equal(128 + (int)Signal.SIGTERM, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void Kill_and_stop_cannot_be_blocked_or_ignored()
    {
        Task.Signals.Blocked = new SignalSet(ulong.MaxValue);
        Task.Group.SignalActions[(int)Signal.SIGKILL] = new SignalAction(1, 0, 0, default);
        Send(Signal.SIGKILL);
        Assert.Equal(137, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void Faults_go_before_other_signals()
    {
        Send(Signal.SIGHUP);
        Send(Signal.SIGSEGV);
        Assert.Equal(139, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void Signals_find_their_process()
    {
        Assert.Equal(Errno.None, Send(Signal.None));
        Assert.Equal(Errno.ESRCH, Processes.Send(99, 0, new SignalInfo(Signal.SIGTERM, 0)));
        Assert.Equal(Errno.ESRCH, Processes.Send(2, 3, new SignalInfo(Signal.SIGTERM, 0)));
        Assert.Equal(Errno.None, Processes.Send(2, 2, new SignalInfo(Signal.SIGTERM, 0)));
        Assert.Equal(143, _machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void A_handler_starts_with_its_mask_and_the_old_one_in_its_frame()
    {
        var mask = new SignalSet(0).With(Signal.SIGHUP);
        Signals.SetAction(Task, Signal.SIGUSR1, new SignalAction(0x400000, 0, 0, mask));
        Signals.SetBlocked(Task, new SignalSet(0).With(Signal.SIGALRM));
        Send(Signal.SIGUSR1);
        Assert.True(Processes.DeliverSignals(Task));
        Assert.Equal(0x400000UL, Task.Cpu.Rip);
        Assert.Equal(new SignalSet(0).With(Signal.SIGALRM), _machine.System.LastBlocked);
        Assert.Equal(new SignalSet(0).With(Signal.SIGALRM).With(Signal.SIGHUP).With(Signal.SIGUSR1), Task.Signals.Blocked);
        Assert.False(Task.HasSignalWork);
    }

    [Fact]
    public void A_mask_for_one_call_is_in_no_handlers_frame()
    {
        Signals.SetAction(Task, Signal.SIGUSR1, new SignalAction(0x400000, 0, 0, default));
        SignalSet before = new SignalSet(0).With(Signal.SIGUSR1);
        Signals.SetBlocked(Task, before);
        Send(Signal.SIGUSR1);
        Assert.False(Task.HasDeliverableSignal);
        Signals.BlockDuringCall(Task, default);
        Signals.BlockDuringCall(Task, new SignalSet(ulong.MaxValue));
        Assert.True(Task.HasDeliverableSignal);
        Assert.True(Processes.DeliverSignals(Task));
        Assert.Equal(before, _machine.System.LastBlocked);
        Assert.False(Task.Signals.HasSaved);
    }

    [Fact]
    public void A_mask_for_one_call_ends_with_it_when_no_handler_runs()
    {
        SignalSet before = new SignalSet(0).With(Signal.SIGUSR1);
        Signals.SetBlocked(Task, before);
        Signals.BlockDuringCall(Task, default);
        Assert.True(Processes.DeliverSignals(Task));
        Assert.Equal(before, Task.Signals.Blocked);
    }

    [Fact]
    public void Without_a_stack_the_signal_becomes_sigsegv_and_then_the_end()
    {
        Signals.SetAction(Task, Signal.SIGUSR1, new SignalAction(TestSystem.NoStackHandler, 0, 0, default));
        Signals.SetAction(Task, Signal.SIGSEGV, new SignalAction(TestSystem.NoStackHandler, 0, 0, default));
        Send(Signal.SIGUSR1);
        Assert.Equal(139, _machine.Machine.Run().ExitCode);
        Assert.Contains("has no room for the handler of SIGSEGV", Assert.Single(_machine.Reports), StringComparison.Ordinal);
    }

    [Fact]
    public void A_core_status_needs_a_limit_that_allows_one()
    {
        Task.Group.Limits[4] = new ResourceLimit(ResourceLimit.Infinity, ResourceLimit.Infinity);
        ThreadGroup group = Task.Group;
        Send(Signal.SIGQUIT);
        _machine.Machine.Run();
        Assert.Equal((int)Signal.SIGQUIT | 0x80, group.WaitStatus);
    }

    [Fact]
    public void A_full_queue_refuses_what_a_program_sends_and_takes_what_the_kernel_sends()
    {
        Task.Group.Limits[11] = new ResourceLimit(2, 2);
        Signals.SetBlocked(Task, new SignalSet(ulong.MaxValue));
        var queued = new SignalInfo((Signal)40, SignalCode.SI_QUEUE);
        Assert.Equal(Errno.None, Processes.Send(2, 0, in queued));
        Assert.Equal(Errno.None, Processes.Send(2, 2, in queued));
        Assert.Equal(Errno.EAGAIN, Processes.Send(2, 0, in queued));
        Assert.Equal(Errno.None, Processes.Send(2, 0, new SignalInfo((Signal)41, SignalCode.SI_USER, Pid: 9)));
        Assert.Equal(Errno.None, Processes.Send(2, 0, new SignalInfo(Signal.SIGHUP, SignalCode.SI_KERNEL)));
        Assert.True(Signals.TryTake(Task, new SignalSet(0).With((Signal)41), out SignalInfo bare));
        Assert.Equal(0, bare.Pid);
        Assert.True(Signals.TryTake(Task, new SignalSet(ulong.MaxValue), out SignalInfo first));
        Assert.Equal((Signal)40, first.Signal);
    }

    private Errno Send(Signal signal) => Processes.Send(2, 0, new SignalInfo(signal, 0));
}

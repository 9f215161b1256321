using Iced.Intel;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using static Iced.Intel.AssemblerRegisters;
using static Kpio.Kernel.Tests.TestMachine;

namespace Kpio.Kernel.Tests;

public sealed class RunLoopTests
{
    private const long Stack = (long)TestSystem.StackTop - 0x1000;

    [Fact]
    public void A_program_ends_with_its_own_code()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c => Call(c, TestSystem.Exit, 42));
        Assert.Equal(MachineEnd.Finished, exit.End);
        Assert.Equal(42, exit.ExitCode);
        Assert.Empty(machine.Machine.Tasks.All);
    }

    [Fact]
    public void A_call_reads_guest_memory_and_answers_in_rax()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c =>
        {
            c.mov(rax, 0x0A6F6C6C6568);
            c.push(rax);
            c.mov(rdi, rsp);
            c.mov(esi, 6);
            c.mov(eax, TestSystem.Print);
            c.syscall();
            ExitWithRax(c);
        });
        Assert.Equal("hello\n", machine.Console.Output);
        Assert.Equal(6, exit.ExitCode);
    }

    [Fact]
    public void An_unknown_call_is_enosys_and_logged_once()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c =>
        {
            Call(c, 777);
            Call(c, 777);
            c.neg(rax);
            ExitWithRax(c);
        });
        Assert.Equal((int)Errno.ENOSYS, exit.ExitCode);
        Assert.Equal(["unknown syscall ? (777): ENOSYS"], machine.Log);
    }

    [Fact]
    public void A_write_that_is_half_out_of_reach_touches_nothing()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c =>
        {
            // The stack's last 16 bytes and 16 behind it.
            c.mov(rcx, (long)TestSystem.StackTop - 16);
            c.mov(__qword_ptr[rcx], 7);
            Call(c, TestSystem.Copy, (long)TestSystem.CodeAddress, (long)TestSystem.StackTop - 16, 32);
            c.mov(rbx, rax);
            c.mov(rcx, (long)TestSystem.StackTop - 16);
            c.mov(rax, __qword_ptr[rcx]);
            c.sub(rax, rbx);
            ExitWithRax(c);
        });
        Assert.Equal(7 + (int)Errno.EFAULT, exit.ExitCode);
    }

    [Theory]
    [InlineData(0x7FFF_FFFF_F000)]
    [InlineData(unchecked((long)0xFFFF_8000_0000_0000))]
    [InlineData(0x5000_0000_0000_0000)]
    [InlineData(0)]
    public void Pointers_out_of_the_program_are_efault(long address)
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c =>
        {
            Call(c, TestSystem.Print, address, 1);
            c.neg(rax);
            ExitWithRax(c);
        });
        Assert.Equal((int)Errno.EFAULT, exit.ExitCode);
    }

    [Fact]
    public void A_fault_ends_the_program_with_its_signal_and_one_report()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c =>
        {
            c.mov(eax, 0x1234);
            c.mov(__dword_ptr[rax], 1);
        });
        Assert.Equal(128 + (int)Signal.SIGSEGV, exit.ExitCode);
        string report = Assert.Single(machine.Reports);
        Assert.Contains("SIGSEGV (SEGV_MAPERR): write to 0x1234 at rip 0x400005", report, StringComparison.Ordinal);
        Assert.Contains("rax 0000000000001234", report, StringComparison.Ordinal);
        Assert.Contains("c70001000000", report, StringComparison.Ordinal);
    }

    public static TheoryData<byte[], Signal, string> Exceptions => new()
    {
        { Assemble(c => { c.xor(ecx, ecx); c.div(ecx); }), Signal.SIGFPE, "FPE_INTDIV" },
        { Assemble(c => c.ud2()), Signal.SIGILL, "ILL_ILLOPN" },
        { Assemble(c => c.int3()), Signal.SIGTRAP, "SI_KERNEL" },
        { Assemble(c => c.hlt()), Signal.SIGSEGV, "SI_KERNEL" },
        { Assemble(c => { c.mov(rax, 0x1000_0000_0000_0000); c.mov(al, __byte_ptr[rax]); }), Signal.SIGSEGV, "SI_KERNEL" },
        { Assemble(c => { c.mov(rax, (long)TestSystem.CodeAddress); c.mov(__byte_ptr[rax], al); }), Signal.SIGSEGV, "SEGV_ACCERR" },
        { Assemble(c => c.jmp(rsp)), Signal.SIGSEGV, "SEGV_ACCERR" },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Processor_exceptions_become_linux_signals(byte[] program, Signal signal, string code)
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(program));
        MachineExit exit = machine.Machine.Run();
        Assert.Equal(128 + (int)signal, exit.ExitCode);
        Assert.Contains($"{signal} ({code})", Assert.Single(machine.Reports), StringComparison.Ordinal);
    }

    [Fact]
    public void A_defect_of_a_plugin_kills_the_process_and_not_the_machine()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c => Call(c, TestSystem.Throw));
        Assert.Equal(MachineEnd.Defect, exit.End);
        Assert.Equal(125, exit.ExitCode);
        Assert.Contains("a defect of a plugin", exit.Message, StringComparison.Ordinal);
        Assert.Contains("process 2 was killed", Assert.Single(machine.Reports), StringComparison.Ordinal);
    }

    [Fact]
    public void A_waiting_call_is_one_call_to_observers()
    {
        using var machine = new TestMachine();
        var observer = new Recorder(SyscallSet.All());
        machine.Machine.Observers.Add(observer);
        MachineExit exit = machine.Run(c =>
        {
            Call(c, TestSystem.Sleep, 20_000_000);
            Call(c, TestSystem.Exit, 3);
        });
        Assert.Equal(3, exit.ExitCode);
        Assert.Equal(["enter 3", "exit 3 = 0", "enter 0", "end 768"], observer.Lines);
        Assert.Equal(3, machine.System.Entered);
    }

    [Fact]
    public void Observers_are_told_of_what_they_want_only_and_can_come_and_go()
    {
        using var machine = new TestMachine();
        var observer = new Recorder(new SyscallSet().Add(TestSystem.Now));
        var broken = new Recorder(SyscallSet.All()) { Fails = true };
        machine.Machine.Observers.Add(broken);
        machine.Machine.Observers.Add(observer);
        MachineExit exit = machine.Run(c =>
        {
            Call(c, TestSystem.Now, 1);
            Call(c, TestSystem.Random);
            Call(c, TestSystem.Exit);
        });
        Assert.Equal(0, exit.ExitCode);
        Assert.Equal(["enter 8", "exit 8"], observer.Lines.Where(line => line[0] == 'e' && !line.StartsWith("end", StringComparison.Ordinal)).Select(line => line.Split('=')[0].Trim()));
        Assert.Contains("is off from now on", Assert.Single(machine.Reports), StringComparison.Ordinal);
        machine.Machine.Observers.Remove(observer);
    }

    [Fact]
    public void Observers_are_switched_on_and_off_while_the_program_runs()
    {
        using var machine = new TestMachine();
        var observer = new Recorder(SyscallSet.All());
        Assert.Equal(Errno.None, machine.Start(c =>
        {
            Label again = c.CreateLabel();
            c.Label(ref again);
            Call(c, TestSystem.Now, (long)ClockId.CLOCK_MONOTONIC);
            c.jmp(again);
        }));
        var counts = new List<int>();
        var user = new Thread(() =>
        {
            for (int round = 0; round < 3; round++)
            {
                Toggle(() => machine.Machine.Observers.Add(observer));
                Thread.Sleep(20);
                counts.Add(Toggle(() => machine.Machine.Observers.Remove(observer)));
                Thread.Sleep(20);
                counts.Add(Toggle(static () => { }));
            }

            machine.Machine.Stop(MachineEnd.Stopped);
        });
        user.Start();
        machine.Machine.Run();
        user.Join();

        // Calls are seen while the observer is there, and none while it is not.
        Assert.True(counts[0] > 0, "nothing was seen");
        Assert.Equal(counts[0], counts[1]);
        Assert.True(counts[2] > counts[1], "nothing was seen the second time");
        Assert.Equal(counts[2], counts[3]);
        Assert.Equal(counts[4], counts[5]);

        int Toggle(Action action) => machine.Machine.Invoke(() =>
        {
            action();
            return observer.Lines.Count;
        });
    }

    [Fact]
    public void The_host_s_input_wakes_a_reader()
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(ReadOne));
        var typist = new Thread(() =>
        {
            Thread.Sleep(50);
            machine.Console.Type("A");
        });
        typist.Start();
        MachineExit exit = machine.Machine.Run();
        typist.Join();
        Assert.Equal('A', exit.ExitCode);
        Assert.True(machine.Console.Waits < 10, $"it polled {machine.Console.Waits} times");
    }

    [Fact]
    public void In_virtual_time_a_day_of_sleep_takes_no_time()
    {
        using var machine = new TestMachine(new MachineOptions { Deterministic = true });
        MachineExit exit = machine.Run(c =>
        {
            Call(c, TestSystem.Now, (long)ClockId.CLOCK_MONOTONIC);
            c.mov(rbx, rax);
            Call(c, TestSystem.Sleep, 86_400_000_000_000);
            Call(c, TestSystem.Now, (long)ClockId.CLOCK_MONOTONIC);
            c.sub(rax, rbx);
            c.mov(rcx, 86_400_000_000_000);
            c.sub(rax, rcx);
            ExitWithRax(c);
        });

        // What is left are the cycles of the instructions in between.
        Assert.InRange(exit.ExitCode, 1, 40);
    }

    [Fact]
    public void Deterministic_machines_are_the_same_every_time()
    {
        (string, long)[] runs = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using var machine = new TestMachine(new MachineOptions { Deterministic = true, Seed = 5 });
            MachineExit exit = machine.Run(c =>
            {
                Call(c, TestSystem.Random);
                c.mov(rbx, rax);
                Call(c, TestSystem.Now, (long)ClockId.CLOCK_REALTIME);
                c.xor(rax, rbx);
                c.push(rax);
                c.mov(rdi, rsp);
                c.mov(esi, 8);
                c.mov(eax, TestSystem.Print);
                c.syscall();
                Call(c, TestSystem.Exit);
            });
            Assert.Equal(0, exit.ExitCode);
            return (machine.Console.Output, machine.Machine.Cycles);
        })];
        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public void A_deadlock_is_noticed_when_no_signal_can_come()
    {
        using var machine = new TestMachine(new MachineOptions { Deterministic = true });
        MachineExit exit = machine.Run(c => Call(c, TestSystem.Wait, 99));
        Assert.Equal(MachineEnd.Deadlock, exit.End);
        Assert.Equal(125, exit.ExitCode);
        Assert.NotNull(exit.Message);
    }

    [Fact]
    public void A_signal_of_the_host_ends_a_program_that_computes()
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(Forever));
        using var timer = new Timer(_ => machine.Machine.Send(0, new SignalInfo(Signal.SIGINT, 0x80)), null, 30, Timeout.Infinite);
        Assert.Equal(130, machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void A_signal_of_the_host_ends_a_program_that_waits()
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(c => Call(c, TestSystem.Wait, 1)));
        using var timer = new Timer(_ => machine.Machine.Send(0, new SignalInfo(Signal.SIGTERM, 0x80)), null, 30, Timeout.Infinite);
        Assert.Equal(143, machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void An_ignored_signal_does_not_even_interrupt_a_wait()
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(c =>
        {
            Call(c, TestSystem.Bounce, (long)Signal.SIGINT, 1);
            Call(c, TestSystem.Sleep, 100_000_000);
            c.neg(rax);
            ExitWithRax(c);
        }));
        using var timer = new Timer(_ => machine.Machine.Send(0, new SignalInfo(Signal.SIGINT, 0x80)), null, 20, Timeout.Infinite);
        Assert.Equal(0, machine.Machine.Run().ExitCode);
    }

    [Fact]
    public void A_fault_that_is_ignored_still_ends_the_program()
    {
        using var machine = new TestMachine();
        MachineExit exit = machine.Run(c =>
        {
            Call(c, TestSystem.Bounce, (long)Signal.SIGSEGV, 1);
            c.xor(eax, eax);
            c.mov(eax, __dword_ptr[rax]);
        });
        Assert.Equal(139, exit.ExitCode);
    }

    [Fact]
    public void The_machine_stops_when_asked_to()
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(Forever));
        using var timer = new Timer(_ => machine.Machine.Stop(MachineEnd.TimedOut), null, 30, Timeout.Infinite);
        Assert.Equal(124, machine.Machine.Run().ExitCode);
    }

    [Fact]
    public async Task Another_thread_gets_in_between_two_steps_of_a_guest()
    {
        using var machine = new TestMachine();
        Assert.Equal(Errno.None, machine.Start(Forever));
        Task<MachineExit> run = Task.Run(machine.Machine.Run);
        await Task.Delay(20);
        Assert.Equal([2], machine.Machine.Invoke(() => machine.Machine.Tasks.All.Select(task => task.Tid).ToArray()));
        machine.Machine.Stop(MachineEnd.Stopped);
        Assert.Equal(MachineEnd.Stopped, (await run).End);
    }

    [Fact]
    public async Task Machines_live_side_by_side()
    {
        int[] codes = await Task.WhenAll(Enumerable.Range(1, 4).Select(number => Task.Run(() =>
        {
            using var machine = new TestMachine();
            return machine.Run(c =>
            {
                c.mov(ecx, 2_000_000);
                Label loop = c.CreateLabel();
                c.Label(ref loop);
                c.dec(ecx);
                c.jne(loop);
                Call(c, TestSystem.Exit, number);
            }).ExitCode;
        })));
        Assert.Equal([1, 2, 3, 4], codes);
    }

    [Fact]
    public void A_call_allocates_nothing()
    {
        using var machine = new TestMachine(new MachineOptions { Deterministic = true });
        const int Calls = 100_000;
        Assert.Equal(Errno.None, machine.Start(c =>
        {
            c.mov(ebx, Calls);
            Label loop = c.CreateLabel();
            c.Label(ref loop);
            c.mov(edi, 1);
            c.mov(eax, TestSystem.Now);
            c.syscall();
            c.dec(ebx);
            c.jne(loop);
            Call(c, TestSystem.Exit);
        }));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(0, machine.Machine.Run().ExitCode);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < Calls, $"{allocated} bytes for {Calls} calls");
    }

    private static void Forever(Assembler c)
    {
        Label loop = c.CreateLabel();
        c.Label(ref loop);
        c.nop();
        c.jmp(loop);
    }

    private static void ReadOne(Assembler c)
    {
        Call(c, TestSystem.ReadInput, Stack, 1);
        c.mov(rcx, Stack);
        c.movzx(eax, __byte_ptr[rcx]);
        ExitWithRax(c);
    }

    private sealed class Recorder(SyscallSet interests) : ISyscallObserver, ITaskObserver
    {
        public List<string> Lines { get; } = [];

        public bool Fails { get; init; }

        public SyscallSet Interests => interests;

        public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
        {
            if (Fails)
                throw new InvalidOperationException("disk full");
            Lines.Add($"enter {frame.Number}");
        }

        public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result) => Lines.Add($"exit {frame.Number} = {result.Raw}");

        public void OnExec(GuestTask task)
        {
        }

        public void OnSignal(GuestTask task, in SignalInfo signal) => Lines.Add($"signal {signal.Signal}");

        public void OnEnd(GuestTask task, int status) => Lines.Add($"end {status}");
    }
}

using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary>A machine whose programs have ended is given another one, there or in a machine that was made from it, which makes no difference.</summary>
public sealed class NextProgramTests
{
    private static readonly string[] Lines =
    [
        "mkdir /tmp/made; for i in 1 2 3 4 5; do echo $i >/tmp/made/$i; done; sleep 1; mkfifo /tmp/fifo; ln /tmp/made/1 /tmp/one; date",
        "cat /tmp/made/*; rm /tmp/made/3; (sleep 2; echo late >>/tmp/one) & echo $$; date",
        "cat /tmp/one; ls /tmp/made; stat -c %h%i /tmp/one /tmp/fifo; date; echo $$; cat /dev/urandom | head -c 8 | od",
    ];

    [Fact]
    public void NextProgramIsTheSameInAMachineMadeFromTheLastOne()
    {
        (string Text, List<string> Events, long Cycles, int Machines) one = Run(everyTime: false), each = Run(everyTime: true);
        Assert.Contains("1\n2\n3\n4\n5\n", one.Text, StringComparison.Ordinal);
        Assert.Contains("1\nlate\n1\n2\n4\n5\n", one.Text, StringComparison.Ordinal);
        Assert.Equal((one.Text, one.Cycles), (each.Text, each.Cycles));
        Assert.Equal(one.Events, each.Events);
        Assert.Equal((1, Lines.Length), (one.Machines, each.Machines));
    }

    [Fact]
    public void MachineWithAProgramIsGivenNone()
    {
        var runner = new RelayRunner { FirstCalls = 1, Options = Options };
        var console = new MemoryConsole([]);
        using HostMachine host = HostMachine.Create();
        using var waiter = new MemoryWaiter();
        using Machine machine = runner.Make(host, waiter, console);
        Assert.Equal(Errno.None, RelayRunner.StartShell(machine, Lines[0], isFirst: true));
        Assert.Throws<InvalidOperationException>(() => RelayRunner.StartShell(machine, Lines[1], isFirst: false));
        machine.Stop(MachineEnd.Stopped);
        machine.Run();
        Assert.Throws<InvalidOperationException>(() => RelayRunner.StartShell(machine, Lines[1], isFirst: false));
        Assert.Throws<SnapshotException>(() => machine.CaptureInPlace());
    }

    private static MachineOptions Options => new() { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true, Seed = 7 };

    private static (string Text, List<string> Events, long Cycles, int Machines) Run(bool everyTime)
    {
        var log = new EventLog();
        var console = new MemoryConsole([]);
        var runner = new RelayRunner { FirstCalls = 1, Options = Options };
        using HostMachine host = HostMachine.Create();
        using var waiter = new MemoryWaiter();
        Machine? machine = null;
        long cycles = 0;
        int machines = 0;
        foreach (string line in Lines)
        {
            if (machine is null || everyTime)
            {
                MachineSnapshot? snapshot = machine is null ? null : SnapshotTests.ThroughFile(machine.CaptureInPlace());
                machine?.Dispose();
                machine = runner.Make(host, waiter, console);
                log.Follow(machine);
                machines++;
                if (snapshot is not null)
                    machine.Restore(snapshot);
            }

            Assert.Equal(Errno.None, RelayRunner.StartShell(machine, line, isFirst: ReferenceEquals(line, Lines[0])));
            MachineExit exit = machine.Run();
            Assert.Equal((MachineEnd.Finished, 0), (exit.End, exit.WaitStatus));
            Assert.Equal(0, machine.Tasks.All.Count(static task => task.State < TaskState.Zombie));
            cycles = machine.Cycles;
        }

        machine!.Dispose();
        return (System.Text.Encoding.UTF8.GetString(console.Output), log.Lines, cycles, machines);
    }
}

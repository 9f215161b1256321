using System.Collections.Concurrent;
using System.Text;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Kpio.Testing;
using Xunit.Abstractions;

namespace Kpio.Checkpoint.Tests;

/// <summary>
/// The first machine's records are read from a snapshot's bytes, those of the third are copies of what was read for the second: nobody can tell, whatever the others
/// have done meanwhile, and copies cost little.
/// </summary>
public sealed class ManyMachinesTests(ITestOutputHelper output)
{
    private const int FileCount = 100;

    /// <summary>Tasks that wait for a pipe, for a child, for time and for a lock; files with holes, links, attributes, deleted ones; a fifo; a trap; in its middle.</summary>
    private const string Busy =
        """
        mkdir /tmp/made; for i in 1 2 3 4 5 6 7 8 9; do echo $i >/tmp/made/$i; done; exec 5>/tmp/made/gone; rm /tmp/made/gone; mkfifo /tmp/fifo; ln /tmp/made/1 /tmp/one; ln -s one /tmp/two
        dd if=/dev/urandom of=/tmp/made/sparse bs=5000 count=1 seek=7 2>/dev/null; trap 'echo caught' USR1; (sleep 1; kill -USR1 $$) & (cat /tmp/fifo; flock 5; echo done) &
        seq 1 300 | sort -r | while read -r x; do echo $x; done | tail -n 2; sleep 2; echo late >/tmp/fifo; echo more >>/tmp/one; cat /tmp/made/* /tmp/two | sha256sum; wait; date; echo $$
        """;

    private static MachineOptions Options => new() { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true, Seed = 7 };

    /// <summary>Machines that are kept at once are the same to the byte, and go on as the first does.</summary>
    [Theory]
    [InlineData(150)]
    [InlineData(900)]
    [InlineData(1500)]
    public void EachIsTheSame(long calls)
    {
        MachineSnapshot snapshot = SnapshotTests.ThroughFile(Keep(Busy, calls));
        byte[] before = Bytes(snapshot);
        byte[]? kept = null;
        string? first = null;
        for (int i = 0; i < 4; i++)
        {
            var log = new EventLog();
            var console = new MemoryConsole([]);
            using HostMachine host = HostMachine.Create();
            using var waiter = new MemoryWaiter();
            using Machine machine = Runner.Make(host, waiter, console);
            log.Follow(machine);
            machine.Restore(snapshot);
            byte[] again = Bytes(machine.CaptureInPlace());
            Assert.Equal(kept ??= again, again);
            MachineExit exit = machine.Run();
            Assert.Equal((MachineEnd.Finished, 0), (exit.End, exit.WaitStatus));
            string all = $"{machine.Cycles}\n{Encoding.UTF8.GetString(console.Output)}{Encoding.UTF8.GetString(console.Error)}\n{string.Join('\n', log.Lines)}";
            first ??= all;
            Assert.Equal(first, all);
            Assert.Equal(Math.Min(i + 1, 2), snapshot.Readings);
        }

        Assert.Contains("caught\nlate\n", first, StringComparison.Ordinal);
        Assert.Contains("done\n", first, StringComparison.Ordinal);
        Assert.Equal(before, Bytes(snapshot));
    }

    /// <summary>Several threads may start machines from one snapshot.</summary>
    [Fact]
    public void AllAtTheSameTimeToo()
    {
        MachineSnapshot snapshot = Keep(Busy, 900);
        var kept = new ConcurrentBag<byte[]>();
        Parallel.For(0, 12, new ParallelOptions { MaxDegreeOfParallelism = 6 }, _ =>
        {
            using HostMachine host = HostMachine.Create();
            using var waiter = new MemoryWaiter();
            using Machine machine = Runner.Make(host, waiter, new MemoryConsole([]));
            machine.Restore(snapshot);
            kept.Add(Bytes(machine.CaptureInPlace()));
        });
        byte[] one = kept.First();
        Assert.All(kept, bytes => Assert.Equal(one, bytes));
        Assert.Equal(2, snapshot.Readings);
    }

    /// <summary>A file in memory costs each further machine its page and some 1 KiB; when records were read anew for each machine it was 2 KiB.</summary>
    [Fact]
    public void AFileCostsItsPageAndLittleMore()
    {
        (long few, _) = Allocated("mkdir /tmp/made");
        (long many, int readings) = Allocated($"mkdir /tmp/made; for i in $(seq {FileCount}); do printf %0100d $i >/tmp/made/$i; done");
        output.WriteLine($"{(many - few) / FileCount} bytes a file");
        Assert.InRange((many - few) / FileCount, 4096, 4096 + 1536);
        Assert.Equal(2, readings);
    }

    /// <summary>What a machine's start allocates of managed memory when there were others before, and how often the snapshot was read.</summary>
    private static (long Bytes, int Readings) Allocated(string line)
    {
        MachineSnapshot snapshot = Keep(line, long.MaxValue / 2);
        long least = long.MaxValue;
        for (int i = 0; i < 8; i++)
        {
            using HostMachine host = HostMachine.Create();
            using var waiter = new MemoryWaiter();
            using Machine machine = Runner.Make(host, waiter, new MemoryConsole([]));
            long before = GC.GetAllocatedBytesForCurrentThread();
            machine.Restore(snapshot);
            if (i >= 2)
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return (least, snapshot.Readings);
    }

    private static RelayRunner Runner => new() { FirstCalls = 1, Options = Options };

    /// <summary>A machine whose shell runs a line, after so many calls, or when it has ended.</summary>
    private static MachineSnapshot Keep(string line, long calls)
    {
        var console = new MemoryConsole([]);
        using HostMachine host = HostMachine.Create();
        using var waiter = new MemoryWaiter();
        using Machine machine = Runner.Make(host, waiter, console);
        Assert.Equal(Errno.None, RelayRunner.StartShell(machine, line, isFirst: true));
        MachineSnapshot? snapshot = null;
        machine.CaptureAfter(calls, repeats: false, kept =>
        {
            snapshot = kept;
            machine.Stop(MachineEnd.Stopped);
        });
        MachineExit exit = machine.Run();
        Assert.True(snapshot is not null || (exit.End == MachineEnd.Finished && exit.WaitStatus == 0), Encoding.UTF8.GetString(console.Error));
        return snapshot ?? machine.CaptureInPlace();
    }

    private static byte[] Bytes(MachineSnapshot snapshot)
    {
        using var file = new MemoryStream();
        CheckpointFile.Write(file, snapshot, compresses: false);
        return file.ToArray();
    }
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Kernel.Checkpoint;
using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary>Programs that go from machine to machine, through a file each time, do what they do in one.</summary>
public sealed class SnapshotTests
{
    private const int Share = 5;

    /// <summary>A fifth of the conformance guests, chosen by a seed; all with <c>KPIO_CHECKPOINT_ALL</c>.</summary>
    public static TheoryData<string> Sources =>
    [
        .. new[]
        {
            "conformance/timer_create.c", "conformance/socketpair.c", "conformance/sigqueue.c", "conformance/futex_waitv.c", "conformance/mmap_shared.c",
            "conformance/user_dispatch.c", "conformance/ptrace_events.c", "conformance/tty_jobs.c", "conformance/epoll.c", "conformance/inotify.c",
        }.Union(GuestProgram.Sources("conformance").Where(static (_, index) =>
            Environment.GetEnvironmentVariable("KPIO_CHECKPOINT_ALL") is { Length: > 0 } || (index * 7919 % Share) == 0)),
    ];

    public static TheoryData<string, SchedulerKind> Threads
    {
        get
        {
            var data = new TheoryData<string, SchedulerKind>();
            foreach (string source in GuestProgram.Sources("threads"))
                data.Add(source, source.Length % 2 == 0 ? SchedulerKind.RoundRobin : SchedulerKind.Chaos);
            return data;
        }
    }

    public static TheoryData<string> Commands =>
    [
        "busybox sh -c 'seq 1 2000 | sort -r | while read -r x; do echo $x; done | sha256sum; sleep 2; date'",
        "busybox sh -c 'trap \"echo caught\" USR1; (sleep 1; kill -USR1 $$) & for i in 1 2 3; do sleep 1; done; mkdir /tmp/made; echo text >/tmp/made/file; cat /tmp/made/file | tr a-z A-Z'",
        "/usr/bin/python3 -c 'import threading,time,json\nd={}\ndef f(n):\n for i in range(100): d[str(n*1000+i)]=i*n\n time.sleep(0.2)\nts=[threading.Thread(target=f,args=(n,)) for n in range(4)]\n[t.start() for t in ts]\n[t.join() for t in ts]\nopen(\"/tmp/py\",\"w\").write(json.dumps(d))\nprint(sum(json.load(open(\"/tmp/py\")).values()))'",
    ];

    /// <summary>Conformance guests print in many machines, one after another, what they print natively.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void ConformanceGuestAgreesWithLinux(string source) =>
        GuestCase.Check(new RelayRunner { FirstCalls = 20 + (source.Length % 13), Carry = ThroughFile }, source);

    /// <summary>The upper halves of YMM go along, where the processor has them.</summary>
    [Fact]
    public void UpperHalvesGoAlong()
    {
        var runner = new RelayRunner { FirstCalls = 5, Growth = 1.1, Carry = ThroughFile, Options = new MachineOptions { MemoryBytes = 1L << 30, Cpu = CpuModel.V3 } };
        GuestCase.Check(runner, "vectors/state.c", GuestVariant.MuslV3);
        Assert.InRange(runner.Machines, 5, int.MaxValue);
    }

    /// <summary>A deterministic program does the same in many machines as in one: each call, signal and switch of tasks in the same cycle.</summary>
    [Theory]
    [MemberData(nameof(Threads))]
    public void NothingOfTheOrderOrTheCyclesChanges(string source, SchedulerKind scheduler) =>
        Compare(new ProgramRun(GuestProgram.Build(source, GuestVariant.Glibc)) { Timeout = TimeSpan.FromMinutes(2) }, scheduler, 25);

    /// <summary>So do pipelines of a shell, with files in memory, timers and signals, and a program that is linked dynamically and has threads.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void NothingOfACommandChanges(string line)
    {
        string script = line[(line.IndexOf('\'', StringComparison.Ordinal) + 1)..^1];
        ProgramRun run = line.StartsWith("busybox", StringComparison.Ordinal) ? new ProgramRun("/bin/busybox", "sh", "-c", script) : new ProgramRun("/usr/bin/python3", "-c", script);
        Compare(run with { Timeout = TimeSpan.FromMinutes(2) }, SchedulerKind.RoundRobin, 120);
    }

    internal static MachineSnapshot ThroughFile(MachineSnapshot snapshot)
    {
        using var file = new MemoryStream();
        CheckpointFile.Write(file, snapshot, compresses: snapshot.Cycles % 2 == 0);
        return CheckpointFile.Read(file);
    }

    private static void Compare(ProgramRun run, SchedulerKind scheduler, long calls)
    {
        using var scratch = new ScratchDirectory();
        (RunResult Result, List<string> Events, long Cycles, int Machines) whole = Run(long.MaxValue / 2), relayed = Run(calls);
        Assert.Equal((whole.Result.OutputText, whole.Result.ErrorText, whole.Result.ExitCode), (relayed.Result.OutputText, relayed.Result.ErrorText, relayed.Result.ExitCode));
        Assert.NotEmpty(whole.Result.OutputText + whole.Result.ErrorText);
        Assert.Equal(whole.Events, relayed.Events);
        Assert.Equal(whole.Cycles, relayed.Cycles);
        Assert.True(relayed.Machines > 1, $"{relayed.Machines} machines");

        (RunResult Result, List<string> Events, long Cycles, int Machines) Run(long first)
        {
            var log = new EventLog();
            var runner = new RelayRunner
            {
                FirstCalls = first,
                WritesScratch = false,
                Carry = ThroughFile,
                Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true, Seed = 7, Scheduler = scheduler },
                Prepare = log.Follow,
            };
            RunResult result = runner.Run(run, scratch);
            return (result, log.Lines, runner.Cycles, runner.Machines);
        }
    }
}

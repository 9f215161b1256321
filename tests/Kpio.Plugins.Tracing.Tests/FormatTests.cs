using System.Buffers.Binary;
using System.Text.Json;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Tracing.Tests;

/// <summary>The formats as whole traces: what stands around the calls.</summary>
public sealed class FormatTests : IDisposable
{
    private const uint Read = 0;
    private const uint Write = 1;
    private const uint Open = 2;
    private const uint Brk = 12;
    private const uint GetPid = 39;
    private const uint Exit = 60;
    private const uint Wait4 = 61;
    private const uint SetRobustList = 273;
    private const uint ExitGroup = 231;
    private readonly Abi _abi = new();
    private readonly FakeMemory _memory = new();
    private readonly StringWriter _output = new();

    public FormatTests() => _memory.Set(0x400100, "hello\0"u8);

    public void Dispose() => _output.Dispose();

    private string Text => _output.ToString();

    /// <summary>The seed document's own example, to the byte.</summary>
    [Fact]
    public void TheKpioFormatIsTheSeedDocuments()
    {
        ITracer tracer = Tracer("kpio");
        GuestTask task = FakeCpu.Task(2, _memory);
        Call(tracer, task, Write, 5, 1, 0x400100, 5);
        Enter(tracer, task, Exit, 0);
        ((ITaskObserver)tracer).OnEnd(task, 0);
        Call(tracer, task, Open, -2, 0x400200);
        Assert.Equal(
            """
            [TRACE] pid=2 write(1) args=(0x1, 0x400100, 0x5, 0x0, 0x0, 0x0)
            [TRACE] pid=2 write(1) → 0x5 (5)
            [TRACE] pid=2 exit(60) args=(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)
            [TRACE] pid=2 exit(60) → 0x0 (0)
            [TRACE] pid=2 open(2) args=(0x400200, 0x0, 0x0, 0x0, 0x0, 0x0)
            [TRACE] pid=2 open(2) → -2 (ENOENT)

            """,
            Text);
    }

    [Fact]
    public void TheKpioFormatShowsLargeResultsAndUnknownNumbers()
    {
        ITracer tracer = Tracer("kpio");
        GuestTask task = FakeCpu.Task(7, _memory, pid: 5);
        Call(tracer, task, Brk, 0x34347000, 0);
        Call(tracer, task, 999, -38, ulong.MaxValue);
        Assert.Equal(
            """
            [TRACE] pid=5 brk(12) args=(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)
            [TRACE] pid=5 brk(12) → 0x34347000 (875851776)
            [TRACE] pid=5 unknown(999) args=(0xffffffffffffffff, 0x0, 0x0, 0x0, 0x0, 0x0)
            [TRACE] pid=5 unknown(999) → -38 (ENOSYS)

            """,
            Text);
    }

    /// <summary>Taken from a trace of `busybox sh -c 'busybox true; echo x'` by strace 6.1: two tasks whose calls cross.</summary>
    [Fact]
    public void CallsThatCrossAreShownInTwoHalves()
    {
        ITracer tracer = Tracer("strace");
        var tasks = (ITaskObserver)tracer;
        GuestTask parent = FakeCpu.Task(4, _memory);
        GuestTask child = FakeCpu.Task(5, _memory);
        SyscallFrame clone = Enter(tracer, parent, 56, 0x1200011, 0, 0, 0x107d7690);
        SyscallFrame robust = Enter(tracer, child, SetRobustList, 0x107d76a0, 24);
        Leave(tracer, parent, clone, 5);
        Leave(tracer, child, robust, 0);
        SyscallFrame wait = Enter(tracer, parent, Wait4, ulong.MaxValue, 0x400200);
        Enter(tracer, child, ExitGroup, 0);
        tasks.OnEnd(child, 0);
        _memory.Set(0x400200, new byte[4]);
        Leave(tracer, parent, wait, 5);
        tasks.OnSignal(parent, new SignalInfo(Signal.SIGCHLD, Code: 1, Pid: 5));
        Assert.Equal(
            """
            4     clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD <unfinished ...>
            5     set_robust_list(0x107d76a0, 24 <unfinished ...>
            4     <... clone resumed>, child_tidptr=0x107d7690) = 5
            5     <... set_robust_list resumed>)    = 0
            4     wait4(-1,  <unfinished ...>
            5     exit_group(0)                     = ?
            5     +++ exited with 0 +++
            4     <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 5
            4     --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=5, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---

            """,
            Text);
    }

    /// <summary>As `strace -f` of strace 6.1 on standard error: tasks are named while there are several, and told of where the line stands.</summary>
    [Fact]
    public void OnAConsoleTasksAreNamedWhileThereAreSeveral()
    {
        ITracer tracer = Abi.Factory(_abi).Create("strace", _output, TraceTarget.Console, SyscallSet.All())!;
        var tasks = (ITaskObserver)tracer;
        GuestTask parent = FakeCpu.Task(4, _memory);
        GuestTask child = FakeCpu.Task(5, _memory);
        Call(tracer, parent, GetPid, 4);
        SyscallFrame clone = Enter(tracer, parent, 56, 0x1200011, 0, 0, 0x107d7690);
        Assert.EndsWith("|SIGCHLD", Text, StringComparison.Ordinal);
        tasks.OnStart(parent, child);
        Leave(tracer, parent, clone, 5);
        SyscallFrame wait = Enter(tracer, parent, Wait4, ulong.MaxValue, 0x400200);
        Enter(tracer, child, ExitGroup, 0);
        tasks.OnEnd(child, 0);
        _memory.Set(0x400200, new byte[4]);
        Leave(tracer, parent, wait, 5);
        clone = Enter(tracer, parent, 56, 0x1200011, 0, 0, 0x107d7690);
        GuestTask second = FakeCpu.Task(123456, _memory);
        tasks.OnStart(parent, second);
        Call(tracer, second, GetPid, 123456);
        Leave(tracer, parent, clone, 123456);
        Enter(tracer, parent, ExitGroup, 3);
        tasks.OnEnd(parent, 0x300);
        tasks.OnEnd(second, 9);
        Assert.Equal(
            """
            getpid()                                = 4
            clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLDstrace: Process 5 attached
            , child_tidptr=0x107d7690) = 5
            [pid     4] wait4(-1,  <unfinished ...>
            [pid     5] exit_group(0)               = ?
            [pid     5] +++ exited with 0 +++
            <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 5
            clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLDstrace: Process 123456 attached
             <unfinished ...>
            [pid 123456] getpid()                   = 123456
            [pid     4] <... clone resumed>, child_tidptr=0x107d7690) = 123456
            [pid     4] exit_group(3)               = ?
            [pid     4] +++ exited with 3 +++
            +++ killed by SIGKILL +++

            """,
            Text);
    }

    /// <summary>wait(2), and so strace, tells of a process's first thread after all others.</summary>
    [Fact]
    public void TheFirstThreadsEndIsShownLast()
    {
        ITracer tracer = Abi.Factory(_abi).Create("strace", _output, TraceTarget.Console, SyscallSet.All())!;
        var tasks = (ITaskObserver)tracer;
        GuestTask first = FakeCpu.Task(4, _memory);
        GuestTask second = FakeCpu.Task(5, _memory, first.Group);
        first.Group.Threads.Add(4);
        first.Group.Threads.Add(5);
        tasks.OnStart(first, second);
        Enter(tracer, first, Exit, 0);
        tasks.OnEnd(first, 0);
        first.Group.Threads.Remove(4);
        Call(tracer, second, GetPid, 4);
        Enter(tracer, second, Exit, 7);
        tasks.OnEnd(second, 0x700);
        Assert.Equal(
            """
            strace: Process 5 attached
            [pid     4] exit(0)                     = ?
            [pid     5] getpid()                    = 4
            [pid     5] exit(7)                     = ?
            [pid     5] +++ exited with 7 +++
            +++ exited with 7 +++

            """,
            Text);
    }

    /// <summary>execve(2) in a thread whose process's first one has ended already: it takes over that one's tid.</summary>
    [Fact]
    public void AThreadSupersedesAFirstOneThatHasEnded()
    {
        ITracer tracer = Tracer("strace");
        var tasks = (ITaskObserver)tracer;
        GuestTask first = FakeCpu.Task(4, _memory);
        GuestTask second = FakeCpu.Task(5, _memory, first.Group);
        first.Group.Threads.Add(4);
        first.Group.Threads.Add(5);
        Enter(tracer, first, Exit, 0);
        tasks.OnEnd(first, 0);
        first.Group.Threads.Remove(4);
        Enter(tracer, second, 59, 0x400100, 0, 0);
        second.Tid = 4;
        tasks.OnExec(second);
        Assert.Equal(
            """
            4     exit(0)                           = ?
            5     execve("hello", NULL, NULL <unfinished ...>
            4     +++ superseded by execve in pid 5 +++
            4     <... execve resumed>)             = 0

            """,
            Text);
    }

    [Fact]
    public void SignalsAndEndsAreShown()
    {
        ITracer tracer = Tracer("strace");
        var tasks = (ITaskObserver)tracer;
        GuestTask task = FakeCpu.Task(12345, _memory);
        Enter(tracer, task, Read, 0, 0x400100, 5);
        tasks.OnEnd(task, 9);
        GuestTask other = FakeCpu.Task(6, _memory);
        tasks.OnSignal(other, new SignalInfo(Signal.SIGINT, Code: 0, Pid: 9, Uid: 1000));
        tasks.OnSignal(other, new SignalInfo(Signal.SIGSEGV, Code: 2, Address: 0x401000));
        tasks.OnSignal(other, new SignalInfo(Signal.SIGSEGV, Code: 0x80));
        tasks.OnSignal(other, new SignalInfo(Signal.SIGFPE, Code: 1, Address: 0x401000));
        tasks.OnSignal(other, new SignalInfo(Signal.SIGABRT, Code: -6, Pid: 6));
        tasks.OnEnd(other, 0x86);
        GuestTask third = FakeCpu.Task(7, _memory);
        tasks.OnEnd(third, 0x300);
        Assert.Equal(
            """
            12345 read(0,  <unfinished ...>)        = ?
            12345 +++ killed by SIGKILL +++
            6     --- SIGINT {si_signo=SIGINT, si_code=SI_USER, si_pid=9, si_uid=1000} ---
            6     --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x401000} ---
            6     --- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL} ---
            6     --- SIGFPE {si_signo=SIGFPE, si_code=FPE_INTDIV, si_addr=0x401000} ---
            6     --- SIGABRT {si_signo=SIGABRT, si_code=SI_TKILL, si_pid=6, si_uid=0} ---
            6     +++ killed by SIGABRT (core dumped) +++
            7     +++ exited with 3 +++

            """,
            Text);
    }

    [Fact]
    public void ATraceBeginsWithTheFirstProgram()
    {
        ITracer tracer = Tracer("strace");
        GuestTask task = FakeCpu.Task(2, _memory);
        const ulong Stack = 0x7ffd_0000_0000;
        _memory.Set(Stack + 0x800, "/bin/busybox\0"u8);
        _memory.Set(Stack + 0x820, "busybox\0"u8);
        _memory.Set(Stack + 0x840, "ls\0"u8);
        _memory.Set(Stack + 0x860, "A=1\0"u8);
        ulong[] words = [2, Stack + 0x820, Stack + 0x840, 0, Stack + 0x860, Stack + 0x860, 0, 6, 4096, 31, Stack + 0x800, 0, 0];
        byte[] bytes = new byte[words.Length * 8];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), words[i]);
        _memory.Set(Stack, bytes);
        task.Group.Layout = new ProgramLayout(0, 0, 0, 0, 0, 0, Stack, 0, 0, 0, 0);
        ((ITaskObserver)tracer).OnExec(task);
        Call(tracer, task, Brk, 0x34347000, 0);
        // The program is replaced within a call: that is an ordinary line.
        SyscallFrame exec = Enter(tracer, task, 59, Stack + 0x800, Stack + 8, Stack + 32);
        ((ITaskObserver)tracer).OnExec(task);
        Assert.Equal(59u, exec.Number);
        Assert.Equal(
            """
            2     execve("/bin/busybox", ["busybox", "ls"], 0x7ffd00000020 /* 2 vars */) = 0
            2     brk(NULL)                         = 0x34347000
            2     execve("/bin/busybox", ["busybox", "ls"], 0x7ffd00000020 /* 2 vars */) = 0

            """,
            Text);
    }

    /// <summary>A filter that leaves execve out leaves out that line too, the first and later ones.</summary>
    [Fact]
    public void ATraceWithoutExecveDoesNotShowTheFirstProgram()
    {
        ITracer tracer = Abi.Factory(_abi).Create("strace", _output, TraceTarget.File, SyscallSet.All().Remove(59))!;
        GuestTask task = FakeCpu.Task(2, _memory);
        ((ITaskObserver)tracer).OnExec(task);
        ((ITaskObserver)tracer).OnExec(task);
        Assert.Equal("", Text);
    }

    /// <summary>What is still in progress when the output is wanted is shown as strace shows it.</summary>
    [Fact]
    public void FlushingShowsUnfinishedCalls()
    {
        ITracer tracer = Tracer("strace");
        GuestTask task = FakeCpu.Task(2, _memory);
        SyscallFrame read = Enter(tracer, task, Read, 0, 0x400100, 5);
        Assert.Equal("", Text);
        tracer.Flush();
        Assert.Equal("2     read(0,  <unfinished ...>\n", Text);
        Leave(tracer, task, read, 5);
        Assert.Equal("2     read(0,  <unfinished ...>\n2     <... read resumed>\"hello\", 5)     = 5\n", Text);
    }

    [Fact]
    public void NormalizedTracesHaveNoNumbersOfOneRun()
    {
        ITracer tracer = Tracer("normalized");
        GuestTask task = FakeCpu.Task(2, _memory);
        byte[] time = new byte[16];
        time[0] = 77;
        _memory.Set(0x500000, time);
        Call(tracer, task, Brk, 0x34347000, 0);
        Call(tracer, task, Brk, 0x34348000, 0x34348000);
        Call(tracer, task, Brk, 0x34347000, 0x34347000);
        Call(tracer, task, GetPid, 2);
        Call(tracer, task, 228, 0, 1, 0x500000);
        Call(tracer, task, 318, 5, 0x400100, 5, 0);
        Call(tracer, task, Write, 5, 1, 0x400100, 5);
        Enter(tracer, task, ExitGroup, 1);
        ((ITaskObserver)tracer).OnEnd(task, 0x100);
        Assert.Equal(
            """
            <pid1> brk(NULL) = <addr1>
            <pid1> brk(<addr2>) = <addr2>
            <pid1> brk(<addr1>) = <addr1>
            <pid1> getpid() = <pid1>
            <pid1> clock_gettime(CLOCK_MONOTONIC, {tv_sec=<time>, tv_nsec=<time>}) = 0
            <pid1> getrandom(<random>, 5, 0) = 5
            <pid1> write(1, "hello", 5) = 5
            <pid1> exit_group(1) = ?
            <pid1> +++ exited with 1 +++

            """,
            Text);
    }

    [Fact]
    public void JsonLinesHoldTheDocumentedFields()
    {
        ITracer tracer = Tracer("json");
        GuestTask task = FakeCpu.Task(3, _memory, pid: 2);
        _memory.Set(0x400300, "a\"\\\n\0"u8);
        Call(tracer, task, Open, -2, 0x400300, 0x41, 0x1a4);
        Call(tracer, task, Read, 5, 0, 0x400100, 5);
        Enter(tracer, task, ExitGroup, 3);
        ((ITaskObserver)tracer).OnSignal(task, new SignalInfo(Signal.SIGTERM, Code: 0, Pid: 9));
        ((ITaskObserver)tracer).OnEnd(task, 0x300);
        JsonElement[] lines = [.. Text.TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["call", "call", "signal", "call", "end"], lines.Select(l => l.GetProperty("event").GetString()!));
        JsonElement open = lines[0];
        Assert.Equal(2, open.GetProperty("pid").GetInt32());
        Assert.Equal(3, open.GetProperty("tid").GetInt32());
        Assert.Equal(2, open.GetProperty("nr").GetInt32());
        Assert.Equal("open", open.GetProperty("name").GetString());
        Assert.Equal(-2, open.GetProperty("result").GetInt64());
        Assert.Equal("ENOENT", open.GetProperty("errno").GetString());
        Assert.Equal("-1 ENOENT (No such file or directory)", open.GetProperty("text").GetString());
        Assert.Equal(1, open.GetProperty("cycles").GetInt64());
        Assert.Equal(["\"a\\\"\\\\\\n\"", "O_WRONLY|O_CREAT", "0644"], open.GetProperty("args").EnumerateArray().Select(a => a.GetProperty("text").GetString()!));
        Assert.Equal(["0x400300", "0x41", "0x1a4"], open.GetProperty("args").EnumerateArray().Select(a => a.GetProperty("raw").GetString()!));
        Assert.Equal(["path", "flags", "mode"], open.GetProperty("args").EnumerateArray().Select(a => a.GetProperty("name").GetString()!));
        Assert.Equal("Path", open.GetProperty("args")[0].GetProperty("kind").GetString());
        Assert.Equal("\"hello\"", lines[1].GetProperty("args")[1].GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("errno").ValueKind);
        Assert.Equal("SIGTERM", lines[2].GetProperty("signal").GetString());
        Assert.Equal(JsonValueKind.Null, lines[3].GetProperty("result").ValueKind);
        Assert.Equal(3, lines[4].GetProperty("exitCode").GetInt32());
    }

    /// <summary>A tracer that was added while a call was in progress sees only its end.</summary>
    [Fact]
    public void AnEndWithoutABeginningIsNotShown()
    {
        foreach (string format in (string[])["kpio", "strace", "json", "normalized"])
        {
            ITracer tracer = Tracer(format);
            Leave(tracer, FakeCpu.Task(2, _memory), new SyscallFrame(Read, 0, 0, 0, 0, 0, 0), 0);
        }

        Assert.Equal("", Text);
    }

    [Fact]
    public void UnknownFormatsAreNone() => Assert.Null(Abi.Factory(_abi).Create("xml", _output, TraceTarget.File, SyscallSet.All()));

    /// <summary>Once everything has been seen, a call costs no memory.</summary>
    [Theory]
    [InlineData("kpio")]
    [InlineData("strace")]
    [InlineData("json")]
    public void TracingAllocatesNothingPerCall(string format)
    {
        ITracer tracer = Abi.Factory(_abi).Create(format, TextWriter.Null, TraceTarget.Console, SyscallSet.All())!;
        GuestTask task = FakeCpu.Task(2, _memory);
        for (int i = 0; i < 100; i++)
            Call(tracer, task, Write, 5, 1, 0x400100, 5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Call(tracer, task, Write, 5, 1, 0x400100, 5);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        Assert.Equal(0, each);
    }

    private ITracer Tracer(string format) => Abi.Factory(_abi).Create(format, _output, TraceTarget.File, SyscallSet.All())!;

    private SyscallFrame Enter(ITracer tracer, GuestTask task, uint number, params ulong[] arguments)
    {
        ulong At(int index) => index < arguments.Length ? arguments[index] : 0;
        var frame = new SyscallFrame(number, At(0), At(1), At(2), At(3), At(4), At(5));
        tracer.OnEnter(task, in frame, _abi.Describe(number));
        return frame;
    }

    private void Leave(ITracer tracer, GuestTask task, SyscallFrame frame, long result) =>
        tracer.OnExit(task, in frame, _abi.Describe(frame.Number), result);

    private void Call(ITracer tracer, GuestTask task, uint number, long result, ulong a = 0, ulong b = 0, ulong c = 0)
    {
        var frame = new SyscallFrame(number, a, b, c, 0, 0, 0);
        SyscallInfo? info = _abi.Describe(number);
        tracer.OnEnter(task, in frame, info);
        tracer.OnExit(task, in frame, info, result);
    }
}

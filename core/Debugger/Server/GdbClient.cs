using Kpio.Contracts.Process;
using Kpio.Debugger.Protocol;
using Kpio.Kernel.Debugging;

namespace Kpio.Debugger.Server;

/// <summary>What the connected gdb has said it can do and wants, and which threads it is looking at. New with each connection.</summary>
internal sealed class GdbClient
{
    private readonly HashSet<Signal> _passed = [];
    private readonly Dictionary<GuestTask, SignalInfo> _signals = [];
    private readonly Dictionary<int, HashSet<uint>?> _catches = [];
    private readonly HashSet<(int Pid, ulong Address, bool IsHardware)> _breakpoints = [];

    public GdbClient(DebugSession session) => Session = session;

    public DebugSession Session { get; }

    /// <summary>Whether threads are named with their process.</summary>
    public bool IsMultiprocess { get; set; }

    /// <summary>Whether a breakpoint is told as such, with the address at the instruction.</summary>
    public bool KnowsBreakpoints { get; set; }

    /// <summary>The events that it wants to be told of.</summary>
    public DebugWishes Wishes { get; set; }

    /// <summary>Whether it goes on with other programs when this one has ended (<c>target extended-remote</c>).</summary>
    public bool IsExtended { get; set; }

    /// <summary>The thread that registers and memory are asked of; null when it has gone.</summary>
    public GuestTask? Current { get; set; }

    /// <summary>The last stop, for <c>?</c>.</summary>
    public byte[] LastStop { get; set; } = [];

    /// <summary>Processes that were running before gdb took them: it leaves them running when it ends.</summary>
    public HashSet<int> Attached { get; } = [];

    /// <summary>Processes under control that have not ended, by pid.</summary>
    public IReadOnlyList<ThreadGroup> Processes =>
    [
        .. Session.Tasks.All.Where(static task => task is { State: < TaskState.Zombie, Group.IsDebugged: true }).Select(static task => task.Group).Distinct().OrderBy(static group => group.Pid),
    ];

    /// <summary>The threads of those.</summary>
    public IEnumerable<GuestTask> Threads => Processes.SelectMany(Session.ThreadsOf);

    /// <summary>Finds a thread that a packet means; the first that fits.</summary>
    public GuestTask? Find(ThreadId thread) => Threads.FirstOrDefault(task => thread.Includes(task.Group.Pid, task.Tid));

    /// <summary>Signals that are delivered without a word (QPassSignals).</summary>
    public void SetPassed(IEnumerable<Signal> signals)
    {
        _passed.Clear();
        _passed.UnionWith(signals);
    }

    public bool Passes(Signal signal) => _passed.Contains(signal);

    /// <summary>Which system calls of a process stop it (QCatchSyscalls): none, the given ones, or all with an empty set.</summary>
    public void SetCatches(int pid, HashSet<uint>? numbers) => _catches[pid] = numbers;

    public bool Catches(int pid, uint number) => _catches.GetValueOrDefault(pid) is { } numbers && (numbers.Count == 0 || numbers.Contains(number));

    /// <summary>Remembers of what kind breakpoints are, since stops tell it.</summary>
    public void MarkBreakpoint(int pid, ulong address, bool isHardware, bool isSet)
    {
        if (isSet)
            _breakpoints.Add((pid, address, isHardware));
        else
            _breakpoints.Remove((pid, address, isHardware));
    }

    /// <summary>Whether there is a breakpoint of either kind.</summary>
    public bool HasBreakpoint(int pid, ulong address) => _breakpoints.Contains((pid, address, false)) || _breakpoints.Contains((pid, address, true));

    /// <summary>Whether a stop at a breakpoint is one for hardware.</summary>
    public bool IsHardware(DebugEvent what) =>
        what.Task is { } task && _breakpoints.Contains((what.Pid, task.Cpu.Rip, true)) && !_breakpoints.Contains((what.Pid, task.Cpu.Rip, false));

    /// <summary>The process has another program, or none: its breakpoints are gone.</summary>
    public void ForgetBreakpoints(int pid) => _breakpoints.RemoveWhere(point => point.Pid == pid);

    /// <summary>What a task has stopped with, for $_siginfo and to be delivered.</summary>
    public void SetSignal(GuestTask task, in SignalInfo info) => _signals[task] = info;

    public SignalInfo? SignalOf(GuestTask task) => _signals.TryGetValue(task, out SignalInfo info) ? info : null;

    /// <summary>Forgets what tasks had stopped with: they go on.</summary>
    public void ForgetSignals() => _signals.Clear();
}

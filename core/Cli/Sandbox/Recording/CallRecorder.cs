using System.Globalization;
using System.Text;
using System.Text.Json;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>
/// Records what happens to a machine's tasks: their calls with arguments, results, memory written and place, signals and ends. What calls
/// look like is the JSON tracer's, which is told of each event just before this one.
/// </summary>
internal sealed class CallRecorder : ISyscallObserver, ITaskObserver
{
    private readonly Machine _machine;
    private readonly TraceLines _lines = TraceLines.Begin();
    private readonly WrittenMemory _written;
    private readonly CallPlaces _places;
    private readonly int _most;
    private readonly Dictionary<GuestTask, TaskRecord> _tasks = [];
    private readonly List<TaskEvent> _events = [];
    private readonly bool _isFromTheMiddle;
    private readonly List<TaskEvent> _completed = [];

    /// <summary>Begins the record of a machine that has no program yet; it is stopped after as many events as <paramref name="most"/>.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="most">How many events.</param>
    /// <param name="isFromTheMiddle">Whether the machine runs already, so that only <see cref="TakeCompleted"/> is kept and tasks are named by their numbers.</param>
    public CallRecorder(Machine machine, int most, bool isFromTheMiddle = false)
    {
        _isFromTheMiddle = isFromTheMiddle;
        _machine = machine;
        _most = most;
        _written = new WrittenMemory(() => machine.Clock.Cycles);
        _places = new CallPlaces(machine);
        ITracerFactory factory = machine.Slots.Tracers.Current.First(static factory => factory.Formats.Contains("json"));
        machine.Observers.Add(factory.Create("json", _lines, TraceTarget.File, SyscallSet.All())!);
        machine.Observers.Add(this);
        machine.WatchWrites(_written);
    }

    /// <inheritdoc/>
    public SyscallSet Interests { get; } = SyscallSet.All();

    /// <summary>What happened, in the order in which it began.</summary>
    public IReadOnlyList<TaskEvent> Events => _events;

    /// <summary>With a machine that runs already: what has ended since the last time, in the order of the ends. What calls wrote before is forgotten.</summary>
    public List<TaskEvent> TakeCompleted()
    {
        List<TaskEvent> taken = [.. _completed];
        _completed.Clear();
        _written.Forget();
        return taken;
    }

    /// <summary>Whether more would have been recorded than was to be.</summary>
    public bool IsFull { get; private set; }

    /// <inheritdoc/>
    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        const int SyscallLength = 2;
        TaskRecord record = Find(task);
        ulong address = task.Cpu.Rip - SyscallLength;
        record.Pending = Add(new TaskEvent
        {
            Task = record.Name,
            Pid = task.Group.Pid,
            Tid = task.Tid,
            Program = ProgramOf(task),
            Kind = TaskEventKind.Call,
            Number = frame.Number,
            Name = info?.Name ?? string.Create(CultureInfo.InvariantCulture, $"syscall_{frame.Number}"),
            Cycle = _machine.Clock.Cycles,
            Address = address,
            Place = _places.Find(task, address),
        });
        _written.Begin(task);
        TakeLines(task, record);
    }

    /// <inheritdoc/>
    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        TaskRecord record = Find(task);
        TaskEvent call = record.Pending ??= Rejoin(task, record, in frame, info, result);
        call.Written = _written.End(task);
        if (_lines.IsEmpty)
            Keep(call);
        TakeLines(task, record);
        record.Pending = null;
    }

    /// <summary>A call that had begun before anybody recorded: its tracer knows nothing of it.</summary>
    private TaskEvent Rejoin(GuestTask task, TaskRecord record, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        var arguments = new List<CallArgument>();
        for (int i = 0; i < (info?.Arguments.Count ?? 6); i++)
            arguments.Add(new CallArgument(info?.Arguments[i].Name ?? "", "Hex", frame[i], "0x" + frame[i].ToString("x", CultureInfo.InvariantCulture)));
        return new TaskEvent
        {
            Task = record.Name,
            Pid = task.Group.Pid,
            Tid = task.Tid,
            Program = ProgramOf(task),
            Kind = TaskEventKind.Call,
            Number = frame.Number,
            Name = info?.Name ?? "",
            Arguments = arguments,
            Result = result.Raw,
            Errno = result.IsError ? result.Errno.ToString() : null,
            Text = result.Raw.ToString(CultureInfo.InvariantCulture),
            Cycle = _machine.Clock.Cycles,
        };
    }

    /// <inheritdoc/>
    public void OnStart(GuestTask parent, GuestTask child)
    {
        TaskRecord record = Find(parent);
        record.Children++;
        if (!_isFromTheMiddle)
            _tasks[child] = new TaskRecord(string.Create(CultureInfo.InvariantCulture, $"{record.Name}.{record.Children}"));
    }

    /// <inheritdoc/>
    public void OnExec(GuestTask task)
    {
        _places.Forget(task);
        TaskRecord record = Find(task);
        TakeLines(task, record);
        record.Pending = null;
    }

    /// <inheritdoc/>
    public void OnSignal(GuestTask task, in SignalInfo signal) => TakeLines(task, Find(task));

    /// <inheritdoc/>
    public void OnEnd(GuestTask task, int status)
    {
        TakeLines(task, Find(task));
        _tasks.Remove(task);
    }

    private static string ProgramOf(GuestTask task)
    {
        string path = Encoding.UTF8.GetString(task.Group.ExecutablePath);
        return path[(path.LastIndexOf('/') + 1)..];
    }

    private TaskRecord Find(GuestTask task)
    {
        if (!_tasks.TryGetValue(task, out TaskRecord? record))
            _tasks[task] = record = new TaskRecord(_isFromTheMiddle ? task.Tid.ToString(CultureInfo.InvariantCulture) : "1");
        return record;
    }

    private TaskEvent Add(TaskEvent item)
    {
        if (_isFromTheMiddle)
        {
            if (item.Kind != TaskEventKind.Call)
                Keep(item);
        }
        else if (_events.Count < _most)
        {
            _events.Add(item);
        }
        else if (!IsFull)
        {
            IsFull = true;
            _machine.Stop(MachineEnd.Stopped, $"it was stopped after {_most} events");
        }

        return item;
    }

    private void Keep(TaskEvent item)
    {
        if (!_isFromTheMiddle)
            return;
        _completed.Add(item);
        if (_completed.Count == _most)
            _machine.Stop(MachineEnd.Stopped);
    }

    private void TakeLines(GuestTask task, TaskRecord record)
    {
        foreach (string line in _lines.Take())
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement element = document.RootElement;
            string kind = element.GetProperty("event").GetString()!;
            if (kind == "call")
                Complete(record, element);
            else
                Add(Describe(task, record, kind, element));
        }
    }

    private void Complete(TaskRecord record, JsonElement element)
    {
        if (record.Pending is not { } call)
            return;
        var arguments = new List<CallArgument>();
        foreach (JsonElement argument in element.GetProperty("args").EnumerateArray())
        {
            string raw = argument.GetProperty("raw").GetString()!;
            arguments.Add(new CallArgument(
                argument.GetProperty("name").GetString()!,
                argument.GetProperty("kind").GetString()!,
                ulong.Parse(raw.AsSpan(raw.StartsWith("0x", StringComparison.Ordinal) ? 2 : 0), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                argument.GetProperty("text").GetString()!));
        }

        JsonElement result = element.GetProperty("result");
        call.Name = element.GetProperty("name").GetString()!;
        call.Arguments = arguments;
        call.Result = result.ValueKind == JsonValueKind.Null ? null : result.GetInt64();
        call.Errno = element.GetProperty("errno").GetString();
        call.Text = element.GetProperty("text").GetString()!;
        call.Cycles = element.GetProperty("cycles").GetInt64();
        Keep(call);
    }

    private TaskEvent Describe(GuestTask task, TaskRecord record, string kind, JsonElement element)
    {
        (TaskEventKind type, string text) = kind switch
        {
            "signal" => (TaskEventKind.Signal, $"{element.GetProperty("signal").GetString()} code {element.GetProperty("code").GetInt64()} address {element.GetProperty("address").GetString()}"),
            "end" when element.GetProperty("exitCode").ValueKind == JsonValueKind.Number => (TaskEventKind.End, $"exited {element.GetProperty("exitCode").GetInt32()}"),
            "end" => (TaskEventKind.End, $"killed by {element.GetProperty("signal").GetString()}"),
            _ => (TaskEventKind.Program, element.GetProperty("path").GetString()!),
        };
        return new TaskEvent
        {
            Task = record.Name,
            Pid = task.Group.Pid,
            Tid = task.Tid,
            Program = ProgramOf(task),
            Kind = type,
            Name = kind == "exec" ? "program" : kind,
            Text = text,
            Cycle = _machine.Clock.Cycles,
        };
    }

    private sealed class TaskRecord(string name)
    {
        public string Name => name;

        public int Children { get; set; }

        public TaskEvent? Pending { get; set; }
    }
}

using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// Seeded random choices, to find races (docs/adr/0013). Time goes in epochs of random length; each has a way of choosing tasks and an
/// order of magnitude for time slices of its own. What many races need, one task that stands still in a window of a few instructions
/// while others get through thousands, is as likely as tasks that take turns at every instruction. An epoch's end bounds how long a
/// task is kept from running, so a program that is right ends under every seed.
/// </summary>
internal sealed class ChaosScheduler : IScheduler, IStatefulService<SchedulerState>
{
    private const int StateVersion = 1;

    /// <summary>The name under which the choices of the epoch are handed to a successor of this kind.</summary>
    private const string ExtensionName = "process.chaos";

    /// <summary>Turns of an epoch: at most 2^9.</summary>
    private const int TurnBits = 9;

    /// <summary>Cycles of a time slice: at most 2^17, some hundred microseconds of interpreted code.</summary>
    private const int SliceBits = 17;

    /// <summary>A slice ends this many instructions behind the processor's own stop at most: every place of a block can be reached.</summary>
    private const int MostSteps = 64;

    /// <summary>What an epoch's slices may sum up to. A task that spins until another has run costs no more than this.</summary>
    private const long EpochCycles = 4_000_000;

    private readonly ITaskTable _tasks;
    private readonly SeededNumbers _numbers;
    private readonly List<Entry> _ready = [];
    private readonly Dictionary<GuestTask, Entry> _entries = [];
    private Manner _manner;
    private Entry? _last;
    private Entry? _starved;
    private long _turnsLeft;
    private long _cyclesLeft;
    private int _sliceBits;

    public ChaosScheduler(ulong seed, ITaskTable tasks)
    {
        _tasks = tasks;
        _numbers = new SeededNumbers(seed ^ 0x6368_616F_732E_3031);
    }

    private enum Manner
    {
        /// <summary>Each ready task is as likely as the others.</summary>
        Even,

        /// <summary>The ready task with the highest priority runs; priorities change at random.</summary>
        Priorities,

        /// <summary>One task does not run while another can.</summary>
        Starve,
    }

    public GuestTask? Next(out TimeSlice slice)
    {
        if (_ready.Count == 0)
        {
            slice = default;
            return null;
        }

        if (--_turnsLeft < 0 || _cyclesLeft <= 0)
            BeginEpoch();
        Entry entry = _manner switch
        {
            Manner.Priorities => ChooseByPriority(),
            Manner.Starve => ChooseUnstarved(),
            _ => Any(),
        };
        _last = entry;
        slice = DrawSlice();
        _cyclesLeft -= slice.Cycles;
        return entry.Task;
    }

    public void Ready(GuestTask task)
    {
        if (!_entries.TryGetValue(task, out Entry? entry))
            _entries.Add(task, entry = new Entry(task) { Priority = DrawPriority() });
        if (entry.Place >= 0)
            return;
        entry.Place = _ready.Count;
        _ready.Add(entry);

        // Who was woken may come before or behind those who could run already.
        if (_numbers.OneIn(2))
            entry.Priority = DrawPriority();
    }

    public void Block(GuestTask task)
    {
        if (!_entries.TryGetValue(task, out Entry? entry))
            return;
        if (entry.Place >= 0)
        {
            Entry end = _ready[^1];
            _ready[entry.Place] = end;
            end.Place = entry.Place;
            _ready.RemoveAt(_ready.Count - 1);
            entry.Place = -1;
        }

        if (task.State < TaskState.Zombie)
            return;
        _entries.Remove(task);
        if (ReferenceEquals(_last, entry))
            _last = null;
        if (ReferenceEquals(_starved, entry))
            _starved = null;
    }

    public int ChooseWaiter(int count) => (int)_numbers.Below(count);

    public SchedulerState Capture()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(_numbers.State);
        writer.Write((byte)_manner);
        writer.Write(_last?.Task.Tid ?? 0);
        writer.Write(_starved?.Task.Tid ?? 0);
        writer.Write(_turnsLeft);
        writer.Write(_cyclesLeft);
        writer.Write(_sliceBits);
        writer.Write(_entries.Count);
        foreach (Entry entry in _entries.Values)
        {
            writer.Write(entry.Task.Tid);
            writer.Write(entry.Priority);
        }

        writer.Flush();
        return new SchedulerState
        {
            Version = StateVersion,
            Ready = [.. _ready.Select(static entry => entry.Task.Tid)],
            Extensions = [new StateExtension(ExtensionName, StateVersion, Required: false, bytes.ToArray())],
        };
    }

    public bool Reads(StateExtension extension) => extension is { Plugin: ExtensionName, Version: StateVersion };

    public Errno Restore(SchedulerState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        StateExtension? own = state.Extensions.FirstOrDefault(Reads);
        using var reader = new BinaryReader(new MemoryStream((own?.Bytes ?? default).ToArray()));
        if (own is not null)
        {
            _numbers.State = reader.ReadUInt64();
            _manner = (Manner)reader.ReadByte();
        }

        (int last, int starved) = own is null ? (0, 0) : (reader.ReadInt32(), reader.ReadInt32());
        (_turnsLeft, _cyclesLeft, _sliceBits) = own is null ? (0, 0, 0) : (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32());
        for (int i = own is null ? 0 : reader.ReadInt32(); i > 0; i--)
        {
            (int tid, long priority) = (reader.ReadInt32(), reader.ReadInt64());
            if (_tasks.Find(tid) is { } task)
                _entries[task] = new Entry(task) { Priority = priority };
        }

        foreach (int tid in state.Ready)
        {
            if (_tasks.Find(tid) is not { } task)
                return Errno.ESRCH;
            if (!_entries.TryGetValue(task, out Entry? entry))
                _entries.Add(task, entry = new Entry(task) { Priority = DrawPriority() });
            entry.Place = _ready.Count;
            _ready.Add(entry);
        }

        _last = Find(last);
        _starved = Find(starved);
        return Errno.None;
    }

    private Entry? Find(int tid) => _tasks.Find(tid) is { } task ? _entries.GetValueOrDefault(task) : null;

    private void BeginEpoch()
    {
        _turnsLeft = _numbers.UpToBits(TurnBits);
        _cyclesLeft = EpochCycles;
        _sliceBits = (int)_numbers.Below(SliceBits + 1);
        _manner = (Manner)_numbers.Below(3);

        // Who has just been interrupted may be in the middle of something.
        _starved = _numbers.OneIn(2) && _last is { Place: >= 0 } last ? last : Any();
    }

    private TimeSlice DrawSlice()
    {
        long cycles = _numbers.Below(1L << _sliceBits);
        int steps = _numbers.OneIn(2) ? 0 : (int)_numbers.Below(MostSteps);
        int calls = _numbers.OneIn(2) ? int.MaxValue : (int)_numbers.Below(4) + 1;
        return new TimeSlice(cycles + steps == 0 ? 1 : cycles, steps, calls);
    }

    private Entry Any() => _ready[(int)_numbers.Below(_ready.Count)];

    private Entry ChooseByPriority()
    {
        if (_last is not null && _numbers.OneIn(8))
            _last.Priority = DrawPriority();
        Entry best = _ready[0];
        for (int i = 1; i < _ready.Count; i++)
        {
            if (_ready[i].Priority > best.Priority)
                best = _ready[i];
        }

        return best;
    }

    private Entry ChooseUnstarved()
    {
        Entry entry = Any();
        if (!ReferenceEquals(entry, _starved) || _ready.Count == 1)
            return entry;
        return _ready[entry.Place == 0 ? 1 : entry.Place - 1];
    }

    private long DrawPriority() => _numbers.Below(long.MaxValue);

    /// <summary>What is kept of a task.</summary>
    private sealed class Entry(GuestTask task)
    {
        public GuestTask Task { get; } = task;

        /// <summary>Where it is among those that are ready; -1 when it is not.</summary>
        public int Place { get; set; } = -1;

        public long Priority { get; set; }
    }
}

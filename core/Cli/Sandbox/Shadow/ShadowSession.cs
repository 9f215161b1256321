using System.Globalization;
using Kpio.Cli.Sandbox.Comparing;
using Kpio.Cli.Sandbox.Recording;
using Kpio.Cli.Sandbox.Reporting;
using Kpio.Cli.Sandbox.Symbols;
using Kpio.Contracts.Host;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;

namespace Kpio.Cli.Sandbox.Shadow;

/// <summary>
/// Compares a live machine with its shadow, stretch by stretch: from each snapshot of the live machine to the next the shadow does the same
/// stretch with the candidate. It starts from the live state each time, so that after a divergence the next stretch is compared afresh. All of it
/// happens on the live machine's thread, between two instructions of its guests.
/// </summary>
internal sealed class ShadowSession
{
    private readonly Machine _live;
    private readonly ShadowCandidate _candidate;
    private readonly string _name;
    private readonly IHostConsole _console;
    private readonly StreamLog _streams;
    private readonly CallRecorder _recorder;
    private readonly Action<string> _report;
    private readonly bool _stops;
    private SymbolBook? _symbols;
    private MachineSnapshot _from;
    private bool _isOver;

    /// <summary>Begins with a machine that has its program and has not run yet.</summary>
    public ShadowSession(Machine live, ShadowCandidate candidate, string name, IHostConsole console, StreamLog streams, bool stops, Action<string> report)
    {
        _live = live;
        _candidate = candidate;
        _name = name;
        _console = console;
        _streams = streams;
        _stops = stops;
        _report = report;
        _recorder = new CallRecorder(live, int.MaxValue, isFromTheMiddle: true);
        _streams.Take();
        _streams.TakeAnswers();
        _from = live.Capture();
    }

    /// <summary>How many stretches were compared, how many events, and how many stretches differ.</summary>
    public (int Stretches, long Events, int Different) Counts { get; private set; }

    /// <summary>The live machine has come to the next snapshot, or with null to its end.</summary>
    public void Compare(MachineSnapshot? next)
    {
        List<TaskEvent> events = _recorder.TakeCompleted();
        List<StreamUse> uses = _streams.Take();
        List<StreamAnswer> answers = _streams.TakeAnswers();
        if (_isOver)
            return;
        if (events.Count > 0)
            Compare(events, _candidate.Run(_from, uses, answers, _console, events.Count));
        if (next is not null)
            _from = next;
    }

    private void Compare(List<TaskEvent> live, ShadowRun shadow)
    {
        int same = 0;
        Difference difference = Difference.None;
        bool otherCycles = false;
        for (; same < live.Count && same < shadow.Events.Count; same++)
        {
            difference = EventComparer.Exact(live[same], shadow.Events[same]);

            // A machine made from a snapshot has other frames in use than the one that went on: how much memory is free says nothing.
            if (live[same].Name == "sysinfo")
                difference &= ~Difference.Memory;

            // When a call began one of them may not know; when it ended both do.
            otherCycles = live[same].Cycle + live[same].Cycles != shadow.Events[same].Cycle + shadow.Events[same].Cycles;
            if (difference != Difference.None || otherCycles)
                break;
        }

        bool differs = same < live.Count || shadow.Output is not null || shadow.Message is not null;
        Counts = (Counts.Stretches + 1, Counts.Events + same, Counts.Different + (differs ? 1 : 0));
        if (!differs)
            return;
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        if (same < live.Count)
        {
            TaskEvent? other = same < shadow.Events.Count ? shadow.Events[same] : null;
            var pair = new EventPair(live[same], other, other is null ? Difference.Missing : difference);
            string what = other is null ? "the shadow has no such event" : difference == Difference.None ? "cycles" : EventText.Describe(pair);
            text.WriteLine($"shadow {_name} differs at event {Counts.Events + 1}, in task {live[same].Tid} ({live[same].Program}): {what}");
            DifferenceText.PrintSide(text, "live", live[same], Describe);
            DifferenceText.PrintSide(text, "shadow", other, Describe);
        }
        else if (shadow.Output is not null)
        {
            text.WriteLine($"shadow {_name} differs within the {live.Count} events up to number {Counts.Events}: output");
        }

        if (shadow.Output is { } output)
            text.WriteLine($"  output   {output}");
        if (shadow.Message is { } message)
            text.WriteLine($"  shadow {_name}: {message}");
        _report(text.ToString().TrimEnd('\n'));
        if (!_stops)
            return;
        _isOver = true;
        _live.Stop(MachineEnd.Stopped, "stopped: the shadow differs");
    }

    private string Describe(TaskEvent item) => item.Place is { } place ? (_symbols ??= new SymbolBook(_live.Files)).Describe(place) : "";
}

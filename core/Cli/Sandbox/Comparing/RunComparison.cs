using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>
/// Two recorded runs side by side. Up to the first divergence they are the same event by event, over all tasks; from there on each task of the
/// one is aligned with the same task of the other.
/// </summary>
internal sealed class RunComparison
{
    private readonly Dictionary<string, CallSummary> _calls = [];

    public RunComparison(RecordedRun a, RecordedRun b)
    {
        (A, B) = (a, b);
        int common = CountCommon(a.Events, b.Events);
        IsCut = (common == a.Events.Count && !a.IsComplete) || (common == b.Events.Count && !b.IsComplete);
        if (!IsCut && (common < a.Events.Count || common < b.Events.Count))
            First = FirstPair(common);
        Align();
        foreach (EventPair pair in Pairs)
            Count(pair);
    }

    public RecordedRun A { get; }

    public RecordedRun B { get; }

    /// <summary>The first divergence, or null.</summary>
    public EventPair? First { get; }

    /// <summary>Whether a run was ended from outside before the runs differed: what would have come is not known.</summary>
    public bool IsCut { get; }

    /// <summary>How many events of the same task come before the first divergence.</summary>
    public int FirstIndex { get; private set; }

    /// <summary>All events, task by task in the order in which tasks appear.</summary>
    public List<EventPair> Pairs { get; } = [];

    /// <summary>The calls by name.</summary>
    public IEnumerable<CallSummary> Calls => _calls.Values.OrderBy(static call => call.Name, StringComparer.Ordinal);

    public bool SameOutput => A.Output.AsSpan().SequenceEqual(B.Output);

    public bool SameError => A.Error.AsSpan().SequenceEqual(B.Error);

    public bool SameEnding => A.Ending == B.Ending;

    /// <summary>Whether nothing differs.</summary>
    public bool IsSame => First is null && !IsCut && SameOutput && SameError && SameEnding;

    private static int CountCommon(IReadOnlyList<TaskEvent> a, IReadOnlyList<TaskEvent> b)
    {
        int i = 0;
        while (i < a.Count && i < b.Count && EventComparer.Exact(a[i], b[i]) == Difference.None)
            i++;
        return i;
    }

    private EventPair FirstPair(int index)
    {
        TaskEvent? a = index < A.Events.Count ? A.Events[index] : null;
        TaskEvent? b = index < B.Events.Count ? B.Events[index] : null;
        string task = (a ?? b)!.Task;
        FirstIndex = A.Events.Take(index).Count(item => item.Task == task);
        return new EventPair(a, b, a is null || b is null ? Difference.Missing : EventComparer.Exact(a, b));
    }

    private void Align()
    {
        var comparer = new EventComparer(A.Catalog);
        var numbers = new Dictionary<string, int>();
        ILookup<string, TaskEvent> ofA = A.Events.ToLookup(static item => item.Task);
        ILookup<string, TaskEvent> ofB = B.Events.ToLookup(static item => item.Task);
        foreach (string task in A.Events.Concat(B.Events).Select(static item => item.Task).Distinct().Order(TaskOrder.Instance))
        {
            TaskEvent[] a = [.. ofA[task]];
            TaskEvent[] b = [.. ofB[task]];
            int same = CountCommon(a, b);
            for (int i = 0; i < same; i++)
                Pairs.Add(new EventPair(a[i], b[i], Difference.None));
            List<(int A, int B)> pairs = Alignment.Of([.. a.Skip(same).Select(Number)], [.. b.Skip(same).Select(Number)]);
            AddAligned(comparer, a.AsSpan(same), b.AsSpan(same), pairs);
        }

        int Number(TaskEvent item)
        {
            string key = EventComparer.Key(item);
            if (!numbers.TryGetValue(key, out int number))
                numbers[key] = number = numbers.Count;
            return number;
        }
    }

    /// <summary>What is left over on both sides between two events that belong together is paired call by call, as far as the names agree.</summary>
    private void AddAligned(EventComparer comparer, ReadOnlySpan<TaskEvent> a, ReadOnlySpan<TaskEvent> b, List<(int A, int B)> pairs)
    {
        var leftA = new List<TaskEvent>();
        var leftB = new List<TaskEvent>();
        foreach ((int indexA, int indexB) in pairs)
        {
            if (indexA >= 0 && indexB >= 0)
            {
                PairLeftovers(comparer, leftA, leftB);
                Pairs.Add(new EventPair(a[indexA], b[indexB], comparer.ByMeaning(a[indexA], b[indexB])));
            }
            else if (indexA >= 0)
            {
                leftA.Add(a[indexA]);
            }
            else
            {
                leftB.Add(b[indexB]);
            }
        }

        PairLeftovers(comparer, leftA, leftB);
    }

    private void PairLeftovers(EventComparer comparer, List<TaskEvent> a, List<TaskEvent> b)
    {
        int next = 0;
        foreach (TaskEvent item in a)
        {
            int match = b.FindIndex(next, other => other.Kind == item.Kind && other.Name == item.Name);
            if (match < 0)
            {
                Pairs.Add(new EventPair(item, null, Difference.Missing));
                continue;
            }

            for (; next < match; next++)
                Pairs.Add(new EventPair(null, b[next], Difference.Missing));
            Pairs.Add(new EventPair(item, b[match], comparer.ByMeaning(item, b[match])));
            next = match + 1;
        }

        for (; next < b.Count; next++)
            Pairs.Add(new EventPair(null, b[next], Difference.Missing));
        a.Clear();
        b.Clear();
    }

    private void Count(EventPair pair)
    {
        string name = pair.Either.Kind == TaskEventKind.Call ? pair.Either.Name : $"({pair.Either.Name})";
        if (!_calls.TryGetValue(name, out CallSummary? call))
            _calls[name] = call = new CallSummary(name);
        call.Add(pair);
    }
}

namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>How often a call was made in either run, and how.</summary>
internal sealed class CallSummary(string name)
{
    public string Name => name;

    public int InA { get; private set; }

    public int InB { get; private set; }

    public int Same { get; private set; }

    public int Arguments { get; private set; }

    public int Results { get; private set; }

    public int Memory { get; private set; }

    public int Time { get; private set; }

    public int OnlyA { get; private set; }

    public int OnlyB { get; private set; }

    /// <summary>Whether the runs differ in it.</summary>
    public bool Differs => Arguments + Results + Memory + OnlyA + OnlyB > 0;

    /// <summary>Counts a pair in.</summary>
    public void Add(EventPair pair)
    {
        InA += pair.A is null ? 0 : 1;
        InB += pair.B is null ? 0 : 1;
        OnlyA += pair.B is null ? 1 : 0;
        OnlyB += pair.A is null ? 1 : 0;
        Same += pair.Difference == Difference.None ? 1 : 0;
        Arguments += Has(Difference.Arguments);
        Results += Has(Difference.Result);
        Memory += Has(Difference.Memory);
        Time += Has(Difference.Time);

        int Has(Difference difference) => (pair.Difference & difference) != 0 ? 1 : 0;
    }
}

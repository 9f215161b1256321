namespace Kpio.Testing.Conformance;

/// <summary>What every plugin with observers of system calls promises, besides what every plugin does: it looks on, and changes nothing.</summary>
public abstract class ObserverConformance : PluginConformance
{
    /// <summary>A program makes the same calls with the same results, and takes the same cycles, as without the observer.</summary>
    [Fact]
    public void ItChangesNothing()
    {
        GuestRun without = Run(new KernelFixture()), with = Run(Fixture);
        Assert.Equal(without.OutputText, with.OutputText);
        Assert.Equal(without.Trace.Select(static call => call.ToString()), with.Trace.Select(static call => call.ToString()));
        Assert.Equal(without.Cycles, with.Cycles);
        Assert.Equal(without.Files, with.Files);
    }
}

using System.Runtime.InteropServices;

namespace Kpio.Bench;

/// <summary>What starting costs: <c>kpio run busybox true</c>, launcher included, beside a bare ReadyToRun hello-world.</summary>
internal sealed class StartupBenchmark(Workspace workspace, Measurement measurement, BenchOptions options)
{
    /// <summary>Measures both in turn; as many runs as rounds, but at least twenty: one run is short.</summary>
    public StartupFigures Run(Action<string> progress)
    {
        progress("building the hello-world");
        string hello = workspace.BuildHello(RuntimeInformation.RuntimeIdentifier.StartsWith("debian", StringComparison.Ordinal)
            ? "linux-x64" : RuntimeInformation.RuntimeIdentifier);
        string busybox = Workspace.Find("busybox") ?? throw new InvalidOperationException("busybox is not installed: apt install busybox-static");
        string[] kpio = [Path.Combine(workspace.Root, "kpio"), "run", .. options.KpioOptions, "--", busybox, "true"];
        measurement.Run([hello]);
        measurement.Run(kpio);

        List<Usage> bare = [], own = [];
        int runs = Math.Max(20, options.Rounds);
        for (int i = 0; i < runs; i++)
        {
            progress($"start {i + 1} of {runs}");
            bare.Add(measurement.Run([hello]).Usage);
            own.Add(measurement.Run(kpio).Usage);
        }

        return new StartupFigures(bare, own);
    }
}

/// <summary>The runs of the hello-world and of KPIO, pair by pair.</summary>
internal sealed record StartupFigures(IReadOnlyList<Usage> Hello, IReadOnlyList<Usage> Kpio)
{
    /// <summary>The ratio of CPU times.</summary>
    public Spread Ratio => Spread.Of(Kpio.Zip(Hello, static (a, b) => (double)a.Cpu / Math.Max(1, b.Cpu)));
}

namespace Kpio.Bench;

/// <summary>A guest program of <c>bench/guests</c>, with the size that takes Linux some tens of milliseconds.</summary>
/// <param name="Name">The source's name without its ending.</param>
/// <param name="Group">What it stands for: integer, fp, syscall or process.</param>
/// <param name="Size">Its argument.</param>
internal sealed record BenchmarkProgram(string Name, string Group, long Size)
{
    /// <summary>
    /// Everything that is measured. The syscall programs run longer than the others: beside what a call costs on Linux, KPIO's
    /// start is not small.
    /// </summary>
    public static IReadOnlyList<BenchmarkProgram> All { get; } =
    [
        new("fib", "integer", 35),
        new("sieve", "integer", 40),
        new("mix", "integer", 8_000_000),
        new("bytecode", "integer", 4_000_000),
        new("strings", "integer", 60),
        new("matrix", "fp", 40),
        new("nbody", "fp", 400_000),
        new("mandelbrot", "fp", 500),
        new("getpid", "syscall", 500_000),
        new("pipe", "syscall", 250_000),
        new("openclose", "syscall", 100_000),
        new("mmap", "syscall", 2_000),
        new("forkwait", "process", 500),
        new("forkexec", "process", 300),
        new("threads", "process", 20_000),
        new("futex", "process", 100_000),
        new("signal", "process", 200_000),
        new("pingpong", "process", 100_000),
    ];

    /// <summary>The groups in the order of the report.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["integer", "fp", "syscall", "process"];
}

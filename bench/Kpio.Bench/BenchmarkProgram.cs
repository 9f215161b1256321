namespace Kpio.Bench;

/// <summary>A program that is measured: a guest of <c>bench/guests</c>, or one that Debian installs.</summary>
/// <param name="Name">What the report calls it; a guest's source has this name unless <see cref="Source"/> says another.</param>
/// <param name="Group">What it stands for: one of <see cref="Groups"/>.</param>
/// <param name="Size">Its argument: how much it does.</param>
internal sealed record BenchmarkProgram(string Name, string Group, long Size)
{
    /// <summary>Takes the place of <see cref="Size"/> with <c>--short</c>, which is for the interpreter.</summary>
    public long ShortSize { get; init; } = Size;

    /// <summary>A guest's source, from the repository's root.</summary>
    public string Source { get; init; } = $"bench/guests/{Name}.c";

    /// <summary>The variant of <c>tests/Guests/build.sh</c> that a guest is built as.</summary>
    public string Variant { get; init; } = "glibc";

    /// <summary>
    /// An installed program's command line, or empty: <c>{size}</c> stands for the size, <c>{scripts}</c> for <c>bench/real</c>, <c>{lines}</c> for a file of so many
    /// lines as the size says.
    /// </summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>
    /// The programs of which each takes Linux some tens of milliseconds. The syscall programs run longer than the others: beside what a call costs on Linux,
    /// KPIO's start is not small.
    /// </summary>
    public static IReadOnlyList<BenchmarkProgram> Brief { get; } =
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

    /// <summary>Programs that compute, of which each takes Linux about half a second, and in the short form a tenth of that.</summary>
    public static IReadOnlyList<BenchmarkProgram> Computing { get; } =
    [
        Cpu("sort", 30, 3),
        Cpu("hash", 160, 16),
        Cpu("lz", 60, 6),
        Cpu("sha256", 2_000, 200),
        Cpu("mandelbrot", 2_500, 800) with { Name = "mandelbrot-long", Source = "bench/guests/mandelbrot.c" },
        Cpu("x87", 50_000_000, 5_000_000),
        Cpu("chase", 20_000_000, 2_000_000),
        Cpu("sse2", 2_500, 250),
        Cpu("memory", 14_000, 1_400) with { Name = "memory-glibc" },
        Cpu("memory", 2_000, 200) with { Name = "memory-musl", Variant = "musl" },
        Cpu("switchvm", 300_000, 30_000),
        new("patch", "patch", 20_000) { Source = "bench/guests/cpu/patch.c", ShortSize = 5_000 },
    ];

    /// <summary>Every group in the order of the report.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["start", "integer", "fp", "syscall", "process", "cpu", "patch", "real"];

    /// <summary>The groups that a bench without a filter leaves out, because they take long.</summary>
    public static IReadOnlyList<string> LongGroups { get; } = ["start", "cpu", "patch", "real"];

    private static BenchmarkProgram Cpu(string name, long size, long shortSize) =>
        new(name, "cpu", size) { ShortSize = shortSize, Source = $"bench/guests/cpu/{name}.c" };
}

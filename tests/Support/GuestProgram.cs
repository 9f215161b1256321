using System.Collections.Concurrent;

namespace Kpio.Testing;

/// <summary>How a guest program is built; the names are those of <c>tests/Guests/build.sh</c>.</summary>
public static class GuestVariant
{
    /// <summary>C on musl, static.</summary>
    public const string Musl = "musl";

    /// <summary>C on musl, static-PIE.</summary>
    public const string MuslPie = "musl-pie";

    /// <summary>C on musl, static, for x86-64-v3 with AES, PCLMULQDQ and SHA.</summary>
    public const string MuslV3 = "musl-v3";

    /// <summary>C on glibc, static.</summary>
    public const string Glibc = "glibc";

    /// <summary>C on glibc, static-PIE.</summary>
    public const string GlibcPie = "glibc-pie";

    /// <summary>C on glibc with threads, linked dynamically.</summary>
    public const string Dynamic = "dynamic";

    /// <summary>C++, static.</summary>
    public const string Cpp = "cpp";

    /// <summary>C++, linked dynamically.</summary>
    public const string CppDynamic = "cpp-dynamic";

    /// <summary>C or assembler without a C library.</summary>
    public const string Bare = "bare";

    /// <summary>C on musl, static, as a debugger wants it.</summary>
    public const string DebugMusl = "debug-musl";

    /// <summary>C on glibc with threads, static, as a debugger wants it.</summary>
    public const string DebugGlibc = "debug-glibc";

    /// <summary>C on glibc with threads, linked dynamically, as a debugger wants it.</summary>
    public const string DebugDynamic = "debug-dynamic";

    /// <summary>Rust on glibc, static.</summary>
    public const string Rust = "rust";

    /// <summary>Rust on glibc, linked dynamically.</summary>
    public const string RustDynamic = "rust-dynamic";

    /// <summary>Go without cgo.</summary>
    public const string Go = "go";

    /// <summary>The tests of a package of Go's standard library; the source is the package's name.</summary>
    public const string GoTest = "go-test";

    /// <summary>The five kinds that every own C program is run as.</summary>
    public static IReadOnlyList<string> AllOfC { get; } = [Musl, MuslPie, Glibc, GlibcPie, Dynamic];
}

/// <summary>Builds guest programs from <c>tests/Guests</c> when they are not there or out of date.</summary>
public static class GuestProgram
{
    // What is built once stays built for the life of the test process: a cache of file names, and nothing else.
    private static readonly ConcurrentDictionary<(string Source, string Variant), Lazy<string>> Built = new();

    /// <summary>The path of the built program. <paramref name="source"/> is relative to <c>tests/Guests</c>, or absolute.</summary>
    public static string Build(string source, string variant = GuestVariant.Musl) =>
        Built.GetOrAdd((source, variant), static key => new Lazy<string>(() => BuildNow(key.Source, key.Variant))).Value;

    /// <summary>The sources in a folder of <c>tests/Guests</c>, relative to it, sorted.</summary>
    public static IReadOnlyList<string> Sources(string folder, string pattern = "*.c")
    {
        string path = RepositoryRoot.Combine("tests", "Guests", folder);
        return [.. Directory.GetFiles(path, pattern).Select(f => folder + "/" + Path.GetFileName(f)).Order(StringComparer.Ordinal)];
    }

    private static string BuildNow(string source, string variant)
    {
        RunResult result = ChildProcess.Run(
            RepositoryRoot.Combine("tests", "Guests", "build.sh"), [source, variant], RepositoryRoot.Path, timeout: TimeSpan.FromMinutes(5));
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{source} does not build as {variant}:\n{result.ErrorText}{result.OutputText}");
        return result.OutputText.TrimEnd('\n').Split('\n')[^1];
    }
}

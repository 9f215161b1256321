using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// The programs that <c>bench/kpio-bench</c> measures by half a second of computing, with little work: what they compute must be the native run's, or the bench
/// compares what cannot be compared.
/// </summary>
public sealed class BenchProgramTests
{
    private static readonly string Scripts = RepositoryRoot.Combine("bench", "real");

    [Theory]
    [InlineData("sort", "1", GuestVariant.Glibc)]
    [InlineData("hash", "1", GuestVariant.Glibc)]
    [InlineData("lz", "1", GuestVariant.Glibc)]
    [InlineData("sha256", "10", GuestVariant.Glibc)]
    [InlineData("x87", "20000", GuestVariant.Glibc)]
    [InlineData("chase", "20000", GuestVariant.Glibc)]
    [InlineData("sse2", "3", GuestVariant.Glibc)]
    [InlineData("memory", "20", GuestVariant.Glibc)]
    [InlineData("memory", "20", GuestVariant.Musl)]
    [InlineData("switchvm", "1000", GuestVariant.Glibc)]
    [InlineData("patch", "500", GuestVariant.Glibc)]
    [InlineData("scaling", "100000", GuestVariant.Glibc)]
    public void GuestComputesWhatItDoesNatively(string name, string size, string variant)
    {
        string program = GuestProgram.Build(RepositoryRoot.Combine("bench", "guests", "cpu", name + ".c"), variant);
        RunResult native = Parity.Check(Runners.Default, new ProgramRun(program, size));
        Assert.Equal(0, native.ExitCode);
        Assert.NotEmpty(native.Output);
    }

    [Theory]
    [InlineData("/usr/bin/bash-static", "loop.sh", "200")]
    [InlineData("/usr/bin/python3", "work.py", "2000")]
    [InlineData("/usr/bin/perl", "work.pl", "2000")]
    [InlineData("/usr/bin/lua5.4", "work.lua", "20000")]
    public void ScriptComputesWhatItDoesNatively(string interpreter, string script, string size)
    {
        RunResult native = Parity.Check(Runners.Default, new ProgramRun(interpreter, Path.Combine(Scripts, script), size));
        Assert.Equal(0, native.ExitCode);
        Assert.NotEmpty(native.Output);
    }

    [Fact]
    public void StatementsComputeWhatTheyDoNatively()
    {
        RunResult native = Parity.Check(
            Runners.Default, new ProgramRun("/usr/bin/sqlite3", "-cmd", ".parameter set :size 1000", ":memory:", $".read {Path.Combine(Scripts, "work.sql")}"));
        Assert.Equal(0, native.ExitCode);
        Assert.NotEmpty(native.Output);
    }
}

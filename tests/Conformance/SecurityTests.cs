using System.Globalization;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>The six security measures, each with a guest that tries to break it. Linux refuses the same, so it is the oracle here too.</summary>
public sealed class SecurityTests
{
    [Theory]
    [InlineData("security/pointers.c")] // 1: pointers are checked
    [InlineData("security/kernelhalf.c")] // 6: the kernel's half is out of reach
    public void GuestIsRefusedAsLinuxRefusesIt(string source) => GuestCase.Check(Runners.Default, source);

    [Theory]
    [InlineData("write-code")] // 2: W^X
    [InlineData("write-constant")]
    [InlineData("execute-data")]
    [InlineData("execute-stack")]
    [InlineData("execute-heap")]
    [InlineData("stack-overflow")] // 5: guard pages
    [InlineData("guard")]
    [InlineData("read-kernel")] // 6: the kernel's half
    [InlineData("write-kernel")]
    [InlineData("jump-kernel")]
    [InlineData("non-canonical")]
    [InlineData("hlt")] // ring 3 has no privileged instruction
    [InlineData("cli")]
    [InlineData("in")]
    [InlineData("mov-cr3")]
    [InlineData("wrmsr")]
    [InlineData("lgdt")]
    [InlineData("iret")]
    [InlineData("sysret")]
    public void GuestThatBreaksARuleDies(string way)
    {
        RunResult native = FaultTests.Check(way);
        Assert.Equal(139, native.ExitCode);
    }

    [Fact]
    public void DescriptorTableHoldsNothingOfTheEmulator()
    {
        // Not compared with Linux: what a test's own shell leaves open is inherited there, and must not be here.
        using var scratch = new ScratchDirectory();
        foreach (IProgramRunner runner in (IProgramRunner[])[Runners.Default, Runners.Command])
        {
            RunResult result = runner.Run(new ProgramRun(GuestProgram.Build("security/descriptors.c")), scratch);
            Assert.Equal(
                """
                open beyond the standard ones: 0
                reachable: 0
                listed beyond the standard ones: 0
                negative: -9
                huge: -9
                the upper half of the register does not count: -9

                """,
                result.OutputText);
        }
    }

    [Fact]
    public void NothingLeadsToAnotherProcess()
    {
        using var scratch = new ScratchDirectory();
        string program = GuestProgram.Build("security/spaces.c");
        string emulator = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (string other in (string[])["1", emulator])
        {
            RunResult result = Runners.Default.Run(new ProgramRun(program, other), scratch);
            Assert.Equal(0, result.ExitCode);
            string[] lines = result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(lines.Length > 10);
            Assert.All(lines, static line => Assert.EndsWith(": yes", line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TwoMachinesShareNoMemory()
    {
        // The same static program at the same addresses, twice at once: each must see its own values alone.
        string program = GuestProgram.Build("programs/allocation.c");
        RunResult[] results = [.. ParallelEnumerable.Range(0, 2).Select(_ =>
        {
            using var scratch = new ScratchDirectory();
            return Runners.Default.Run(new ProgramRun(program), scratch);
        })];
        Assert.All(results, static r => Assert.Equal(0, r.ExitCode));
        Assert.Equal(results[0].OutputText, results[1].OutputText);
    }
}

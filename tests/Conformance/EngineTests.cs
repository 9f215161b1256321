using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// Programs on the interpreter and on the translator: the same outputs, calls and cycles. <c>tests/engines.sh</c> does it with all of the
/// conformance guests and with BusyBox.
/// </summary>
public sealed class EngineTests
{
    [Theory]
    [InlineData("conformance/execve.c")]
    [InlineData("conformance/faults.c")]
    [InlineData("conformance/fork.c")]
    [InlineData("conformance/futexthreads.c")]
    [InlineData("conformance/mremap.c")]
    [InlineData("conformance/ptrace.c")]
    [InlineData("conformance/sigcontext.c")]
    [InlineData("conformance/sigreturn.c")]
    [InlineData("conformance/sigstress.c")]
    public void GuestsDoTheSameOnBoth(string source) => Compare(new ProgramRun(GuestProgram.Build(source)), CpuModel.V2);

    [Theory]
    [InlineData("vectors/intrinsics.c", CpuModel.V3)]
    [InlineData("vectors/crypto.c", CpuModel.Max)]
    [InlineData("vectors/state.c", CpuModel.Max)]
    public void VectorGuestsDoTheSameOnBoth(string source, CpuModel model) =>
        Compare(new ProgramRun(GuestProgram.Build(source, GuestVariant.MuslV3)), model);

    /// <summary>The bench's programs compute for long enough to be translated, and say what they have computed.</summary>
    [Theory]
    [InlineData("chase", "20000", CpuModel.V2)]
    [InlineData("hash", "1", CpuModel.V2)]
    [InlineData("lz", "1", CpuModel.V2)]
    [InlineData("memory", "20", CpuModel.V2)]
    [InlineData("memory", "20", CpuModel.Max)]
    [InlineData("patch", "500", CpuModel.V2)]
    [InlineData("sha256", "10", CpuModel.V2)]
    [InlineData("sort", "1", CpuModel.V2)]
    [InlineData("sse2", "3", CpuModel.V2)]
    [InlineData("switchvm", "1000", CpuModel.V2)]
    [InlineData("x87", "20000", CpuModel.V2)]
    public void ComputationsDoTheSameOnBoth(string name, string size, CpuModel model) =>
        Compare(new ProgramRun(GuestProgram.Build(RepositoryRoot.Combine("bench", "guests", "cpu", name + ".c"), GuestVariant.Glibc), size), model);

    [Fact]
    public void TheCommandTranslatesWhenItIsAskedTo()
    {
        string[] program = ["--deterministic", "--stats", "--", "/bin/busybox", "awk", "BEGIN { for (i = 0; i < 3000; i++) s += i % 7; print s }"];
        RunResult interpreted = KpioCommandRunner.Invoke(["run", "--engine", "interpreter", .. program], "/");
        RunResult translated = KpioCommandRunner.Invoke(["run", "--engine", "translator", .. program], "/");
        Assert.Equal((0, "8994\n"), (translated.ExitCode, translated.OutputText));
        Assert.Equal((interpreted.OutputText, interpreted.ErrorText), (translated.OutputText, translated.ErrorText));
    }

    private static void Compare(ProgramRun run, CpuModel model)
    {
        using var scratch = new ScratchDirectory();
        var runner = new KpioMachineRunner { Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Cpu = model } };
        Assert.True(EngineComparison.Compare(runner, run, scratch, null), "It does not run deterministically.");
    }
}

using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Programs for x86-64-v3, of <c>tests/Guests/vectors</c>, on machines with such a processor.</summary>
public sealed class VectorTests
{
    [Theory]
    [InlineData("vectors/intrinsics.c", CpuModel.V3)]
    [InlineData("vectors/intrinsics.c", CpuModel.Max)]
    [InlineData("vectors/crypto.c", CpuModel.Max)]
    [InlineData("vectors/state.c", CpuModel.V3)]
    [InlineData("vectors/state.c", CpuModel.Max)]
    public void AgreesWithLinux(string source, CpuModel model)
    {
        var runner = new KpioMachineRunner { Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Cpu = model } };
        GuestCase.Check(runner, source, GuestVariant.MuslV3);
    }

    [Theory]
    [InlineData("vectors/intrinsics.c", "v3")]
    [InlineData("vectors/crypto.c", "max")]
    [InlineData("vectors/state.c", "v3")]
    public void AgreesWithLinuxThroughTheCommand(string source, string model) =>
        Parity.Check(Runners.Command, new ProgramRun(GuestProgram.Build(source, GuestVariant.MuslV3)) { KpioOptions = ["--cpu", model] });

    /// <summary>A processor without the instructions raises #UD: SIGILL.</summary>
    [Theory]
    [InlineData("vectors/intrinsics.c", "v2")]
    [InlineData("vectors/crypto.c", "v3")]
    public void AProgramForMoreThanTheProcessorHasEnds(string source, string model)
    {
        const int killedBySigill = 132;
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(new ProgramRun(GuestProgram.Build(source, GuestVariant.MuslV3)) { KpioOptions = ["--cpu", model] }, scratch);
        Assert.Equal(killedBySigill, result.ExitCode);
    }

    /// <summary>What programs look at that do not ask CPUID.</summary>
    [Theory]
    [InlineData("v2", false, false)]
    [InlineData("v3", true, false)]
    [InlineData("max", true, true)]
    public void TheFlagsOfProcCpuinfoAreTheModels(string model, bool hasAvx, bool hasAes)
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(new ProgramRun("/bin/cat", "/proc/cpuinfo") { KpioOptions = ["--cpu", model] }, scratch);
        string flags = result.OutputText.Split('\n').Single(static line => line.StartsWith("flags", StringComparison.Ordinal)) + " ";
        Assert.Equal((hasAvx, hasAvx, hasAvx, hasAes, hasAes), (Has(" avx2 "), Has(" bmi2 "), Has(" fma "), Has(" aes "), Has(" sha_ni ")));

        bool Has(string flag) => flags.Contains(flag, StringComparison.Ordinal);
    }
}

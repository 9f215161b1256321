using Kpio.Contracts.Process;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>The time of a lease (fcntl(2)), on a machine whose time jumps while all of its tasks wait: natively it is 45 seconds.</summary>
public sealed class LeaseTimeTests
{
    [Fact]
    public void ALeaseThatIsNotGivenBackIsTaken()
    {
        using var scratch = new ScratchDirectory();
        var runner = new KpioMachineRunner { Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true } };
        RunResult result = runner.Run(new ProgramRun(GuestProgram.Build("load/lease_timeout.c")), scratch);

        // The open succeeds, the lease has become one to read, and 45 seconds are over.
        Assert.Equal((0, "0\n7 0 45\n", ""), (result.ExitCode, result.OutputText, result.ErrorText));
    }
}

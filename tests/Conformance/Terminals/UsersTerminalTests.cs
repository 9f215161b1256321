using Kpio.Testing;

namespace Kpio.Conformance.Tests.Terminals;

/// <summary>Programs at the user's terminal, which the machine has as its console: each script shows what it shows natively.</summary>
public sealed class UsersTerminalTests
{
    public static TheoryData<string> Scripts => TerminalScripts.All;

    [Theory]
    [MemberData(nameof(Scripts))]
    public void UsersTerminalIsUsedAsNatively(string script) =>
        Parity.Check(new TerminalRunner(), TerminalScripts.Play(script), scratch => TerminalScripts.SetUp(scratch, script));

    /// <summary>Has the driver, which runs natively, start the <c>kpio</c> command with the program.</summary>
    private sealed class TerminalRunner : IProgramRunner
    {
        public string Name => "kpio on a terminal";

        public RunResult Run(ProgramRun run, ScratchDirectory scratch)
        {
            KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
            string[] arguments =
            [
                run.Arguments[0], KpioCommandRunner.Command, "run", "--cwd", scratch.Path, "--mount", $"{scratch.Path}:{scratch.Path}:rw", "--",
                .. run.Arguments.Skip(1),
            ];
            return ChildProcess.Run(run.Program, arguments, scratch.Path, run.EnvironmentIn(scratch.Path), timeout: run.Timeout);
        }
    }
}

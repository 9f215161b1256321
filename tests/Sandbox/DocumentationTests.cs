using Kpio.Testing;

namespace Kpio.Sandbox.Tests;

/// <summary>The commands of docs/sandbox.md and of the samples' page, as they stand there.</summary>
public sealed class DocumentationTests
{
    public static TheoryData<string> Commands()
    {
        var commands = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string page in (string[])["docs/sandbox.md", "samples/abi-variants/README.md"])
        {
            bool isShell = false;
            foreach (string line in File.ReadLines(RepositoryRoot.Combine(page)))
            {
                if (line.StartsWith("```", StringComparison.Ordinal))
                    isShell = line == "```sh";
                else if (isShell && line.StartsWith("./kpio ", StringComparison.Ordinal))
                    commands.Add(line);
            }
        }

        return [.. commands];
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void CommandDoesWhatThePageSays(string command)
    {
        using var scratch = new ScratchDirectory();
        foreach (string file in Directory.GetFiles(RepositoryRoot.Combine("samples", "abi-variants")))
            scratch.Write("samples/abi-variants/" + Path.GetFileName(file), File.ReadAllBytes(file));
        scratch.Write("README.md", File.ReadAllBytes(RepositoryRoot.Combine("README.md")));
        Assert.Equal(0, KpioCommandRunner.Invoke(["--version"], "/").ExitCode);
        scratch.WriteProgram("kpio", $"#!/bin/sh\nexec {KpioCommandRunner.Command} \"$@\"\n");
        RunResult run = ChildProcess.Run("sh", ["-c", command], scratch.Path, ProgramRun.PlainEnvironment, timeout: TimeSpan.FromMinutes(2));
        if (command.Contains(" --shadow ", StringComparison.Ordinal))
        {
            // Its report goes to standard error, and --shadow-on-diff stop ends the run.
            Assert.Equal(command.Contains(" stop ", StringComparison.Ordinal) ? 125 : 0, run.ExitCode);
            Assert.Matches("^kpio: shadow .* differs at event [0-9]+, in task [0-9]+ \\(busybox\\): ", run.ErrorText);
            return;
        }

        Assert.InRange(run.ExitCode, 0, 1);
        Assert.Equal("", run.ErrorText);
        Assert.NotEmpty(run.OutputText);
    }
}

using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Shell;

/// <summary>Debian's static bash with a script that uses every construct of the language.</summary>
public sealed partial class ShellScriptTests
{
    private const string Bash = "/usr/bin/bash-static";

    [Fact]
    public void EveryConstructAgreesWithLinux()
    {
        var run = new ProgramRun(Bash, RepositoryRoot.Combine("tests", "Conformance", "Shell", "constructs.bash")) { Timeout = TimeSpan.FromMinutes(4) };
        RunResult native = Parity.Check(Runners.Default, run, normalize: static text => Pid().Replace(text, "PID"));
        Assert.Equal(23, native.ExitCode);
    }

    // "line 12:  3456 Killed": what bash says of a child that a signal ended.
    [GeneratedRegex(@"(?<=line \d+:) +\d+(?= )")]
    private static partial Regex Pid();
}

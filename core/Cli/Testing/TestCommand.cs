using System.CommandLine;
using Kpio.Cli.Running;

namespace Kpio.Cli.Testing;

/// <summary>The command line of <c>kpio test</c>.</summary>
internal static class TestCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "A scenario, or a folder: every *.yaml in it.", Arity = ArgumentArity.OneOrMore };
        var filter = new Option<string?>("--filter") { Description = "Only scenarios whose name or path fits: '*sort*', or a pattern between slashes.", HelpName = "GLOB|/REGEX/" };
        var shard = new Option<string?>("--shard") { Description = "Only one of N parts, to spread a suite over machines. A scenario stays in its part whatever others come and go.", HelpName = "I/N" };
        var jobs = new Option<int>("--jobs") { Description = "How many run at the same time (default: one for each processor).", HelpName = "N", DefaultValueFactory = static _ => Environment.ProcessorCount };
        var repeat = new Option<int>("--repeat") { Description = "Run each N times; deterministic ones must do the same each time, to the cycle.", HelpName = "N", DefaultValueFactory = static _ => 1 };
        var list = new Option<bool>("--list") { Description = "Name the scenarios and run none." };
        var update = new Option<bool>("--update") { Description = "Write the files that outputs and traces are compared with." };
        var junit = new Option<string?>("--junit") { Description = "Write the results to FILE as JUnit XML too.", HelpName = "FILE" };
        var tap = new Option<bool>("--tap") { Description = "Tell of the results in the Test Anything Protocol." };
        var command = new Command("test", """
            Run scenarios: programs with their input, and what must come of them, in YAML (docs/testing.md).
            Exit code: 0 when all is as expected, 1 when something is not, 2 when the command or a scenario cannot be read.

            Examples:
              kpio test samples/scenarios
              kpio test --filter '*sort*' --repeat 10 samples/scenarios
              kpio test --shard 2/5 --junit results.xml tests
            """)
        {
            paths, filter, shard, jobs, repeat, list, update, junit, tap,
        };
        command.SetAction(result =>
        {
            if (result.GetValue(jobs) is < 1 or > 1024)
                throw new UsageException("--jobs: use a number from 1 to 1024");
            if (result.GetValue(repeat) < 1)
                throw new UsageException("--repeat: use a number of 1 or more");
            return TestRun.Execute(new TestOptions
            {
                Paths = result.GetValue(paths) ?? [],
                Filter = result.GetValue(filter),
                Shard = result.GetValue(shard),
                Jobs = result.GetValue(jobs),
                Repetitions = result.GetValue(repeat),
                Lists = result.GetValue(list),
                Updates = result.GetValue(update),
                JunitPath = result.GetValue(junit),
                Tap = result.GetValue(tap),
            });
        });
        return command;
    }
}

using System.CommandLine;
using Kpio.Cli.Checkpointing;
using Kpio.Cli.Demo;
using Kpio.Cli.Running;
using Kpio.Cli.Testing;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Commands;

/// <summary>All commands with their help. <c>run</c> stands here for its help alone; <see cref="RunCommand"/> reads its arguments itself.</summary>
internal static class CommandTree
{
    private const int OwnFailure = 125;

    public static int Execute(string[] arguments)
    {
        var root = new RootCommand("""
            Runs unmodified Linux x86-64 programs on an emulated machine whose kernel is made of plugins.

            Examples:
              kpio run ./hello                          run a program of this machine
              kpio run -- ls -l /usr                    options of KPIO end at --, or at the program
              kpio run --root empty --mount .:/work ./hello
              kpio run --trace busybox ls /             trace system calls
              kpio run --deterministic --seed 7 ./game  the same every time
              kpio run --watch --abi variant.cs ./hello a plugin from a source file, replaced when it changes
              kpio run --checkpoint after=1000syscalls:game.ckpt ./game; kpio restore game.ckpt
              kpio abi list                             which system calls are implemented
              kpio test samples/scenarios               run scenarios, and say which do as they must
            """)
        {
            DescribeRun(isAlone: arguments is ["run", ..]),
            AbiCommand.Create(),
            PluginsCommand.Create(),
            SwapCommand.Create(),
            CheckpointCommand.Create(),
            DescribeRestore(isAlone: arguments is ["restore", ..]),
            TestCommand.Create(),
            DemoCommand.Create(),
        };
        root.HelpName = "kpio";
        int failure = arguments is ["test", ..] or ["abi", "diff" or "needs", ..] ? TestRun.Unusable : OwnFailure;
        if (arguments is ["--version"])
        {
            Console.Out.WriteLine($"kpio {typeof(CommandTree).Assembly.GetName().Version!.ToString(3)}");
            return 0;
        }

        ParseResult result = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (result.Errors.Count > 0)
        {
            string problem = result.UnmatchedTokens.Count > 0 ? $"there is no '{result.UnmatchedTokens[0]}' here" : InALine(result.Errors[0].Message).TrimEnd('.');
            Console.Error.WriteLine($"kpio: {problem}: 'kpio --help' shows how it is used");
            return failure;
        }

        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is UsageException or MachineSetupException)
        {
            Console.Error.WriteLine($"kpio: {e.Message}");
            return failure;
        }
    }

    private static string InALine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static Command DescribeRestore(bool isAlone)
    {
        var command = new Command("restore", !isAlone ? "Go on with a machine from a checkpoint: 'kpio restore --help' tells how." : """
            Go on with the machine that 'kpio run --checkpoint' or 'kpio checkpoint' wrote into a file, as it was: its programs, their files in
            memory, timers and waiting calls. Its standard streams are those of this command; files of this machine that were open are opened again
            by their paths. Exit codes are those of 'kpio run'; 125 too when the file is damaged, of another version, or what it needs is gone.

            Examples:
              kpio run --checkpoint after=1000syscalls:game.ckpt --checkpoint-stop ./game
              kpio restore game.ckpt
              kpio restore --trace=rest.txt game.ckpt
            """);
        foreach (string name in RestoreArguments.Options)
        {
            RunOption option = RunOptionTable.Find(name)!;
            command.Add(option.Value == OptionValue.None
                ? new Option<bool>("--" + option.Name) { Description = option.Description }
                : new Option<string[]>("--" + option.Name) { Description = option.Description, HelpName = option.ValueName });
        }

        command.Add(new Argument<string>("FILE") { Description = "The checkpoint." });
        return command;
    }

    private static Command DescribeRun(bool isAlone)
    {
        var command = new Command("run", !isAlone ? "Run a program: 'kpio run --help' tells how." : """
            Run a program of the guest's tree. Its exit code is KPIO's: the program's own, 128 + the signal that ended it, 124 when
            --timeout is over, 126 when it cannot be executed, 127 when it is not found, 125 when KPIO itself fails.
            Each option may also stand in kpio.json in the working directory ({"memory": "1G", "env": {"A": "b"}}) and in a KPIO_
            variable (KPIO_MEMORY=1G); the command line has the last word.

            Examples:
              kpio run ./hello one two
              kpio run --cwd /tmp --env LANG=C --mount ./data:/data:rw -- busybox sort /data/names
              kpio run --trace-format strace --trace=trace.txt ./hello
              kpio run --tier A --stats ./hello
            """);
        foreach (RunOption option in RunOptionTable.All)
        {
            command.Add(option.Value == OptionValue.None
                ? new Option<bool>("--" + option.Name) { Description = option.Description }
                : new Option<string[]>("--" + option.Name)
                {
                    Description = option.Description,
                    HelpName = option.ValueName,
                    Arity = option.Value == OptionValue.Optional ? ArgumentArity.ZeroOrOne : ArgumentArity.OneOrMore,
                });
        }

        command.Add(new Argument<string[]>("PROGRAM [ARGUMENT...]") { Description = "The program, looked up in the guest's PATH when it has no slash, and its arguments.", Arity = ArgumentArity.ZeroOrMore });
        return command;
    }
}

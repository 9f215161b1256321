using System.CommandLine;
using Kpio.Cli.Running;

namespace Kpio.Cli.Sandbox;

/// <summary>The options of <c>kpio run</c> that commands about recorded runs take too, and the program.</summary>
internal sealed class SandboxOptions
{
    private static readonly string[] Names = ["root", "mount", "user", "cwd", "env", "uname-release", "pids-max", "memory", "cpu", "plugin", "scheduler", "seed", "timeout"];
    private readonly List<(RunOption Option, Option<string[]> Choice)> _options = [];
    private readonly Option<int> _most = new("--events") { Description = "Stop each run after so many calls and signals.", HelpName = "N", DefaultValueFactory = static _ => 1_000_000 };

    /// <summary>Adds the options to a command.</summary>
    public SandboxOptions(Command command)
    {
        foreach (string name in Names)
        {
            RunOption option = RunOptionTable.Find(name)!;
            var choice = new Option<string[]>("--" + name) { Description = option.Description, HelpName = option.ValueName };
            command.Add(choice);
            _options.Add((option, choice));
        }

        command.Add(_most);
    }

    /// <summary>How many events are recorded.</summary>
    public int MostEvents(ParseResult result) =>
        result.GetValue(_most) is > 0 and var most ? most : throw new UsageException("--events: use a number of 1 or more");

    /// <summary>The options for a run of a program under an interface.</summary>
    public RunOptions Read(ParseResult result, string abi, string[] program)
    {
        var options = new RunOptions { MemoryBytes = 1L << 30 };
        foreach ((RunOption option, Option<string[]> choice) in _options)
        {
            foreach (string value in result.GetValue(choice) ?? [])
                Apply(options, option, value);
        }

        AbiPart.Apply(options, abi);
        if (program.Length > 0)
            options.Program = program[0];
        options.Arguments = program;
        KeepFromHost(options);
        return options;
    }

    private static void Apply(RunOptions options, RunOption option, string value)
    {
        try
        {
            option.Apply(options, value);
        }
        catch (UsageException e)
        {
            throw new UsageException($"--{option.Name}: {e.Message}", e);
        }
    }

    /// <summary>All runs start from one state, and change nothing of it: what they write into a folder of the host's stays in memory.</summary>
    private static void KeepFromHost(RunOptions options)
    {
        for (int i = 0; i < options.Mounts.Count; i++)
        {
            MountChoice mount = options.Mounts[i];
            if (mount.Type != "host" || mount.ReadOnly)
                continue;
            if (!Directory.Exists(mount.Source))
                throw new UsageException($"--mount {mount.Source}:{mount.Target}:rw: a single file cannot be written here; mount its folder, whose changes stay in memory");
            options.Mounts[i] = mount with { Type = "overlay" };
        }
    }
}

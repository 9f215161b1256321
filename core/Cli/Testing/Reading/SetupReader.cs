using Kpio.Cli.Testing.Scenarios;
using YamlDotNet.RepresentationModel;

namespace Kpio.Cli.Testing.Reading;

/// <summary>Reads what a file's cases start from, and what cases cannot say any more because of it.</summary>
internal static class SetupReader
{
    /// <summary>What the machine is made with: a machine that is kept has it already.</summary>
    private static readonly string[] OfTheMachine = ["root", "mounts", "memory", "cpu", "uname-release", "pids-max", "deterministic", "seed", "scheduler"];

    /// <summary>What a program is started with: one that has begun has it already.</summary>
    private static readonly string[] OfTheProgram = ["program", "args", "env", "user", "cwd"];

    /// <summary>Reads a setup: a list of programs, one program, or a mapping with them and how far the cases' own program goes.</summary>
    /// <exception cref="ScenarioSyntaxException">It cannot be read.</exception>
    public static void Read(YamlNode node, ScenarioSetup setup, Values values)
    {
        int before = values.Count;
        var parts = new SetupParts();
        if (node is YamlMappingNode mapping && !mapping.Children.ContainsKey(new YamlScalarNode("program")))
            ScenarioKeys.SetupOf.Read(node, parts, values);
        else
            parts.Programs = node;
        if (parts.Programs is { } programs)
            ReadPrograms(programs, setup, values);
        setup.Steps = parts.Steps;
        setup.Calls = parts.Calls;
        if (values.Count > before)
            throw new ScenarioSyntaxException();
        if (setup.Programs.Count == 0 && !setup.BeginsProgram)
            throw new ScenarioSyntaxException(node.Start, "setup does nothing: it is a list of programs, as in [{program: busybox, args: [mkdir, /data]}], or has programs, and dialogue or after");
        if (setup.Steps is not null && setup.Calls is not null)
            throw new ScenarioSyntaxException(node.Start, "setup has dialogue or after, not both: the machine is kept in one place");
        if (setup.BeginsProgram && setup.Common.Options.Program.Length == 0)
            throw new ScenarioSyntaxException(node.Start, "setup begins the program of the file with dialogue or after: the file needs the key 'program'");
    }

    /// <summary>Whether a case says nothing that its machine, or its program, has already; what is wrong is added to the problems.</summary>
    public static bool Check(YamlMappingNode own, ScenarioSetup setup, Values values)
    {
        int before = values.Count;
        foreach (YamlNode name in own.Children.Keys)
        {
            string key = (name as YamlScalarNode)?.Value ?? "";
            if (key == ScenarioKeys.Setup)
                values.Problem(name.Start, "setup belongs to the file: all its cases start from it");
            else if (OfTheMachine.Contains(key))
                values.Problem(name.Start, $"a case after a setup has no {key} of its own: the machine that it starts from has one already");
            else if (setup.BeginsProgram && OfTheProgram.Contains(key))
                values.Problem(name.Start, $"a case after a setup with {(setup.Steps is null ? "after" : "dialogue")} has no {key} of its own: its program has begun already");
            else if (key is "terminal" or "dialogue" && setup.Common.Terminal is null)
                values.Problem(name.Start, $"the setup runs without a terminal, so its cases have no {key}: say 'terminal: {{}}' for the whole file");
        }

        return values.Count == before;
    }

    private static void ReadPrograms(YamlNode node, ScenarioSetup setup, Values values)
    {
        foreach (YamlNode item in values.List(node))
        {
            values.Guard(() =>
            {
                var program = new SetupProgram { Line = item.Start.Line };
                Scenario common = setup.Common;
                for (int i = 0; i < common.Options.Environment.Count; i++)
                    program.Options.Environment.Add(common.Options.Environment[i]);
                (program.Options.User, program.Options.Group, program.Options.Root) = (common.Options.User, common.Options.Group, common.Options.Root);
                program.Options.WorkingDirectory = common.Options.WorkingDirectory;
                ScenarioKeys.SetupProgram.Read(item, program, values);
                if (common.Terminal is not null && (item as YamlMappingNode)?.Children.Keys.FirstOrDefault(static name => (name as YamlScalarNode)?.Value == "stdin") is { } name)
                    throw new ScenarioSyntaxException(name.Start, "with a terminal there is no stdin of its own: programs of the setup read from the terminal, where nobody types");
                ScenarioReader.SettleProgram(program.Options, common.Source);
                setup.Programs.Add(program);
            });
        }
    }
}

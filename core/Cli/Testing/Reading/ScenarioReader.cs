using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kpio.Cli.Testing.Reading;

/// <summary>Reads the scenarios of a file: one, or with <c>cases</c> several that share what the file says besides, and what its <c>setup</c> has made.</summary>
internal static class ScenarioReader
{
    private const string Files = "files";

    /// <summary>Reads a file. What is wrong with it is added to the problems, as <c>file:line:column: what</c>.</summary>
    public static List<Scenario> Read(ScenarioSource source, List<string> problems)
    {
        string text;
        try
        {
            text = File.ReadAllText(source.File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{source.Shown}: {ErrorText.Of(e)}");
            return [];
        }

        return Read(source, text, problems);
    }

    /// <summary>The same for a text.</summary>
    public static List<Scenario> Read(ScenarioSource source, string text, List<string> problems)
    {
        int before = problems.Count;
        var values = new Values(source, problems);
        var scenarios = new List<Scenario>();
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count != 1)
                throw new ScenarioSyntaxException(new Mark(0, 1, 1), "a file holds one YAML document");
            ReadDocument(stream.Documents[0].RootNode, source, values, scenarios);
        }
        catch (ScenarioSyntaxException e)
        {
            values.Problem(e);
        }
        catch (YamlException e)
        {
            values.Problem(e.Start, $"this is no YAML: {Reason(e)}");
        }

        return problems.Count == before ? scenarios : [];
    }

    private static void ReadDocument(YamlNode root, ScenarioSource source, Values values, List<Scenario> scenarios)
    {
        if (root is not YamlMappingNode file)
            throw new ScenarioSyntaxException(root.Start, "a scenario must be a mapping, as in {program: ./hello}");
        var common = new YamlMappingNode(file.Children.Where(static entry => (entry.Key as YamlScalarNode)?.Value is not (ScenarioKeys.Cases or ScenarioKeys.Setup)));
        ScenarioSetup? setup = ReadSetup(file, common, source, values);
        if (setup is not null)
            common = new YamlMappingNode(common.Children.Where(static entry => (entry.Key as YamlScalarNode)?.Value != Files)); // they are there before the setup
        if (ValueOf(file, ScenarioKeys.Cases) is not { } cases)
        {
            scenarios.Add(ReadScenario(common, source, values, null, setup));
            return;
        }

        if (cases is not YamlSequenceNode { Children.Count: > 0 } list)
            throw new ScenarioSyntaxException(cases.Start, "cases is a list of scenarios");
        string? fileName = ScalarOf(file, "name")?.Trim();
        foreach (YamlNode item in list)
        {
            values.Guard(() =>
            {
                if (item is not YamlMappingNode own)
                    throw new ScenarioSyntaxException(item.Start, "a case is a mapping, as in {name: first, args: [1]}");
                if (!own.Children.ContainsKey(new YamlScalarNode("name")))
                    throw new ScenarioSyntaxException(item.Start, "a case needs the key 'name'");
                if (setup is not null && !SetupReader.Check(own, setup, values))
                    return;
                Scenario scenario = ReadScenario(Merge(common, own), source, values, fileName, setup);
                if (scenarios.Exists(other => other.Name == scenario.Name))
                    throw new ScenarioSyntaxException(item.Start, $"two cases are named '{scenario.Name}'");
                scenarios.Add(scenario);
            });
        }
    }

    /// <summary>Makes the program the first of its own arguments, and finds one of the host's that lies beside the file.</summary>
    public static void SettleProgram(RunOptions options, ScenarioSource source)
    {
        string program = options.Program;
        options.Arguments = [program, .. options.Arguments];
        if (options.Root == "host" && program.Contains('/', StringComparison.Ordinal) && !program.StartsWith('/'))
            options.Program = Path.GetFullPath(program, source.Folder);
    }

    /// <summary>What the file says for all its cases, and what is done before them; null when there is no setup.</summary>
    private static ScenarioSetup? ReadSetup(YamlMappingNode file, YamlMappingNode common, ScenarioSource source, Values values)
    {
        if (ValueOf(file, ScenarioKeys.Setup) is not { } node)
            return null;
        bool hasTerminal = ValueOf(node as YamlMappingNode, "dialogue") is not null;
        var setup = new ScenarioSetup(Read(common, source, values, hasTerminal, isPart: true), node.Start.Line);
        SetupReader.Read(node, setup, values);
        return setup;
    }

    private static Scenario ReadScenario(YamlMappingNode node, ScenarioSource source, Values values, string? fileName, ScenarioSetup? setup)
    {
        Scenario scenario = Read(node, source, values, setup?.Common.Terminal is not null, isPart: false);
        scenario.Setup = setup;
        if (scenario.Name.Length == 0)
            scenario.Name = NameOf(source);
        if (fileName is { Length: > 0 })
            scenario.Name = $"{fileName} / {scenario.Name}";
        return scenario;
    }

    private static Scenario Read(YamlMappingNode node, ScenarioSource source, Values values, bool hasTerminal, bool isPart)
    {
        var scenario = new Scenario(source) { Terminal = hasTerminal ? new TerminalScript() : null };
        RunOptions options = scenario.Options;

        // Where relative paths of the guest start decides how others are read.
        options.WorkingDirectory = ScalarOf(node, "root") is null or "host" ? source.Folder : "/";
        values.GuestFolder = options.WorkingDirectory;
        if (node.Children.TryGetValue(new YamlScalarNode("cwd"), out YamlNode? directory))
            values.Guard(() => values.GuestFolder = values.GuestPath(directory));
        ScenarioKeys.Scenario.Read(node, scenario, values, isPart);
        CheckTerminal(scenario, node);
        SettleProgram(options, source);
        options.Trace = scenario.Expect.Trace is not null;
        return scenario;
    }

    private static void CheckTerminal(Scenario scenario, YamlMappingNode node)
    {
        if (scenario.Terminal is null)
            return;
        foreach ((YamlMappingNode? mapping, string key) in new[] { (node, "stdin"), (ValueOf(node, "expect") as YamlMappingNode, "stderr") })
        {
            if (mapping?.Children.Keys.FirstOrDefault(name => (name as YamlScalarNode)?.Value == key) is { } name)
                throw new ScenarioSyntaxException(name.Start, $"with a terminal there is no {key} of its own: keys are sent by the dialogue, and stdout is all that it shows");
        }
    }

    /// <summary>A case over what its file says: its keys go before the file's, and the entries of some are taken over one by one.</summary>
    private static YamlMappingNode Merge(YamlMappingNode common, YamlMappingNode own)
    {
        var merged = new List<KeyValuePair<YamlNode, YamlNode>>();
        foreach (KeyValuePair<YamlNode, YamlNode> entry in common.Children)
        {
            if (!own.Children.TryGetValue(entry.Key, out YamlNode? value))
                merged.Add(entry);
            else if (ScenarioKeys.Merged.Contains((entry.Key as YamlScalarNode)?.Value) && entry.Value is YamlMappingNode below && value is YamlMappingNode above)
                merged.Add(new(entry.Key, new YamlMappingNode([.. below.Children.Where(child => !above.Children.ContainsKey(child.Key)), .. above.Children])));
            else
                merged.Add(new(entry.Key, value));
        }

        merged.AddRange(own.Children.Where(entry => !common.Children.ContainsKey(entry.Key)));
        return new YamlMappingNode(merged);
    }

    private static YamlNode? ValueOf(YamlMappingNode? node, string key) => node is not null && node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    private static string? ScalarOf(YamlMappingNode node, string key) => (ValueOf(node, key) as YamlScalarNode)?.Value;

    /// <summary>A file's name without what says that it is a scenario.</summary>
    private static string NameOf(ScenarioSource source)
    {
        string name = Path.GetFileNameWithoutExtension(source.File);
        return name.EndsWith(".kpio", StringComparison.Ordinal) ? name[..^".kpio".Length] : name;
    }

    private static string Reason(YamlException e) => (e.InnerException as YamlException ?? e).Message is { Length: > 0 } message ? message.TrimEnd('.') : "it ends too soon";
}

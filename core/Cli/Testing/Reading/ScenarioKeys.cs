using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;
using YamlDotNet.RepresentationModel;

namespace Kpio.Cli.Testing.Reading;

/// <summary>Every key of a scenario, by the mapping that it stands in, the inner ones first. docs/schema/scenario.schema.json has the same; a test holds both together.</summary>
internal static class ScenarioKeys
{
    /// <summary>Of a file alone: its cases, each with keys of <see cref="Scenario"/> that go over those of the file.</summary>
    public const string Cases = "cases";

    /// <summary>Of a file alone: what is done once before its cases (<see cref="SetupReader"/>).</summary>
    public const string Setup = "setup";

    /// <summary>Keys whose entries are taken over one by one when a case has them too.</summary>
    public static IReadOnlyList<string> Merged { get; } = ["env", "files", "expect"];

    /// <summary>The program's end.</summary>
    public static KeyTable<ExitParts> Exit { get; } = new(
        "exit",
        new("exited", static (e, n, v) => e.Code = (int)v.Number(n, 0, 255)),
        new("signaled", static (e, n, v) => e.Signal = v.Signal(n)));

    /// <summary>System calls.</summary>
    public static KeyTable<Expectations> Syscalls { get; } = new(
        "syscalls",
        new("must", static (e, n, v) => e.Must.AddRange(v.List(n).Select(v.Text))),
        new("never", static (e, n, v) => e.Never.AddRange(v.List(n).Select(v.Text))));

    /// <summary>Standard input, when it is no plain text.</summary>
    public static KeyTable<TextParts> Input { get; } = new(
        "stdin",
        new("file", static (t, n, v) => t.Source = TextSource.OfFile(v.ExistingPath(n))),
        new("base64", static (t, n, v) => t.Source = TextSource.Of(v.Base64(n))));

    /// <summary>A text that is expected, when it is not the whole of it in plain text.</summary>
    public static KeyTable<TextParts> Text { get; } = new(
        "an expected text",
        new("text", static (t, n, v) => t.Source = TextSource.Of(Values.Bytes(v.Text(n)))),
        new("file", static (t, n, v) => t.Source = TextSource.OfFile(v.HostPath(n))),
        new("base64", static (t, n, v) => t.Source = TextSource.Of(v.Base64(n))),
        new("contains", static (t, n, v) => t.Contains = v.Text(n)),
        new("regex", static (t, n, v) => t.Pattern = v.Pattern(n)));

    /// <summary>A file before, when it is no plain text.</summary>
    public static KeyTable<FileParts> File { get; } = new(
        "a file",
        new("text", static (f, n, v) => f.Text.Source = TextSource.Of(Values.Bytes(v.Text(n)))),
        new("from", static (f, n, v) => f.Text.Source = TextSource.OfFile(v.ExistingPath(n))),
        new("base64", static (f, n, v) => f.Text.Source = TextSource.Of(v.Base64(n))),
        new("link", static (f, n, v) => f.Link = v.GuestText(n)),
        new("directory", static (f, n, v) => f.IsDirectory = v.Truth(n)),
        new("mode", static (f, n, v) => f.Permissions = v.Permissions(n)));

    /// <summary>A file afterwards, when it is no plain text.</summary>
    public static KeyTable<FileParts> ExpectedFile { get; } = new(
        "an expected file",
        new("text", static (f, n, v) => f.Text.Source = TextSource.Of(Values.Bytes(v.Text(n)))),
        new("file", static (f, n, v) => f.Text.Source = TextSource.OfFile(v.HostPath(n))),
        new("base64", static (f, n, v) => f.Text.Source = TextSource.Of(v.Base64(n))),
        new("contains", static (f, n, v) => f.Text.Contains = v.Text(n)),
        new("regex", static (f, n, v) => f.Text.Pattern = v.Pattern(n)),
        new("link", static (f, n, v) => f.Link = v.GuestText(n)),
        new("absent", static (f, n, v) => f.IsAbsent = v.Truth(n)),
        new("mode", static (f, n, v) => f.Permissions = v.Permissions(n)));

    /// <summary>The terminal, or a change of its size.</summary>
    public static KeyTable<TerminalScript> Terminal { get; } = new(
        "terminal",
        new("rows", static (t, n, v) => t.Rows = (ushort)v.Number(n, 1, ushort.MaxValue)),
        new("columns", static (t, n, v) => t.Columns = (ushort)v.Number(n, 1, ushort.MaxValue)));

    /// <summary>A text that the terminal is expected to show, when it is a pattern.</summary>
    public static KeyTable<TextParts> Shown { get; } = new(
        "expect",
        new Key<TextParts>("regex", static (t, n, v) => t.Pattern = v.Pattern(n)));

    /// <summary>A step of the dialogue.</summary>
    public static KeyTable<StepParts> Step { get; } = new(
        "a step of the dialogue",
        new("expect", static (s, n, v) => s.Step = ReadExpect(n, v)),
        new("send", static (s, n, v) => s.Step = new SendStep(n.Start.Line, Values.Bytes(v.Text(n)))),
        new("wait", static (s, n, v) => s.Step = v.Text(n) == "idle" ? new IdleStep(n.Start.Line) : throw new ScenarioSyntaxException(n.Start, "one can wait for this alone: idle")),
        new("resize", ReadResize),
        new("hangup", static (s, n, v) => s.Step = v.Truth(n) ? new HangUpStep(n.Start.Line) : throw new ScenarioSyntaxException(n.Start, "leave the step out instead")));

    /// <summary>A swap.</summary>
    public static KeyTable<SwapParts> Swap { get; } = new(
        "a swap",
        new("after", static (s, n, v) => s.After = v.Number(n, 1, int.MaxValue)),
        new("every", static (s, n, v) => s.Every = v.Number(n, 1, int.MaxValue)),
        new("plugin", static (s, n, v) => s.Plugin = v.Text(n)),
        new("path", static (s, n, v) => s.Path = v.ExistingPath(n)));

    /// <summary>What is expected.</summary>
    public static KeyTable<Expectations> Expect { get; } = new(
        "expect",
        new("exit", static (e, n, v) => e.Exit = ReadExit(n, v)),
        new("stdout", static (e, n, v) => e.Output = ReadExpectation(n, v)),
        new("stderr", static (e, n, v) => e.Error = ReadExpectation(n, v)),
        new("files", ReadExpectedFiles),
        new("syscalls", static (e, n, v) => Syscalls.Read(n, e, v)),
        new("trace", static (e, n, v) => e.Trace = v.HostPath(n)));

    /// <summary>A program of a setup.</summary>
    public static KeyTable<SetupProgram> SetupProgram { get; } = new(
        "a program of the setup",
        new("program", static (p, n, v) => p.Options.Program = v.GuestText(n), IsRequired: true),
        new("args", static (p, n, v) => p.Options.Arguments = [.. v.List(n).Select(v.GuestText)]),
        new("env", static (p, n, v) => ReadEnvironment(p.Options, n, v)),
        new("stdin", static (p, n, v) => p.Input = ReadInput(n, v)),
        new("user", static (p, n, v) => v.Option(p.Options, "user", n)),
        new("cwd", static (p, n, v) => p.Options.WorkingDirectory = v.GuestPath(n)),
        new("exit", static (p, n, v) => p.Exit = ReadExit(n, v)));

    /// <summary>A setup, when it is no list of programs.</summary>
    public static KeyTable<SetupParts> SetupOf { get; } = new(
        "setup",
        new("programs", static (s, n, v) => s.Programs = n),
        new("dialogue", static (s, n, v) => s.Steps = ReadSteps(n, v)),
        new("after", static (s, n, v) => s.Calls = v.Number(n, 1, int.MaxValue)));

    /// <summary>A file, or a case.</summary>
    public static KeyTable<Scenario> Scenario { get; } = new(
        "a scenario",
        new("name", static (s, n, v) => s.Name = v.Text(n).Trim()),
        new("description", static (s, n, v) => s.Description = v.Text(n)),
        new("program", static (s, n, v) => s.Options.Program = v.GuestText(n), IsRequired: true),
        new("args", static (s, n, v) => s.Options.Arguments = [.. v.List(n).Select(v.GuestText)]),
        new("env", static (s, n, v) => ReadEnvironment(s.Options, n, v)),
        new("stdin", static (s, n, v) => s.Input = ReadInput(n, v)),
        new("terminal", static (s, n, v) => Terminal.Read(n, s.Terminal ??= new TerminalScript(), v)),
        new("dialogue", ReadDialogue),
        new("files", ReadFiles),
        new("root", ReadRoot),
        new("mounts", static (s, n, v) => s.Options.Mounts.AddRange(v.List(n).Select(v.Mount))),
        new("user", static (s, n, v) => v.Option(s.Options, "user", n)),
        new("cwd", static (s, n, v) => s.Options.WorkingDirectory = v.GuestPath(n)),
        new("memory", static (s, n, v) => v.Option(s.Options, "memory", n)),
        new("cpu", static (s, n, v) => v.Option(s.Options, "cpu", n)),
        new("uname-release", static (s, n, v) => v.Option(s.Options, "uname-release", n)),
        new("pids-max", static (s, n, v) => v.Option(s.Options, "pids-max", n)),
        new("abi", ReadAbi),
        new("tier", static (s, n, v) => v.Option(s.Options, "tier", n)),
        new("plugins", static (s, n, v) => s.Options.Plugins.AddRange(v.List(n).Select(v.ExistingPath))),
        new("injections", static (s, n, v) =>
        {
            foreach (YamlNode item in v.List(n))
                v.Guard(() => v.Option(s.Options, "inject", item));
        }),
        new("swaps", ReadSwaps),
        new("deterministic", static (s, n, v) => s.Options.Deterministic = v.Truth(n)),
        new("seed", static (s, n, v) => v.Option(s.Options, "seed", n)),
        new("scheduler", static (s, n, v) => v.Option(s.Options, "scheduler", n)),
        new("timeout", static (s, n, v) => s.TimeLimit = v.Time(n)),
        new("expect", static (s, n, v) => Expect.Read(n, s.Expect, v)));

    private static void ReadEnvironment(RunOptions options, YamlNode node, Values values)
    {
        foreach ((string name, YamlNode at, YamlNode value) in values.Entries(node, "{LANG: C}"))
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
                throw new ScenarioSyntaxException(at.Start, $"'{name}' cannot be the name of a variable");
            options.Environment.Add(new VariableChoice(name, values.GuestText(value)));
        }
    }

    private static byte[] ReadInput(YamlNode node, Values values)
    {
        if (node is not YamlMappingNode)
            return Values.Bytes(values.Text(node));
        var parts = new TextParts();
        Input.Read(node, parts, values);
        try
        {
            return parts.Source?.Read() ?? throw new ScenarioSyntaxException(node.Start, "stdin needs a text, file or base64");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioSyntaxException(node.Start, $"{parts.Source!.Path}: {ErrorText.Of(e)}");
        }
    }

    private static TextExpectation ReadExpectation(YamlNode node, Values values)
    {
        if (node is not YamlMappingNode)
            return new TextExpectation(TextSource.Of(Values.Bytes(values.Text(node))), null, null);
        var parts = new TextParts();
        Text.Read(node, parts, values);
        return parts.ToExpectation(node) ?? throw new ScenarioSyntaxException(node.Start, "one of text, file, base64, contains and regex is needed here");
    }

    private static ExpectedExit ReadExit(YamlNode node, Values values)
    {
        var parts = new ExitParts();
        if (node is YamlMappingNode)
            Exit.Read(node, parts, values);
        else
            parts.Code = (int)values.Number(node, 0, 255);
        if (parts.Code is null == (parts.Signal == Signal.None))
            throw new ScenarioSyntaxException(node.Start, "exit is either {exited: 0} or {signaled: SIGTERM}");
        return new ExpectedExit(parts.Code, parts.Signal);
    }

    private static void ReadFiles(Scenario scenario, YamlNode node, Values values)
    {
        foreach ((_, YamlNode name, YamlNode value) in values.Entries(node, "{name: \"content\"}"))
        {
            values.Guard(() =>
            {
                var parts = new FileParts();
                if (value is YamlMappingNode)
                    File.Read(value, parts, values);
                else
                    parts.Text.Source = TextSource.Of(Values.Bytes(values.Text(value)));
                if ((parts.Text.Source is null ? 0 : 1) + (parts.Link is null ? 0 : 1) + (parts.IsDirectory ? 1 : 0) != 1)
                    throw new ScenarioSyntaxException(value.Start, "a file is one of text, from, base64, link and directory: true");
                scenario.Files.Add(new GuestFile(values.GuestPath(name), parts.Text.Source, parts.Link, parts.Permissions));
            });
        }
    }

    private static void ReadExpectedFiles(Expectations expect, YamlNode node, Values values)
    {
        foreach ((_, YamlNode name, YamlNode value) in values.Entries(node, "{name: \"content\"}"))
        {
            values.Guard(() =>
            {
                var parts = new FileParts();
                if (value is YamlMappingNode)
                    ExpectedFile.Read(value, parts, values);
                else
                    parts.Text.Source = TextSource.Of(Values.Bytes(values.Text(value)));
                TextExpectation? content = parts.Text.ToExpectation(value);
                if (parts.IsAbsent && (content is not null || parts.Permissions is not null || parts.Link is not null))
                    throw new ScenarioSyntaxException(value.Start, "a file that is absent has nothing else");
                expect.Files.Add(new ExpectedFile(values.GuestPath(name), parts.IsAbsent, content, parts.Permissions, parts.Link));
            });
        }
    }

    private static void ReadRoot(Scenario scenario, YamlNode node, Values values) =>
        scenario.Options.Root = values.GuestText(node) is "host" or "empty" ? values.GuestText(node) : values.ExistingPath(node);

    private static void ReadAbi(Scenario scenario, YamlNode node, Values values) =>
        scenario.Options.Abi = PluginCatalog.IsPath(values.GuestText(node)) ? values.ExistingPath(node) : values.GuestText(node);

    private static void ReadDialogue(Scenario scenario, YamlNode node, Values values)
    {
        scenario.Terminal ??= new TerminalScript();
        scenario.Terminal.Steps.AddRange(ReadSteps(node, values));
    }

    private static List<DialogueStep> ReadSteps(YamlNode node, Values values)
    {
        var steps = new List<DialogueStep>();
        if (node is not YamlSequenceNode list)
            throw new ScenarioSyntaxException(node.Start, "a dialogue is a list of steps, as in [{expect: \"$ \"}, {send: \"exit\\n\"}]");
        foreach (YamlNode item in list)
        {
            values.Guard(() =>
            {
                if (item is not YamlMappingNode { Children.Count: 1 })
                    throw new ScenarioSyntaxException(item.Start, $"a step of the dialogue has one key of {string.Join(", ", Step.Names)}");
                var parts = new StepParts();
                Step.Read(item, parts, values);
                if (parts.Step is { } step)
                    steps.Add(step);
            });
        }

        return steps;
    }

    private static ExpectStep ReadExpect(YamlNode node, Values values)
    {
        if (node is not YamlMappingNode)
            return new ExpectStep(node.Start.Line, values.Text(node), null);
        var parts = new TextParts();
        Shown.Read(node, parts, values);
        return new ExpectStep(node.Start.Line, null, parts.Pattern ?? throw new ScenarioSyntaxException(node.Start, "expect is a text or {regex: PATTERN}"));
    }

    private static void ReadResize(StepParts step, YamlNode node, Values values)
    {
        var size = new TerminalScript();
        Terminal.Read(node, size, values);
        step.Step = new ResizeStep(node.Start.Line, size.Rows, size.Columns);
    }

    private static void ReadSwaps(Scenario scenario, YamlNode node, Values values)
    {
        foreach (YamlNode item in values.List(node))
        {
            values.Guard(() =>
            {
                var parts = new SwapParts();
                Swap.Read(item, parts, values);
                if (parts.After is null == parts.Every is null || (parts.Plugin is null && parts.Path is null) || (parts.Plugin == PlannedSwap.All && parts.Path is not null))
                    throw new ScenarioSyntaxException(item.Start, "a swap needs 'after' or 'every' with a number of calls, and 'plugin', 'path' or both, as in {after: 1000, plugin: vfs}");
                scenario.Swaps.Add(new PlannedSwap(parts.After ?? parts.Every!.Value, parts.Every is not null, parts.Plugin, parts.Path));
            });
        }
    }
}
